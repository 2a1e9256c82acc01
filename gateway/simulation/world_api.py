"""`/_sim/world`: the people of a space, to look at, add, change, export and import."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.simulation.people_desk import PeopleDesk, not_possible, shown
from gateway.simulation.space import Space
from providers.world import changes
from providers.world.changes import NotPossible, What
from providers.world.files import FileInvalid, person_of
from providers.world.happenings import KINDS, happenings
from providers.world.people import Person

Day = Annotated[date, Field(strict=False)]
Number = Annotated[str, Field(pattern=r"^\d{11}$")]
_LINES, _AT_ONCE = "application/x-ndjson", 500
_EXPORTED: dict[int | str, dict[str, Any]] = {200: {"content": {_LINES: {}}}}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Export(BaseModel):
    """Whether everybody goes into the file."""

    model_config = ConfigDict(extra="forbid")

    whole: bool = False


class Whose(_Body):
    """Of whom; in a body, for a number does not stand in a path."""

    insz: Number


class Events(_Body):
    """What happens, of some kinds or of all, in a period."""

    what: list[str] = []
    begin: Annotated[Day, Field(alias="from")]
    until: Day
    limit: Annotated[int, Field(ge=1, le=1_000)] = 50


class Change(Whose):
    """What befalls somebody on a day; `town` for a move, `amount` for money, `fund` for a membership."""

    what: What
    on: Day
    town: str | None = None
    amount: Annotated[str | None, Field(pattern=r"^\d{1,6}\.\d{2}$")] = None
    fund: Annotated[str | None, Field(pattern=r"^zorgkas-[1-6]$")] = None


def add_world(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes."""

    @router.get("/world")
    async def summary() -> dict[str, Any]:
        """Whose world it is, and how many are not as the seed gives them."""
        return space().people.summary()

    @router.post("/world/person")
    async def person(body: Whose) -> dict[str, Any]:
        """Somebody, as in a file, and what happens to them in order of time."""
        found = space().people.find(body.insz)
        told = [
            {"on": on.isoformat(), "what": what, "of": of} for on, what, of in happenings(found)
        ]
        return {"person": shown(found), "happens": told}

    @router.post("/world/events")
    async def events(body: Events) -> dict[str, Any]:
        """What happens to people in a period."""
        if not set(body.what) <= set(KINDS):
            raise refuse(Reason.MESSAGE_INVALID, "what: no such kind", element="what",
                         remedy=f"there are {', '.join(KINDS)}")  # fmt: skip
        here = space().people
        asked = body.what, body.begin, body.until, body.limit
        return await asyncio.to_thread(here.events, *asked)

    @router.get("/world/export", responses=_EXPORTED, response_class=StreamingResponse)
    async def export(asked: Annotated[Export, Query()]) -> StreamingResponse:
        """A file of those who are not as the seed gives them, or of everybody."""
        lines = space().people.export(whole=asked.whole)
        pieces = iter(lambda: b"".join(islice(lines, _AT_ONCE)), b"")
        return StreamingResponse(pieces, media_type=_LINES)

    _add_changes(router, space)


def _add_changes(router: APIRouter, space: Callable[[], Space]) -> None:
    @router.post("/world/import")
    async def take_in(request: Request) -> dict[str, int]:
        """Put everybody of a file, all or none."""
        return space().people.take_in(await request.body())

    @router.post("/world/people", status_code=201)
    async def add(body: dict[str, Any]) -> dict[str, Any]:
        """Somebody new, or somebody else in the place of who has this number; without `insz` one is given."""
        here = space().people
        person = _read(here, body)
        here.put([person])
        return shown(person)

    @router.post("/world/change")
    async def change(body: Change) -> list[dict[str, Any]]:
        """Let something befall somebody; the records that it changed."""
        here = space().people
        try:
            changed = _changed(here, body)
        except NotPossible as found:
            raise not_possible(found) from None
        here.put(changed)
        return [shown(one) for one in changed]

    @router.post("/world/revert", status_code=204)
    async def revert(body: Whose) -> None:
        """Let somebody be as the seed gives them, or be gone if it does not."""
        space().people.revert(body.insz)


def _read(here: PeopleDesk, row: dict[str, Any]) -> Person:
    """The person of a row, with a number of their own if none is given."""
    try:
        if "insz" not in row:
            row = {"insz": here.free_number(_birth(row)), **row}
        return person_of(row)
    except (NotPossible, FileInvalid) as invalid:
        raise refuse(Reason.MESSAGE_INVALID, str(invalid),
                     remedy="`POST /_sim/world/person` shows the form") from None  # fmt: skip


def _birth(row: dict[str, Any]) -> date:
    """What was written there instead of a day is not told back."""
    try:
        return date.fromisoformat(str(row.get("born")))
    except ValueError:
        raise FileInvalid("born: write a day as yyyy-mm-dd") from None


def _changed(here: PeopleDesk, body: Change) -> list[Person]:
    """Every record of somebody after a change: a number that was replaced tells the same."""
    records = here.records(body.insz)
    if body.what == "replaced":
        last = records[-1]
        return list(changes.replaced(last, body.on, here.free_number(last.born)))
    return [_CHANGES[body.what](one, body) for one in records]


def _given(value: str | None, name: str) -> str:
    if value is None:
        raise NotPossible(f"{name}: say which")
    return value


_CHANGES: Mapping[What, Callable[[Person, Change], Person]] = {
    "died": lambda one, body: changes.died(one, body.on),
    "cancelled": lambda one, body: changes.cancelled(one, body.on),
    "moved": lambda one, body: changes.moved(one, body.on, _given(body.town, "town")),
    "joined": lambda one, body: changes.joined(one, body.on, _given(body.fund, "fund")),
    "paid": lambda one, body: changes.paid(one, body.on, Decimal(_given(body.amount, "amount"))),
    "recovered": lambda one, body: changes.paid(
        one, body.on, -Decimal(_given(body.amount, "amount"))
    ),
}
