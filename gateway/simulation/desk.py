"""Opens the clients of a unit from a ready file, as an agency that got one would."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from consumers.credentials import Bearer
from consumers.errand import Sender
from consumers.references import random_reference
from consumers.wire_http import HttpWire
from consumers.wire_rest import RestClient
from consumers.wire_sftp import Password, Secret, SftpClient
from consumers.wire_soap import SoapClient

_TIMEOUT_S = 60


class NoAccount(Exception):
    """The unit has no account on the drop server."""


@dataclass(frozen=True, slots=True)
class ControlClock:
    """Implements `gateway.contracts.clock.Clock`: asks a running space what time it has."""

    control: str
    token: str

    def now(self) -> datetime:
        """The space's present instant."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = httpx.get(
            f"{self.control}/clock", headers=headers, timeout=_TIMEOUT_S, trust_env=False
        )
        return datetime.fromisoformat(answer.raise_for_status().json()["now"])


@dataclass(frozen=True, slots=True)
class Desk:
    """A unit's desk: what the ready file says of it, and clients to work with."""

    ready: Mapping[str, Any]
    unit: str
    new_reference: Callable[[], str] = random_reference

    @property
    def clock(self) -> ControlClock:
        """The space's clock."""
        return ControlClock(self.ready["control"], self.ready["control_token"])

    @property
    def sender(self) -> Sender:
        """Who this unit says that it is."""
        own = self._own
        return Sender(own["uri"], own["hoedanigheid"])

    def rest(self) -> RestClient:
        """A REST client with the unit's token."""
        return RestClient(self._wire(), self.sender, self.new_reference)

    def soap(self) -> SoapClient:
        """A SOAP client with the unit's token."""
        return SoapClient(self._wire(), self.sender, self.clock, self.new_reference)

    def sftp(self) -> SftpClient:
        """An SFTP client, logged in with the unit's key or password.

        Raises:
            NoAccount: it has neither.
        """
        own, door = self._own, self.ready["sftp"]
        if own["sftp_user"] is None:
            raise NoAccount(f"`{self.unit}` has no account on the drop server")
        secret: Secret = Password(own["sftp_password"] or "")
        if own["sftp_key"]:
            secret = Path(own["sftp_key"]).read_text("utf-8")
        return SftpClient(door["host"], door["port"], door["host_key"], own["sftp_user"], secret)

    @property
    def _own(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.ready["credentials"][self.unit]
        return found

    def _wire(self) -> HttpWire:
        return HttpWire(self.ready["http"], Bearer(self._own["token"]))
