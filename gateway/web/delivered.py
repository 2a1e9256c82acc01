"""`/v1/bestanden`: what the caller was given, and a file of it once more."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.contracts.faults import Refusal
from gateway.domain.batch import Delivery
from gateway.domain.legal_day import in_brussels
from gateway.domain.upload_name import day_of_parcel
from gateway.flows.attempts import AttemptGate
from gateway.flows.audited import WITHOUT_CREDENTIAL
from gateway.flows.redelivery import RedeliveryFlow, Told
from gateway.flows.throttle import Throttle
from gateway.ports import Credentials
from gateway.web.entered import entered
from gateway.web.openapi_problems import SECURED
from gateway.web.proofs import proof_of

_GIVEN = "/v1/bestanden"
_AGAIN = "/v1/bestanden/{bestand}/herleveringen"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredDoor:
    """Who may ask: a credential, for its own folder. `in_turn` runs what touches files."""

    flow: RedeliveryFlow
    credentials: Credentials
    attempts: AttemptGate
    throttle: Throttle
    in_turn: Callable[[Callable[[], Told]], Told]
    new_id: Callable[[], str]
    fidelity: str

    def admit(self, request: Request) -> None:
        """Note on the request whose credential it carries.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        request.state.caller = None
        request.state.caller = self.credentials.identify(proof_of(request.scope))

    def enter(self, request: Request, refusal: Refusal) -> str | None:
        """Enter an attempt that was refused; a flood of strangers shares one entry."""
        if refusal.reason in WITHOUT_CREDENTIAL and self.attempts.is_flooded("files"):
            return None
        return self.flow.turned_away(request.state.caller, refusal)


def delivered_router(door: DeliveredDoor) -> APIRouter:
    """The routes; what is refused on them is entered like what is told."""
    route_class = entered(door)
    router = APIRouter(tags=["files"], route_class=route_class)

    @router.get(_GIVEN, openapi_extra=SECURED)
    async def given(request: Request) -> Response:
        """Every file of the caller's folder with its sequence and state, so that a gap can be seen."""
        door.throttle.take(request.state.caller)
        told = await asyncio.to_thread(door.flow.given, request.state.caller)
        return _answer({"bestanden": [_shown(one) for one in told.deliveries]}, 200, told)

    @router.post(_AGAIN, status_code=201, openapi_extra=SECURED)
    async def again(bestand: str, request: Request) -> Response:
        """The same file once more where it is fetched."""
        caller = request.state.caller
        door.throttle.take(caller)
        told = await asyncio.to_thread(door.in_turn, lambda: door.flow.again(caller, bestand))
        return _answer(_shown(told.deliveries[0]), 201, told)

    return router


def _answer(members: dict[str, Any], status: int, told: Told) -> Response:
    headers = {"sim-decision": told.decision, "sim-protocol": told.protocol}
    return JSONResponse(members, status, headers)


def _shown(one: Delivery) -> dict[str, Any]:
    assert one.name is not None
    return {
        "stroom": one.flow,
        "volgorde": one.sequence,
        "bestand": one.name,
        "dag": day_of_parcel(one.name).isoformat(),
        "sha256": one.sha256,
        "aantal": one.persons,
        "toestand": one.state.value if one.state else None,
        "vervalt": in_brussels(one.expires_at).isoformat() if one.expires_at else None,
        "beslissing": f"D-{one.position}",
    }
