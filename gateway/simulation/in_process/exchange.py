"""One space in this process, and a unit's ways to it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvloop

from consumers.closing import Closing
from consumers.credentials import Bearer
from consumers.errand import Sender
from consumers.manifests import ManifestKeys
from consumers.references import numbered
from consumers.wire_http import HttpWire, Patience
from consumers.wire_rest import RestClient
from consumers.wire_soap import SoapClient
from gateway.adapters.worker import WaitersWork
from gateway.contracts.clock import Clock
from gateway.contracts.drop import SFTP
from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.settings import Settings
from gateway.simulation.disturbance.sessions import sessions
from gateway.simulation.doors import space_app
from gateway.simulation.in_process.asgi_transport import CERTIFICATE, AsgiTransport
from gateway.simulation.in_process.door import Typed, Visitors
from gateway.simulation.in_process.drop_client import DropInProcess
from gateway.simulation.routes import shared_app
from gateway.simulation.space import Doors, Space
from gateway.simulation.units import UNITS
from gateway.web.app import forget_endpoints
from gateway.web.soap.schemas import Schemas
from sftp_drop.house import House

AGENCIES = "agencies"
_BY_KEY = {unit.key: unit for unit in UNITS}


class QuietSpace(Space):
    """One whose files are done by who waits for them: nobody else is there meanwhile."""

    make_worker = WaitersWork


class Exchange(Closing):
    """A space of its own, in this process: everything but the sockets is what `magda-sim up` runs.

    Who comes to it has the clients that an agency would copy, and the unit's own credential.
    """

    def __init__(
        self, name: str, settings: Settings, opened: Callable[[Doors], Space] | None = None
    ) -> None:
        self.base = f"http://{name}.sim"
        doors = Doors(http=self.base)
        self.space = opened(doors) if opened is not None else QuietSpace(name, settings, doors)
        self._loop = uvloop.new_event_loop()
        app = space_app(self.space, shared_app(settings.fidelity, _no_reset, ()), Schemas())
        self._transport = AsgiTransport(app, self._loop)
        board = self.space.faults
        self._house = House(self.space.desk, make=sessions(lambda user: (board, user)))
        self._visitors = Visitors(self.space.gates[SFTP], self._house, self.space.keyring)
        self._clients: dict[str, RestClient] = {}
        self._soap_clients: dict[str, SoapClient] = {}
        self.keys = ManifestKeys.pinned(self.space.gateway.notary.verifier)

    def close(self) -> None:
        """End the space; its data stay."""
        for client in (*self._clients.values(), *self._soap_clients.values()):
            client.close()
        self.space.close()
        self._loop.close()
        forget_endpoints()

    @property
    def clock(self) -> Clock:
        """The space's."""
        return self.space.clock

    def advance(self, to: datetime) -> Sequence[Mapping[str, Any]]:
        """Move the clock; the jobs that ran on the way."""
        jobs: Sequence[Mapping[str, Any]] = self.space.time.advance(to)["jobs"]
        return jobs

    def folder(self, unit: str) -> Path:
        """Where an agency keeps its own things."""
        return self.space.data / AGENCIES / unit

    def rest(self, unit: str) -> RestClient:
        """A unit's client; kept until the end."""
        if unit not in self._clients:
            self._clients[unit] = RestClient(self._wire(unit), _sender(unit), numbered(unit))
        return self._clients[unit]

    def soap(self, unit: str) -> SoapClient:
        """The same over SOAP."""
        if unit not in self._soap_clients:
            self._soap_clients[unit] = SoapClient(
                self._wire(unit), _sender(unit), self.clock, numbered(f"{unit}/soap")
            )
        return self._soap_clients[unit]

    def _wire(self, unit: str) -> HttpWire:
        return HttpWire(
            self.base, Bearer(self.token(unit)), patience=Patience(), pause=_no_pause,
            transport=self._transport,
        )  # fmt: skip

    def drop(self, unit: str, code: Typed = "right") -> DropInProcess:
        """Log a unit in to the drop server, with its one-time code where it has one.

        Raises:
            PermissionError: it is not let in; that is entered.
        """
        visit = self._visitors.log_in(_BY_KEY[unit], code)
        return DropInProcess(self._house.session(visit.account, unit), self.space.settle)

    def post(self, path: str, body: Any, token: str | None) -> httpx.Response:
        """A bare question, with this token or none. On this way nothing goes wrong on purpose."""
        return self._bare("POST", path, token, json=body)

    def get(self, path: str, token: str | None) -> httpx.Response:
        """The same without a body."""
        return self._bare("GET", path, token)

    def _bare(self, method: str, path: str, token: str | None, **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        with (
            self.undisturbed(),
            httpx.Client(base_url=self.base, transport=self._transport, trust_env=False) as http,
        ):
            return http.request(method, path, headers=headers, **body)

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        content: bytes,
        certificate: bytes | None = None,
    ) -> httpx.Response:
        """Any request, as it is, over a connection that shows this certificate (DER)."""
        shown = {CERTIFICATE: certificate} if certificate is not None else {}
        with httpx.Client(base_url=self.base, transport=self._transport, trust_env=False) as http:
            return http.request(method, target, headers=headers, content=content, extensions=shown)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """An act is done once, so it is not done over a line that may lose its answer."""
        board = self.space.faults
        was_still, board.is_still = board.is_still, True
        try:
            yield
        finally:
            board.is_still = was_still

    def token(self, unit: str) -> str:
        """A unit's token."""
        return self.space.keyring.token(unit)


def _sender(unit: str) -> Sender:
    one = _BY_KEY[unit]
    return Sender(one.uri, one.hoedanigheid)


def _no_pause(_: float) -> None:
    """Machine time is nothing to a run."""


async def _no_reset(_: Space, __: int | None, ___: datetime | None) -> dict[str, Any]:
    raise refuse(Reason.SERVICE_UNKNOWN, "a run is not reset", remedy="run it again")
