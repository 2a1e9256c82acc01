"""`/_sim/spaces`: further spaces in the same process, for whoever holds the process's control token."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.simulation.control_api import Reset, guarded
from gateway.simulation.space import Space
from gateway.simulation.space_name import PATTERN
from gateway.simulation.spaces import Spaces
from gateway.web.instants import Instant
from providers.world.crowd import LARGEST

Name = Annotated[str, Field(json_schema_extra={"pattern": f"^{PATTERN}$"})]


class Copy(BaseModel):
    """What the copy is called."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Name


class NewSpace(BaseModel):
    """A further space. `null` for seed, clock and people is what the process started with."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Name
    seed: Annotated[int | None, Field(ge=0)] = None
    clock: Annotated[Instant | None, Field(strict=False)] = None
    people: Annotated[int | None, Field(ge=0, le=LARGEST)] = None


def spaces_router(here: Callable[[], Space], spaces: Callable[[], Spaces]) -> APIRouter:
    """The routes. They stand at the root, with the control token of the default space."""
    router = APIRouter(
        prefix="/_sim/spaces", tags=["simulation"], route_class=guarded(here, _require_root)
    )

    @router.get("")
    async def listed() -> list[dict[str, Any]]:
        """Every space of this process, the default one first."""
        return spaces().listed()

    @router.post("", status_code=201)
    async def create(body: NewSpace) -> dict[str, Any]:
        """A further space, ready to use; its ready file."""
        return await asyncio.to_thread(spaces().create, body.id, body.seed, body.clock, body.people)

    @router.get("/{key}")
    async def ready(key: str) -> dict[str, Any]:
        """The ready file of a space."""
        return await asyncio.to_thread(spaces().ready, key)

    @router.post("/{key}/reset")
    async def reset(key: str, body: Reset) -> dict[str, Any]:
        """A fresh space in the same place."""
        return await spaces().reset_from(here(), key, body.seed, body.clock)

    @router.post("/{key}/clone", status_code=201)
    async def clone(key: str, body: Copy) -> dict[str, Any]:
        """A further space with all that this one holds; its ready file."""
        return await spaces().clone_from(here(), key, body.id)

    @router.delete("/{key}", status_code=204)
    async def delete(key: str) -> None:
        """End a space and remove its data."""
        await asyncio.to_thread(spaces().delete, key)

    return router


def _require_root(space: Space) -> None:
    if space.at is not None:
        raise refuse(
            Reason.SERVICE_UNKNOWN,
            "spaces are kept at the root, not inside one another",
            remedy="call /_sim/spaces without prefix, with the control token of the process",
        )
