"""`/_sim/erasures`: have the log forget a person, or be told which law keeps the rows."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import refuse
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.contracts.reasons import Reason
from gateway.domain.erasure import DECIDED, ErasureGround
from gateway.flows.erasure import Done, Request
from gateway.simulation.beside import copies_in
from gateway.simulation.space import Space


class Erase(BaseModel):
    """Whose rows, on which ground of article 17 of the GDPR, who decided, and the digest of the decision."""

    model_config = ConfigDict(extra="forbid", strict=True)

    insz: str
    ground: Literal["request", "unlawful", "order"]
    by: str
    document: Annotated[str | None, Field(pattern="^sha256:[0-9a-f]{64}$")] = None


def add_erasures(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes."""

    @router.post("/erasures")
    async def erase(body: Erase) -> dict[str, Any]:
        """Erase what the log keeps of a person, or say which law keeps it; entered either way.

        `copies` are snapshots and recordings of the space: they are as they were.
        """
        here = space()
        asked = _checked(here, body)
        done = await asyncio.to_thread(here.gateway.erasure.ask, asked)
        return _shown(done) | {"copies": copies_in(here.data) if done.is_erased else []}

    @router.post("/erasures/due")
    async def erase_due() -> dict[str, int]:
        """Erase now what is over; the space does so by itself on the first day of each month."""
        return {"count": await asyncio.to_thread(space().gateway.erasure.keep_terms)}


def _checked(space: Space, body: Erase) -> Request:
    ground = ErasureGround(body.ground)
    number = _number(body.insz, test_only=space.settings.strict)
    if body.by not in {caller.party for caller in space.callers.values()}:
        raise refuse(Reason.MESSAGE_INVALID, "by: names no party of this space", element="by",
                     remedy="name the party that decided, such as `vutg`")  # fmt: skip
    if ground in DECIDED and body.document is None:
        raise refuse(Reason.MESSAGE_INVALID, "document: this ground rests on a decision", element="document",
                     remedy="send the decision's digest as `sha256:<64 hex digits>`")  # fmt: skip
    return Request(number, ground, body.by, body.document)


def _number(text: str, *, test_only: bool) -> str:
    """The eleven digits, however they were written."""
    try:
        number = parse_insz(text)
    except InszInvalid as error:
        raise refuse(
            Reason.INSZ_INVALID, str(error), element="insz", remedy="send a valid number"
        ) from None
    if test_only and number.kind is not InszKind.TEST:
        raise refuse(Reason.NOT_A_TEST_NUMBER, "this simulator knows test numbers only", element="insz",
                     remedy="use a test number; /_sim/personas lists some")  # fmt: skip
    return number.value


def _shown(done: Done) -> dict[str, Any]:
    return {
        "outcome": "erased" if done.is_erased else "kept",
        "decision": done.decision,
        "count": done.count,
        "articles": list(done.articles),
    }
