"""Routes whose refusals are entered like their answers: no attempt without its entry."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute

from gateway.contracts.faults import GatewayFault, LogUnavailable, Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.services import PLATFORM
from gateway.web.app import invalid_form
from gateway.web.rest.decoding import BodyInvalid, require_single_members
from gateway.web.rest.problems import body_of, problem

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class EnteringDoor(Protocol):
    """Who looks at a request first, and enters what is refused."""

    @property
    def new_id(self) -> Callable[[], str]:
        """Names an instance of a problem."""
        ...

    @property
    def fidelity(self) -> str:
        """How much a refusal says."""
        ...

    def admit(self, request: Request, /) -> None:
        """Look at the credential."""
        ...

    def enter(self, request: Request, refusal: Refusal, /) -> str | None:
        """Enter a refusal; its number (`D-18`), or `None` where a flood shares one entry."""
        ...


def entered(door: EnteringDoor) -> type[APIRoute]:
    """A class of routes: the door looks at the credential first, whatever refuses is entered.

    The door's parts are looked up at each request, since it may be another space's each time.
    """

    class EnteredRoute(APIRoute):
        def get_route_handler(self) -> _Handler:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                try:
                    door.admit(request)
                    _require_plain(await request.body())
                    return await handle(request)
                except RequestValidationError as error:
                    refusal = invalid_form(error)
                except GatewayFault as fault:
                    refusal = fault.refusal
                return await _answer(request, refusal)

            return guarded

    async def _answer(request: Request, refusal: Refusal) -> Response:
        request.state.refusal = refusal
        try:
            decision = await asyncio.to_thread(door.enter, request, refusal)
        except LogUnavailable as unavailable:
            refusal, decision = unavailable.refusal, None
            request.state.refusal = refusal
        return refused(refusal, decision, door.new_id(), door.fidelity)

    return EnteredRoute


def _require_plain(body: bytes) -> None:
    """Let a body pass that every reader of JSON reads alike, or that is not there.

    Raises:
        RefusedFault: `message-invalid`.
    """
    try:
        if body:
            require_single_members(body)
    except BodyInvalid as error:
        raise refuse(
            Reason.MESSAGE_INVALID, str(error), remedy="/docs shows the form of every call"
        ) from None


def refused(refusal: Refusal, decision: str | None, instance: str, fidelity: str) -> Response:
    """The problem document, citing decision and protocol."""
    reply = problem(refusal, instance, fidelity=fidelity)
    headers = {"sim-protocol": refusal.protocol or PLATFORM, **dict(reply.headers)}
    if decision is not None:
        headers["sim-decision"] = decision
    return Response(body_of(reply, decision), reply.status, headers, reply.media_type)
