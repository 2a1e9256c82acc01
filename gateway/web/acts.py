"""`/v1/protocollen/{id}/gebeurtenissen`: acts on a protocol, by the party that may (contract section 9)."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act
from gateway.domain.legal_day import in_brussels
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.request import Proof, ProofKind
from gateway.flows.protocol_acts import ProtocolActs
from gateway.ports import Credentials
from gateway.web.rest.problems import problem

_PATH = "/v1/protocollen/{key}/gebeurtenissen"
_KINDS = Literal[
    "ondertekening", "schorsing", "opheffing", "opzegging", "beeindiging", "gezamenlijk-einde",
    "grond-vervallen", "machtiging-ontoereikend", "overeenkomst-beeindigd", "addendum",
    "kwaliteitsmelding", "kwaliteitsantwoord", "incidentmelding", "bewijsverzoek", "bewijs",
    "doorgiftemelding", "doorgiftetoestemming", "verwerker", "wetswijziging", "publicatie",
]  # fmt: skip


class ActBody(BaseModel):
    """An act. `door` is the acting party, for the control token only."""

    model_config = ConfigDict(extra="forbid", strict=True)

    soort: _KINDS
    partij: str | None = None
    stroom: str | None = None
    stuk: Annotated[str | None, Field(pattern=r"^sha256:[0-9a-f]{64}$")] = None
    reden: Annotated[str | None, Field(max_length=2000)] = None
    op: Annotated[AwareDatetime | None, Field(strict=False)] = None
    door: str | None = None


def acts_router(
    acts: ProtocolActs,
    credentials: Credentials,
    is_control: Callable[[str], bool],
    new_id: Callable[[], str],
) -> APIRouter:
    """The routes. `is_control(token)` tells the simulation's own token."""
    router = APIRouter(tags=["protocols"])
    Authorization = Annotated[str, Header()]  # noqa: N806  an annotation

    @router.post(_PATH, status_code=201)
    async def act(key: str, body: ActBody, authorization: Authorization = "") -> Response:
        """Do something to a protocol; the answer says from when it counts and what is due."""
        wanted = _act(body, _acting_party(authorization, body.door))
        done = await asyncio.to_thread(acts.perform, key, wanted)
        if isinstance(done.outcome, Refusal):
            reply = problem(done.outcome, new_id())
            return Response(reply.body(done.decision), reply.status, media_type=reply.media_type,
                            headers={"sim-decision": done.decision})  # fmt: skip
        return JSONResponse(_shown(done.outcome), 201, headers={"sim-decision": done.decision})

    @router.get(_PATH)
    async def listed(key: str) -> list[dict[str, Any]]:
        """The acts that were recorded, oldest first."""
        return [_shown(event) | _told(event) for event in acts.performed(key)]

    def _acting_party(authorization: str, stated: str | None) -> str:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and is_control(token):
            if stated is None:
                raise refuse(Reason.MESSAGE_INVALID, "door: is missing", element="door",
                             remedy="say which party acts")  # fmt: skip
            return stated
        proof = Proof(ProofKind.TOKEN, token.encode()) if scheme.lower() == "bearer" else None
        own = credentials.identify(proof).party
        if stated not in (None, own):
            raise refuse(Reason.SENDER_MISMATCH, "a party acts for itself only",
                         remedy="leave `door` out")  # fmt: skip
        return own

    return router


def _act(body: ActBody, by: str) -> Act:
    return Act(
        kind=EventKind(body.soort),
        by=by,
        party=body.partij,
        flow=body.stroom,
        document=body.stuk,
        reason=body.reden,
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
        "geregistreerd_op": _instant(event.recorded_at),
    }


def _instant(at: datetime | None) -> str | None:
    return in_brussels(at).isoformat(timespec="seconds") if at else None
