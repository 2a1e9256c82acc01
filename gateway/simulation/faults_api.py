"""`/_sim/faults`: what goes wrong on purpose, put, shown and taken away while a space runs (contract section 10)."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from gateway.contracts.faults import Ground, Refusal, RefusedFault
from gateway.contracts.reasons import Reason
from gateway.simulation.disturbance.files import about, profiles
from gateway.simulation.disturbance.rules import Fault, FaultsInvalid, Flaw
from gateway.simulation.space import Space


def add_faults(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes."""

    @router.get("/faults")
    async def show() -> list[dict[str, Any]]:
        """The rules that count now, in order."""
        return [one.row() for one in space().faults.faults]

    @router.put("/faults")
    async def put(body: list[Fault]) -> list[dict[str, Any]]:
        """Other rules instead, from the next occurrence on, counted from zero; a reset undoes them."""
        board = space().faults
        try:
            board.put(body)
        except FaultsInvalid as invalid:
            raise RefusedFault(Refusal(tuple(_ground(one) for one in invalid.flaws))) from None
        return [one.row() for one in board.faults]

    @router.delete("/faults", status_code=204)
    async def clear() -> None:
        """No faults any more."""
        space().faults.put([])

    @router.get("/faults/counts")
    async def counts() -> list[dict[str, Any]]:
        """What each rule met and hit since it was put."""
        return space().faults.counts()

    @router.get("/faults/profiles")
    async def ready() -> list[dict[str, str]]:
        """The ready profiles, by name."""
        return [{"name": name, "about": about(text)} for name, text in profiles().items()]


def _ground(flaw: Flaw) -> Ground:
    place = f"{flaw.number}.{flaw.member}".strip(".")
    return Ground(
        reason=Reason.MESSAGE_INVALID,
        element=place,
        detail=f"{place}: {flaw.what}",
        remedy=flaw.mend,
    )
