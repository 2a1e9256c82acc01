"""`/_sim/protocols`: which law is loaded, whether the files still say so, and reading them again."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter

from gateway.domain.law_reading import LawSlip
from gateway.simulation.space import Space


def add_law(router: APIRouter, space: Callable[[], Space]) -> None:
    """Add the routes."""

    @router.get("/protocols")
    async def show() -> dict[str, Any]:
        """What is loaded; `current` is false while the files do not hold and the last good set stays."""
        gateway = space().gateway
        slips = gateway.protocols.slips()
        return {
            "current": not slips,
            "loaded": [
                {"protocol": document.ref, "digest": document.digest}
                for document in gateway.protocols.bundle().documents
            ],
            "defects": _shown(slips),
        }

    @router.post("/protocols/reload")
    async def reload() -> dict[str, Any]:
        """Read the files again; `kept` where they do not hold, and nothing changed."""
        done = await asyncio.to_thread(space().gateway.reload.reload)
        return {
            "outcome": done.outcome.value,
            "came": list(done.came),
            "went": list(done.went),
            "defects": _shown(done.slips),
        }


def _shown(slips: Sequence[LawSlip]) -> list[dict[str, Any]]:
    return [
        {"file": s.file, "line": s.line, "key": s.key, "what": s.what, "mend": s.mend}
        for s in slips
    ]
