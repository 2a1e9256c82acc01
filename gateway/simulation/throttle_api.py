"""`/_sim/throttle`: how much of each consumer is answered, to be seen and changed while a space runs."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.flows.throttle import Limits, LimitsInvalid, Rate
from gateway.simulation.space import Space


class _Rate(BaseModel):
    """Requests a second, and at once after a pause; `burst` 0 refuses each."""

    model_config = ConfigDict(extra="forbid", strict=True)

    rate: Annotated[float, Field(gt=0, le=1e6)]
    burst: Annotated[int, Field(ge=0, le=1_000_000)]


class PutThrottle(BaseModel):
    """All limits anew: `each` is that of every credential by itself, `null` none."""

    model_config = ConfigDict(extra="forbid", strict=True)

    each: _Rate | None = None
    own: dict[str, _Rate] = {}


def add_throttle(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes."""

    @router.get("/throttle")
    async def show() -> dict[str, Any]:
        """The limits that count now."""
        return _shown(space().gateway.throttle.limits)

    @router.put("/throttle")
    async def put(body: PutThrottle) -> dict[str, Any]:
        """Other limits, from the next request on and with every bucket full; a reset undoes them."""
        here = space()
        each = _read(body.each) if body.each is not None else None
        limits = Limits(each, {name: _read(rate) for name, rate in body.own.items()})
        try:
            limits.require_known(here.callers.values())
        except LimitsInvalid:
            raise refuse(Reason.MESSAGE_INVALID, "own: names one who is not here", element="own",
                         remedy="the ready file lists them") from None  # fmt: skip
        here.gateway.throttle.put(limits)
        return _shown(limits)


def _read(rate: _Rate) -> Rate:
    return Rate(rate.rate, rate.burst)


def _shown(limits: Limits) -> dict[str, Any]:
    each = _rate(limits.each) if limits.each is not None else None
    return {"each": each, "own": {name: _rate(rate) for name, rate in sorted(limits.own.items())}}


def _rate(rate: Rate) -> dict[str, Any]:
    return {"rate": rate.per_second, "burst": rate.burst}
