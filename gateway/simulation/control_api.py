"""`/_sim`: the tester's desk for one space: clock, people, providers, reset (contract section 10)."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.settings import Transport
from gateway.simulation.check_api import add_check
from gateway.simulation.erasure_api import add_erasures
from gateway.simulation.evidence_api import add_evidence
from gateway.simulation.faults_api import add_faults
from gateway.simulation.journal_api import add_journal
from gateway.simulation.keys_api import add_keys
from gateway.simulation.law_api import add_law
from gateway.simulation.rights_api import add_rights
from gateway.simulation.space import Space
from gateway.simulation.throttle_api import add_throttle
from gateway.simulation.world_api import add_world
from gateway.web.bearer import bearer
from gateway.web.instants import Instant


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Advance(_Body):
    """Exactly one of: whole Belgian days, seconds, or `next` (up to the next job)."""

    days: Annotated[int | None, Field(ge=1, le=36_525)] = None
    seconds: Annotated[int | None, Field(ge=1, le=3_155_760_000)] = None
    until: Literal["next"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(value is not None for value in (self.days, self.seconds, self.until)) != 1:
            raise ValueError("give exactly one of days, seconds and until")
        return self


class PutClock(_Body):
    """Exactly one of: an instant with an offset, or `running`."""

    at: Annotated[Instant | None, Field(strict=False)] = None
    mode: Literal["running", "frozen"] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.at is None) == (self.mode is None):
            raise ValueError("give exactly one of at and mode")
        return self


class PutProvider(_Body):
    """Whether a simulated provider delivers by itself, and how; what is left out stays as it is."""

    automatic: bool | None = None
    transport: Transport | None = None


class Reset(_Body):
    """What the fresh space starts with; `null` keeps what it had."""

    seed: Annotated[int | None, Field(ge=0)] = None
    clock: Annotated[Instant | None, Field(strict=False)] = None


ResetHere = Callable[[Space, int | None, datetime | None], Awaitable[dict[str, Any]]]
"""Replaces a space by a fresh one in the same place."""


def control_router(space: Callable[[], Space], reset: ResetHere) -> APIRouter:
    """The routes. `space` gives the space that a request is for."""
    router = APIRouter(prefix="/_sim", tags=["simulation"], route_class=guarded(space))
    _add_clock(router, space)
    _add_personas(router, space)
    _add_providers(router, space)
    add_check(router, space)
    add_rights(router, space)
    add_law(router, space)
    add_evidence(router, space)
    add_keys(router, space)
    add_throttle(router, space)
    add_faults(router, space)
    add_erasures(router, space)
    add_world(router, space)
    add_journal(router, space)

    @router.post("/reset")
    async def reset_space(body: Reset) -> dict[str, Any]:
        """A fresh space with the same doors."""
        return await reset(space(), body.seed, body.clock)

    return router


def _add_clock(router: APIRouter, space: Callable[[], Space]) -> None:
    @router.get("/clock")
    async def show_clock() -> dict[str, Any]:
        """The clock, its mode and the next job."""
        return space().time.view()

    @router.post("/clock/advance")
    async def advance(body: Advance) -> dict[str, Any]:
        """Move on; returns when everything that fell due has run."""
        here = space().time
        return await asyncio.to_thread(here.advance_by, days=body.days, seconds=body.seconds)

    @router.put("/clock")
    async def put_clock(body: PutClock) -> dict[str, Any]:
        """Put the clock forward, or let it run."""
        here = space().time
        if body.at is not None:
            await asyncio.to_thread(here.advance, body.at)
        elif body.mode is not None:
            await asyncio.to_thread(here.set_mode, body.mode)
        return here.view()


def _add_personas(router: APIRouter, space: Callable[[], Space]) -> None:
    @router.get("/personas")
    async def personas() -> list[dict[str, Any]]:
        """The people that every demo world holds, and what each shows."""
        return space().personas()

    @router.get("/personas/{key}")
    async def persona(key: str) -> dict[str, Any]:
        """One of them."""
        return _persona(space(), key)

    @router.post("/personas/{key}/login")
    async def login(key: str) -> dict[str, Any]:
        """Log in as one of them, as if by eID; `sees` are the people whose data they may look at."""
        here = space()
        _persona(here, key)
        citizen = here.gateway.citizens.citizens.find(key)
        assert citizen is not None
        sees = [one.key for one in here.gateway.citizens.sees(citizen)]
        return {"token": here.gateway.logins.open(key), "sees": sees}


def _persona(space: Space, key: str) -> dict[str, Any]:
    """One of the personas."""
    found = [one for one in space.personas() if one["key"] == key]
    if not found:
        raise _unknown("persona", "GET /_sim/personas lists them")
    return found[0]


def _add_providers(router: APIRouter, space: Callable[[], Space]) -> None:
    @router.get("/providers/{party}")
    async def show_provider(party: str) -> dict[str, Any]:
        """Whether the provider delivers by itself."""
        return _provider(space(), party)

    @router.put("/providers/{party}")
    async def put_provider(party: str, body: PutProvider) -> dict[str, Any]:
        """Make the provider deliver by itself, or not; over SFTP, or in process."""
        here = space()
        _provider(here, party)
        here.automatic[party] = here.automatic[party] if body.automatic is None else body.automatic
        here.transport[party] = body.transport or here.transport[party]
        return _provider(here, party)


def _provider(space: Space, party: str) -> dict[str, Any]:
    if party not in space.automatic:
        raise _unknown("simulated provider", "simulated: " + ", ".join(sorted(space.automatic)))
    return {
        "party": party,
        "automatic": space.automatic[party],
        "transport": space.transport[party],
    }


def _unknown(what: str, remedy: str) -> RefusedFault:
    return refuse(Reason.SERVICE_UNKNOWN, f"there is no {what} with this key", remedy=remedy)


def guarded(
    space: Callable[[], Space], then: Callable[[Space], None] = lambda _: None
) -> type[APIRoute]:
    """A class of routes that look at the control token before anything else, `then` at the space."""

    class GuardedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def guarded(request: Request) -> Response:
                _require_control_token(bearer(request), space().control_token)
                then(space())
                return await handle(request)

            return guarded

    return GuardedRoute


def _require_control_token(shown: str, expected: str) -> None:
    if not shown:
        raise refuse(
            Reason.CREDENTIAL_MISSING,
            "the control API wants the control token",
            remedy="send `Authorization: Bearer <control_token>` of the ready file",
        )
    if not hmac.compare_digest(shown.encode(), expected.encode()):
        raise refuse(
            Reason.CREDENTIAL_INVALID,
            "this is not the control token of this space",
            remedy="use `control_token` of the ready file",
        )
