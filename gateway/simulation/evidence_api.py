"""`/_sim/evidence/openings`: one private word of an entry, or one number of a file, for a judge."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Self

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.simulation.space import Space


class Opening(BaseModel):
    """Which entry, and exactly one of: a private word by its name, or a number in the file."""

    model_config = ConfigDict(extra="forbid", strict=True)

    decision: Annotated[str, Field(pattern=r"^D-[1-9][0-9]{0,14}$")]
    field: Annotated[str | None, Field(pattern=r"^[a-z]{1,20}$")] = None
    insz: Annotated[str | None, Field(pattern=r"^[0-9]{11}$")] = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.field is None) == (self.insz is None):
            raise ValueError("give exactly one of field and insz")
        return self


def add_evidence(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the route."""

    @router.post("/evidence/openings", response_class=Response)
    async def open_one(body: Opening) -> Response:
        """What opens this one commitment; entered in the log before it is shown."""
        desk, position = space().gateway.openings, int(body.decision.removeprefix("D-"))
        if body.insz is not None:
            opened = await asyncio.to_thread(desk.number, position, body.insz)
        else:
            opened = await asyncio.to_thread(desk.word, position, body.field or "")
        return Response(opened, media_type="application/json", headers={"cache-control": "no-store"})  # fmt: skip
