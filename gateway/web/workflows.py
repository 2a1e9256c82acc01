"""`/v1/protocollen/{id}/taken` and `/doorgiften`: who owes what, and may this be passed on."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import Refusal
from gateway.domain.duty import Duty
from gateway.domain.legal_day import in_brussels
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.onward import Passing
from gateway.domain.request import Caller
from gateway.flows.audited import WITHOUT_CREDENTIAL
from gateway.flows.onward import OnwardFlow
from gateway.flows.workflow import View, Workflow
from gateway.web.acts import ActsDesk
from gateway.web.entered import entered, refused
from gateway.web.instants import Instant
from gateway.web.openapi_problems import SECURED

_DUTIES = "/v1/protocollen/{key}/taken"
_ONWARD = "/v1/protocollen/{key}/doorgiften"


class OnwardBody(BaseModel):
    """To whom, and of which flow (all if none). `door` is for the control token only."""

    model_config = ConfigDict(extra="forbid", strict=True)

    derde: Annotated[str, Field(min_length=1, max_length=200)]
    stroom: str | None = None
    door: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDesk(ActsDesk):
    """The desk of the acts, and what it needs for duties and for passing on."""

    onward: OnwardFlow
    workflow: Workflow

    def enter(self, request: Request, refusal: Refusal) -> str | None:
        """Enter a question that was refused at the door."""
        if refusal.reason in WITHOUT_CREDENTIAL and self.attempts.is_flooded("onward"):
            return None
        caller: Caller | None = request.state.caller
        return self.onward.turned_away(request.path_params["key"], refusal, caller)


def workflows_router(desk: WorkflowDesk) -> APIRouter:
    """The routes: duties are for everybody to see, passing on is asked by a consumer."""
    router = APIRouter(tags=["protocols"])

    @router.get(_DUTIES)
    async def duties(key: str, op: Annotated[Instant | None, Query()] = None) -> dict[str, Any]:
        """How far the protocol is, who still has to do what, and every duty (`op`: at that instant)."""
        return shown_view(await asyncio.to_thread(desk.workflow.view, key, op))

    _add_onward(router, desk)
    return router


def _add_onward(router: APIRouter, desk: WorkflowDesk) -> None:
    route_class = entered(desk)
    own = APIRouter(route_class=route_class)

    @own.post(_ONWARD, openapi_extra=SECURED)
    async def onward(key: str, body: OnwardBody, request: Request) -> Response:
        """May this be passed on to a third party; entered either way."""
        by = desk.acting(request, body.door)
        caller: Caller | None = request.state.caller
        unit = caller.unit if caller is not None else None
        wanted = Passing(by=by, to=body.derde, flow=body.stroom, unit=unit)
        done = await asyncio.to_thread(desk.onward.ask, key, wanted)
        if isinstance(done.outcome, Refusal):
            return refused(done.outcome, done.decision, desk.new_id(), desk.fidelity)
        headers = {"sim-decision": done.decision, "sim-protocol": done.protocol}
        told = {"toegelaten": True, "artikel": done.outcome.article, "grond": done.outcome.ground}
        return JSONResponse(told, 200, headers)

    router.include_router(own)


def shown_view(view: View) -> dict[str, Any]:
    """The duties as `/taken` and `protocol duties --json` give them."""
    return {
        "protocol": view.document.ref,
        "op": _instant(view.at),
        "fase": view.stage.value,
        "te_doen": [duty.key for duty in view.duties if duty.is_to_do],
        "taken": [_shown(duty) for duty in view.duties],
    }


def _shown(duty: Duty) -> dict[str, Any]:
    return {
        "taak": duty.key,
        "soort": duty.kind.value,
        "wie": duty.owes,
        "aan": list(duty.to),
        "artikel": duty.article,
        "toestand": duty.state.value,
        "oorzaak": duty.started_by,
        "sinds": _instant(duty.since),
        "termijn": _instant(duty.due),
        "stroom": duty.flow,
        "naam": duty.name,
        "waar": duty.place,
        "gedaan": _settled(duty.settled) if duty.settled is not None else None,
    }


def _settled(act: LifecycleEvent) -> dict[str, Any]:
    """Who did it, when, and the digest of what shows it."""
    return {
        "gebeurtenis": act.label,
        "door": act.by,
        "op": _instant(act.effective_at),
        "geregistreerd_op": _instant(act.recorded_at),
        "stuk": act.document,
    }


def _instant(at: datetime | None) -> str | None:
    return in_brussels(at).isoformat(timespec="seconds") if at else None
