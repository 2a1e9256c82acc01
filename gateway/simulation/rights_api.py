"""`GET /_sim/rights`: what a credential may do at an instant, for who holds the control token."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gateway.simulation.check_api import known_caller
from gateway.simulation.space import Space
from gateway.web.instants import Instant
from gateway.web.rights import shown_rights


def add_rights(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the route."""

    @router.get("/rights")
    async def rights(
        credential: str, at: Annotated[Instant | None, Query()] = None
    ) -> dict[str, Any]:
        """The same as `/v1/rechten` in that credential's name; entered in the log."""
        here = space()
        told = await here.gateway.rights.tell(known_caller(here, credential), at)
        return shown_rights(told.rights)
