"""`/_sim/recording`: what comes to a space from outside, written down while it is on."""

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from gateway.simulation.control_api import guarded
from gateway.simulation.recording.desk import RecordingDesk
from gateway.simulation.space import Space


class Begin(BaseModel):
    """What the recording is called."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str


def recording_router(here: Callable[[], Space], desk: Callable[[], RecordingDesk]) -> APIRouter:
    """The routes; each space has its own."""
    router = APIRouter(prefix="/_sim/recording", tags=["simulation"], route_class=guarded(here))

    @router.get("")
    async def shown() -> dict[str, Any]:
        """Whether the space is recorded, where, and how many events there are."""
        return desk().shown(here())

    @router.post("", status_code=201)
    async def start(body: Begin) -> dict[str, Any]:
        """Write down all that comes from now on."""
        space = here()
        with desk().stepping_aside(space):
            return await asyncio.to_thread(desk().start, space, body.name)

    @router.delete("")
    async def stop() -> dict[str, Any]:
        """The recording is over; where it lies."""
        space = here()
        with desk().stepping_aside(space):
            return await asyncio.to_thread(desk().stop, space)

    return router
