"""A running space, and the hands to use it with: HTTP, SFTP, clock and log."""

import base64
import json
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from consumers.credentials import Bearer
from consumers.errand import Sender
from consumers.references import numbered
from consumers.wire_http import HttpWire, Patience
from consumers.wire_rest import RestClient
from consumers.wire_sftp import KeyAndCode, Password, Secret, SftpClient
from consumers.wire_soap import SoapClient
from gateway.adapters.clock import WallClock
from gateway.adapters.drop_secrets import STEP_S, code_at
from gateway.adapters.log import LogReader
from gateway.domain.log_check import Verification
from gateway.flows.audit_check import check_log
from gateway.settings import DEMO_CLOCK
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.disturbance.sources import DisturbedSources
from gateway.simulation.host import Host
from gateway.simulation.space import Space
from tests.left_schemas import assert_fits

FLOW = "jobbonusplus-mutaties"
CARE = "/v1/gezin/zorgtoeslag/bevraging"
TRANSACTIONS = "/v1/werk/jobbonusplus-verrichtingen/bevraging"
ADVICE = "/v1/inburgering/advies/bevraging"
REGISTER = "/v1/repertorium/inschrijvingen"
DEREGISTER = "/v1/repertorium/uitschrijvingen"
START = "2025-03-10"
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: a client of httpx makes its own for every request, which takes as long as the request."""


@dataclass(frozen=True, slots=True)
class RunningSpace:
    """A host, and the ready file of one of its spaces."""

    host: Host
    ready: dict[str, Any]

    @property
    def space(self) -> Space:
        """The space itself, as it stands now."""
        first, name = self.host.space, str(self.ready["space"])
        found = first if name == first.name else self.host.spaces.find(name)
        assert found is not None
        return found

    def begin_anew(self) -> None:
        """The default space of the process from its beginning, with none beside it."""
        for row in self.host.spaces.listed():
            if not row["default"]:
                self.host.spaces.delete(row["id"])
        self.host.reset(1, datetime.fromisoformat(DEMO_CLOCK))

    @property
    def http(self) -> str:
        """The base address."""
        return str(self.ready["http"])

    def credential(self, unit: str) -> dict[str, Any]:
        """What the ready file says of a unit."""
        found: dict[str, Any] = self.ready["credentials"][unit]
        return found

    def post(self, unit: str | None, path: str, body: Any, **headers: str) -> httpx.Response:
        """A question over REST in a unit's name; bytes are sent as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if unit is not None:
            named["Authorization"] = f"Bearer {self.credential(unit)['token']}"
        return httpx.post(
            self.http + path, content=content, headers=named, timeout=30, trust_env=False,
            verify=TRUSTS_NOBODY,
        )  # fmt: skip

    def soap(self, unit: str | None, body: bytes, path: str = "/soap") -> httpx.Response:
        """A raw SOAP message in a unit's name; the answer must fit the schema that the unit is given."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        if unit is not None:
            headers["Authorization"] = f"Bearer {self.credential(unit)['token']}"
        answer = httpx.post(
            self.http + path, content=body, headers=headers, timeout=30, trust_env=False,
            verify=TRUSTS_NOBODY,
        )  # fmt: skip
        if unit is not None:
            assert_fits(self.space, unit, answer.content)
        return answer

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Anything that is read."""
        return httpx.get(
            self.http + path, headers=headers, timeout=30, trust_env=False, verify=TRUSTS_NOBODY
        )

    def control(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """A call of the control API."""
        headers = {"Authorization": f"Bearer {self.ready['control_token']}"}
        return httpx.request(
            method, self.ready["control"] + path, json=body, headers=headers, timeout=60,
            trust_env=False, verify=TRUSTS_NOBODY,
        )  # fmt: skip

    def disturb(self, *faults: Fault) -> None:
        """From now on these go wrong, and nothing else; none: nothing does."""
        self.space.faults.put(faults)

    @property
    def sources(self) -> DisturbedSources:
        """What asks the sources."""
        found: DisturbedSources = self.space.gateway.consultation.sources._others  # type: ignore[attr-defined]  # that is what it routes to
        return found

    def register(self, unit: str, *persons: str) -> None:
        """Register persons for a unit from the start day on."""
        for person in persons:
            body = {"insz": person, "periode": {"begin": START, "einde": None}}
            assert self.post(unit, REGISTER, body).status_code == 200

    def rest_client(self, unit: str) -> RestClient:
        """The typed client."""
        return RestClient(self.wire(unit), self.sender(unit), numbered(unit))

    def soap_client(self, unit: str) -> SoapClient:
        """The typed client."""
        return SoapClient(self.wire(unit), self.sender(unit), self.space.clock, numbered(unit))

    def wire(self, unit: str) -> HttpWire:
        """A unit's way to the gateway, that asks everything once."""
        token = self.credential(unit)["token"]
        return HttpWire(self.http, Bearer(token), patience=Patience(attempts=1))

    def sender(self, unit: str) -> Sender:
        """Who a unit says that it is."""
        one = self.credential(unit)
        return Sender(one["uri"], one["hoedanigheid"])

    def sftp(self, unit: str) -> SftpClient:
        """The typed client, logged in."""
        door, user = self.ready["sftp"], self.credential(unit)["sftp_user"] or unit
        return SftpClient(door["host"], door["port"], door["host_key"], user, self.secret(unit))

    def secret(self, unit: str) -> Secret:
        """What opens a unit's account: key, password, or key and one-time code."""
        one = self.credential(unit)
        if one["sftp_password"] is not None:
            return Password(one["sftp_password"])
        key, totp = Path(one["sftp_key"]).read_text("utf-8"), one["sftp_totp"]
        return key if totp is None else KeyAndCode(key, lambda: a_code(totp))

    def upload(
        self, name: str, content: bytes, *, user: str = "wewis", flow: str = FLOW
    ) -> dict[str, Any]:
        """Upload a batch, as WEWIS if nobody else is named, and wait for its receipt."""
        with self.sftp(user) as provider:
            provider.upload(flow, name, content)
            self.space.settle()
            receipt: dict[str, Any] = json.loads(provider.receipt(name))
        return receipt

    def found(self, unit: str, flow: str = FLOW) -> list[Any]:
        """What lies in a consumer's folder: the content of each file, by name."""
        with self.sftp(unit) as consumer:
            return [json.loads(consumer.fetch(flow, name)) for name in consumer.files(flow)]

    def leaves(self) -> Sequence[dict[str, Any]]:
        """Every public entry of the log."""
        reader = self.space.gateway.log.reader
        return [json.loads(one.leaf) for one in reader.entries(1, reader.head().size)]

    def verify(self) -> Verification:
        """The verdict over the log as it lies on disk."""
        reader = LogReader(Path(self.ready["data"]) / "log.db")
        try:
            return check_log(reader)
        finally:
            reader.close()


def a_code(text: str) -> str:
    """The one-time code of now, in machine time, for a secret as the ready file has it."""
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    return code_at(secret, int(WallClock().now().timestamp()) // STEP_S)


def a_batch(
    *persons: str, day: str = START, number: int = 1, flow: str = FLOW, **changes: Any
) -> bytes:
    """An upload as contract section 7 has it."""
    records = [{"insz": person} for person in persons]
    content = {
        "schema": f"{flow}/1",
        "dag": day,
        "volgnummer": number,
        "aantal": len(records),
        "records": records,
    }
    return json.dumps(content | changes).encode()
