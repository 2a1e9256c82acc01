"""`/_sim/snapshots`: the snapshots of one space, for whoever holds its control token."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict
from starlette.background import BackgroundTask

from gateway.simulation.control_api import guarded
from gateway.simulation.snapshots.desk import SnapshotDesk
from gateway.simulation.space import Space

ZIP = "application/zip"
Row = dict[str, Any]


class Export(BaseModel):
    """Whether private keys go along."""

    model_config = ConfigDict(extra="forbid")

    keys: bool = False


class Save(BaseModel):
    """What the snapshot is called; `file` is one on the machine of the process, by its whole path."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    file: str | None = None


def snapshots_router(here: Callable[[], Space], desk: Callable[[], SnapshotDesk]) -> APIRouter:
    """The routes; each space has its own."""
    router = APIRouter(prefix="/_sim/snapshots", tags=["simulation"], route_class=guarded(here))
    _add_shelf(router, here, desk)
    _add_files(router, here, desk)

    @router.post("", status_code=201)
    async def save(body: Save) -> Row:
        """Keep the space as it is now; or a file, once everything in it was looked at."""
        space = here()
        if body.file is not None:
            return await asyncio.to_thread(desk().imported, space, body.name, Path(body.file))
        with desk().stepping_aside(space):
            return await asyncio.to_thread(desk().save, space, body.name)

    @router.post("/{name}/restore")
    async def restore(name: str) -> Row:
        """Go back to it: what happened since is gone."""
        space = here()
        with desk().stepping_aside(space):
            return await asyncio.to_thread(desk().restore, space, name)

    return router


def _add_shelf(
    router: APIRouter, here: Callable[[], Space], desk: Callable[[], SnapshotDesk]
) -> None:
    @router.get("")
    async def listed() -> list[Row]:
        """Every snapshot of this space, by name."""
        return await asyncio.to_thread(desk().listed, here())

    @router.get("/{name}")
    async def shown(name: str) -> Row:
        """What a snapshot says of itself."""
        return await asyncio.to_thread(desk().shown, here(), name)

    @router.get("/{name}/difference")
    async def compare(
        name: str, other: Annotated[str | None, Query(alias="with")] = None
    ) -> dict[str, Any]:
        """Where it and another begin to differ; the other is the space as it is now if none is named."""
        space = here()
        with desk().stepping_aside(space):
            return await asyncio.to_thread(desk().compared, space, name, other)

    @router.delete("/{name}", status_code=204)
    async def delete(name: str) -> None:
        """Remove a snapshot."""
        await asyncio.to_thread(desk().delete, here(), name)


def _add_files(
    router: APIRouter, here: Callable[[], Space], desk: Callable[[], SnapshotDesk]
) -> None:
    @router.get(
        "/{name}/file",
        response_class=FileResponse,
        responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def export(name: str, asked: Annotated[Export, Query()]) -> FileResponse:
        """One file to give away; private keys are in it only with `keys=true`."""
        give = partial(desk().exported, here(), name, keys=asked.keys)
        file = await asyncio.to_thread(give)
        gone = BackgroundTask(partial(Path.unlink, file, missing_ok=True))
        return FileResponse(file, media_type=ZIP, filename=f"{name}.zip", background=gone)
