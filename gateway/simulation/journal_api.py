"""`/_sim/journal`: what happened in a space, counted, and whether something ever did (contract section 10)."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.adapters.journal import Item, Wanted
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.insz import InszInvalid, parse_insz
from gateway.contracts.reasons import Reason
from gateway.simulation.journal import counted, near_miss, shown
from gateway.simulation.space import Space
from gateway.web.instants import Instant

Column = Literal[
    "kind", "credential", "party", "unit", "channel", "service", "flow", "protocol", "outcome", "reason",
    "file",
]  # fmt: skip
_COLUMNS: tuple[str, ...] = get_args(Column)
_MOST = 10_000
_LARGEST = 2**53 - 1


Number = Annotated[int, Path(ge=1, le=_LARGEST)]
"""An item's place in the path."""


class Filters(BaseModel):
    """Which items: words by value, instants both included, and whom they are about.

    `persona` is a key of `/_sim/personas`, for addresses, in which no number may stand.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str | None = None
    credential: str | None = None
    party: str | None = None
    unit: str | None = None
    channel: str | None = None
    service: str | None = None
    flow: str | None = None
    protocol: str | None = None
    outcome: str | None = None
    reason: str | None = None
    file: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    persona: str | None = None


class Listing(Filters):
    """Filters, and which part of what they leave: behind a number, or the newest (`last`)."""

    after: Annotated[int, Field(ge=0, le=_LARGEST)] = 0
    limit: Annotated[int, Field(ge=1, le=_MOST)] = 1_000
    last: Annotated[int | None, Field(ge=1, le=_MOST)] = None


class Counting(Filters):
    """Filters, and the columns by whose values is counted, separated by commas."""

    by: Annotated[str, Field(pattern=f"^(({'|'.join(_COLUMNS)})(,|$))*$")] = ""


class Search(Listing):
    """The same in a body, where a number may stand."""

    insz: str | None = None


class Never(BaseModel):
    """About whom, and to which credential, unit or party."""

    model_config = ConfigDict(extra="forbid", strict=True)

    insz: str
    to: str


def add_journal(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes."""

    @router.get("/journal")
    async def listed(asked: Annotated[Listing, Query()]) -> dict[str, Any]:
        """Every request and file event with its decision, oldest first."""
        return await asyncio.to_thread(_listed, space(), asked)

    @router.post("/journal/search")
    async def search(body: Search) -> dict[str, Any]:
        """The same, also by a person's number."""
        return await asyncio.to_thread(_listed, space(), body, body.insz)

    @router.get("/journal/counts")
    async def counts(asked: Annotated[Counting, Query()]) -> dict[str, Any]:
        """How many there are, altogether and by the values of columns."""
        return await asyncio.to_thread(_counted, space(), asked)

    @router.post("/journal/never")
    async def never(body: Never) -> dict[str, Any]:
        """Whether something about a person ever went to somebody: `never`, `seen` or `unknown`."""
        return await asyncio.to_thread(_never, space(), body)

    @router.delete("/journal", status_code=204)
    async def clear() -> None:
        """Begin the journal anew; the log stays as it is."""
        await asyncio.to_thread(space().journal.journal.clear)

    @router.get("/journal/items/{n}")
    async def one(n: Number) -> dict[str, Any]:
        """One item, with everything that the journal holds of it."""
        found = await asyncio.to_thread(item_of, space(), n)
        return shown(found) | {"position": found.noted.position} | _more(found)

    @router.get("/journal/items/{n}/near-miss")
    async def near(n: Number) -> dict[str, Any]:
        """Which one change would have let a refused item pass, by deciding it again."""
        here = space()
        found = await asyncio.to_thread(item_of, here, n)
        return await asyncio.to_thread(near_miss, here.gateway, found, [*here.callers.values()])


def item_of(space: Space, n: int) -> Item:
    """The item of this number.

    Raises:
        RefusedFault: `service-unknown`; there is none, or it was dropped.
    """
    journal = space.journal.journal
    found = journal.find(n)
    if found is None:
        gone = f"; {journal.dropped()} were dropped" if journal.dropped() else ""
        raise refuse(Reason.SERVICE_UNKNOWN, f"the journal keeps no item of this number{gone}",
                     remedy="GET /_sim/journal lists those that it keeps")  # fmt: skip
    return found


def _more(item: Item) -> dict[str, Any]:
    return {name: getattr(item.noted, name) for name in _COLUMNS}


def _listed(space: Space, asked: Listing, insz: str | None = None) -> dict[str, Any]:
    wanted, journal = _wanted(space, asked, insz), space.journal.journal
    if asked.last is not None:
        found = journal.last(wanted, asked.last)
    else:
        found = journal.page(wanted, asked.after, asked.limit)
    told = {"items": [shown(one) for one in found], "dropped": journal.dropped()}
    return told | _unknown(space, wanted)


def _counted(space: Space, asked: Counting) -> dict[str, Any]:
    by = list(dict.fromkeys(name for name in asked.by.split(",") if name))
    wanted = _wanted(space, asked)
    rows = space.journal.journal.counts(wanted, by)
    total = sum(count for _, count in rows)
    told = counted(by, rows) if by else []
    dropped = space.journal.journal.dropped()
    return {"total": total, "counts": told, "dropped": dropped} | _unknown(space, wanted)


def _unknown(space: Space, wanted: Wanted) -> dict[str, int]:
    """Where a person was asked for: of how many more nobody can tell whether they are about them."""
    return {} if wanted.positions is None else {"unknown": space.journal.unknown(wanted)}


def _never(space: Space, body: Never) -> dict[str, Any]:
    callers = space.callers.values()
    if not any(body.to in (one.key, one.unit, one.party) for one in callers):
        raise refuse(Reason.MESSAGE_INVALID, "to: there is no such credential, unit or party", element="to",
                     remedy="name one; the ready file lists the credentials")  # fmt: skip
    return space.journal.never(_numbers(space, body.insz), body.to, callers).as_json()


def _wanted(space: Space, asked: Filters, insz: str | None = None) -> Wanted:
    words = {name: value for name in _COLUMNS if (value := getattr(asked, name)) is not None}
    wanted = Wanted(
        words=words,
        since=asked.since.isoformat() if asked.since else None,
        until=asked.until.isoformat() if asked.until else None,
    )
    number = insz if insz is not None else _number_of(space, asked.persona)
    return wanted if number is None else space.journal.about(wanted, _numbers(space, number))


def _number_of(space: Space, persona: str | None) -> str | None:
    if persona is None:
        return None
    found = [one["insz"] for one in space.personas() if one["key"] == persona]
    if not found:
        raise refuse(Reason.MESSAGE_INVALID, "persona: there is none with this key", element="persona",
                     remedy="GET /_sim/personas lists them")  # fmt: skip
    return str(found[0])


def _numbers(space: Space, insz: str) -> list[str]:
    """Every number that somebody has or had, of any one of them."""
    try:
        return list(space.world.numbers_of(parse_insz(insz).value))
    except InszInvalid as error:
        raise _invalid(str(error)) from None


def _invalid(what: str) -> RefusedFault:
    return refuse(Reason.INSZ_INVALID, what, element="insz", remedy="send a valid number")
