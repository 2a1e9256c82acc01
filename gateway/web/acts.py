"""`/v1/protocollen/{id}/gebeurtenissen`: acts on a protocol, by the party that may (contract section 9)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act
from gateway.domain.legal_day import in_brussels
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.request import Caller
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import WITHOUT_CREDENTIAL
from gateway.flows.protocol_acts import ProtocolActs
from gateway.flows.throttle import Throttle
from gateway.ports import Credentials
from gateway.web.bearer import bearer, proof_of
from gateway.web.entered import entered, refused
from gateway.web.instants import Instant
from gateway.web.openapi_problems import SECURED

_PATH = "/v1/protocollen/{key}/gebeurtenissen"
_KINDS = Literal[
    "ondertekening", "schorsing", "opheffing", "opzegging", "beeindiging", "gezamenlijk-einde",
    "grond-vervallen", "machtiging-ontoereikend", "overeenkomst-beeindigd", "addendum",
    "kwaliteitsmelding", "kwaliteitsantwoord", "incidentmelding", "bewijsverzoek", "bewijs",
    "doorgiftemelding", "doorgiftetoestemming", "verwerker", "wetswijziging", "publicatie",
]  # fmt: skip


class ActBody(BaseModel):
    """An act. `door` is the acting party, for the control token only.

    `betreft` is what it settles: an earlier act (`G-3`) or, for `bewijs`, a measure.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    soort: _KINDS
    partij: str | None = None
    stroom: str | None = None
    stuk: Annotated[str | None, Field(pattern=r"^sha256:[0-9a-f]{64}$")] = None
    reden: Annotated[str | None, Field(max_length=2000)] = None
    betreft: Annotated[str | None, Field(max_length=60)] = None
    op: Annotated[Instant | None, Field(strict=False)] = None
    door: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActsDesk:
    """Who may come to the acts: `is_control(token)` tells the simulation's own token."""

    acts: ProtocolActs
    credentials: Credentials
    attempts: AttemptGate
    throttle: Throttle
    is_control: Callable[[str], bool]
    new_id: Callable[[], str]
    fidelity: str

    def admit(self, request: Request) -> None:
        """Note on the request whose credential it carries; `None` for the control token.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        request.state.caller = None
        if request.method == "POST" and not self.is_control(bearer(request)):
            request.state.caller = self.credentials.identify(proof_of(request))

    def enter(self, request: Request, refusal: Refusal) -> str | None:
        """Enter an attempt that was refused at the door; a flood of strangers shares one entry."""
        if refusal.reason in WITHOUT_CREDENTIAL and self.attempts.is_flooded("acts"):
            return None
        caller: Caller | None = request.state.caller
        by = caller.party if caller is not None else None
        return self.acts.turned_away(request.path_params["key"], refusal, by)

    def acting(self, request: Request, stated: str | None) -> str:
        """The party that acts.

        Raises:
            RefusedFault: `too-many-requests`, `message-invalid` or `sender-mismatch`.
        """
        caller: Caller | None = request.state.caller
        if caller is not None:
            self.throttle.take(caller)
        own = caller.party if caller is not None else None
        if own is None and stated is None:
            raise refuse(Reason.MESSAGE_INVALID, "door: is missing", element="door",
                         remedy="say which party acts")  # fmt: skip
        if own is not None and stated not in (None, own):
            raise refuse(Reason.SENDER_MISMATCH, "a party acts for itself only",
                         remedy="leave `door` out")  # fmt: skip
        return own or str(stated)


def acts_router(desk: ActsDesk) -> APIRouter:
    """The routes; what is refused on them is entered like what is done."""
    route_class = entered(desk)
    router = APIRouter(tags=["protocols"], route_class=route_class)

    @router.post(_PATH, status_code=201, openapi_extra=SECURED)
    async def act(key: str, body: ActBody, request: Request) -> Response:
        """Do something to a protocol; the answer says from when it counts and what is due."""
        wanted = _act(body, desk.acting(request, body.door))
        done = await asyncio.to_thread(desk.acts.perform, key, wanted)
        if isinstance(done.outcome, Refusal):
            return refused(done.outcome, done.decision, desk.new_id(), desk.fidelity)
        headers = {"sim-decision": done.decision, "sim-protocol": done.protocol}
        return JSONResponse(_shown(done.outcome), 201, headers)

    @router.get(_PATH)
    async def listed(key: str) -> list[dict[str, Any]]:
        """The acts that were recorded, oldest first."""
        return [_shown(event) | _told(event) for event in desk.acts.performed(key)]

    return router


def _act(body: ActBody, by: str) -> Act:
    return Act(
        kind=EventKind(body.soort),
        by=by,
        party=body.partij,
        flow=body.stroom,
        document=body.stuk,
        reason=body.reden,
        about=body.betreft,
        at=body.op,
    )


def _shown(event: LifecycleEvent) -> dict[str, Any]:
    return {
        "gebeurtenis": event.label,
        "van_kracht": _instant(event.effective_at),
        "termijn": _instant(event.term),
        "artikel": event.article,
    }


def _told(event: LifecycleEvent) -> dict[str, Any]:
    """Who did what; the reason in words is not for everybody."""
    return {
        "soort": event.kind.value,
        "door": event.by,
        "partij": event.party,
        "stroom": event.flow,
        "stuk": event.document,
        "betreft": event.about,
        "geregistreerd_op": _instant(event.recorded_at),
    }


def _instant(at: datetime | None) -> str | None:
    return in_brussels(at).isoformat(timespec="seconds") if at else None
