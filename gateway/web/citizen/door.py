"""Who may read: a citizen with a token, about themselves and their minor children."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Protocol

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.citizen_view import Sighting, Wanted
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import WITHOUT_CREDENTIAL
from gateway.flows.citizen_desk import CitizenDesk
from gateway.ports.citizens import Citizen
from gateway.web.bearer import bearer

LISTENER = "mijn"
_PAGE = 500
_LARGEST_PAGE = 1_000


class Logins(Protocol):
    """Who is logged in."""

    def open(self, key: str) -> str:
        """Let somebody in; their token."""
        ...

    def who(self, token: str) -> str | None:
        """Whose token it is, if it counts."""
        ...

    def close(self, token: str) -> None:
        """The citizen has left."""
        ...


class Asked(BaseModel):
    """What is read: about whom, of which days (both included), agency or unit, and which page."""

    model_config = ConfigDict(extra="forbid")

    voor: Annotated[str, Field(max_length=60)] | None = None
    van: date | None = None
    tot: date | None = None
    consumer: Annotated[str | None, Field(alias="afnemer", max_length=60)] = None
    na: Annotated[str, Field(pattern=r"^D-[1-9][0-9]{0,15}$")] | None = None
    aantal: Annotated[int, Field(ge=1, le=_LARGEST_PAGE)] = _PAGE

    def wanted(self) -> Wanted:
        """The same in the domain's words."""
        before = int(self.na.removeprefix("D-")) if self.na else None
        return Wanted(since=self.van, until=self.tot, consumer=self.consumer, before=before)

    def page(self, told: Sequence[Sighting]) -> tuple[Sequence[Sighting], str | None]:
        """As many as were asked for, and after which decision the next page begins, if there is one."""
        shown = told[: self.aantal]
        return shown, shown[-1].decision if len(told) > len(shown) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenDoor:
    """The collaborators. `anybody` says that whoever visits the page may log in as any persona."""

    desk: CitizenDesk
    logins: Logins
    attempts: AttemptGate
    new_id: Callable[[], str]
    fidelity: str
    anybody: bool

    def admit(self, request: Request) -> None:
        """Note on the request which citizen it is.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        request.state.citizen = None
        request.state.citizen = self.citizen(bearer(request))

    def citizen(self, token: str) -> Citizen:
        """Who shows this token.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        if not token:
            raise refuse(Reason.CREDENTIAL_MISSING, "no citizen is logged in", remedy=_REMEDY)
        found = self.known(token)
        if found is None:
            raise refuse(Reason.CREDENTIAL_INVALID, "this log-in does not count", remedy=_REMEDY)
        return found

    def known(self, token: str) -> Citizen | None:
        """Who shows this token, if it counts."""
        key = self.logins.who(token)
        return self.desk.citizens.find(key) if key is not None else None

    def enter(self, request: Request, refusal: Refusal) -> str | None:
        """Enter an attempt that was refused; a flood of strangers shares one entry."""
        if refusal.reason in WITHOUT_CREDENTIAL and self.attempts.is_flooded(LISTENER):
            return None
        return self.desk.turned_away(request.state.citizen, refusal)


_REMEDY = "log in as a persona: POST /_sim/personas/{key}/login, or on the page /mijn"
