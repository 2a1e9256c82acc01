"""`/metrics`, `/ready` and `/health`: how the gateway does, for those who run it."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from gateway.flows.protocol_reload import LawLibrary
from gateway.ports.operation import Part
from gateway.web.protocols import LAST_GOOD

METRICS = "text/plain; version=0.0.4; charset=utf-8"
_READY, _NOT_READY = 200, 503


def operation_router(
    protocols: LawLibrary, parts: Callable[[], Sequence[Part]], metrics: Callable[[], bytes]
) -> APIRouter:
    """The routes. None needs a credential; `/metrics` is closed where the door says so."""
    router = APIRouter(tags=["platform"])

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether this process answers; `protocols` stands here while their files do not hold."""
        doubt = {"protocols": LAST_GOOD} if protocols.slips() else {}
        return {"status": "UP"} | doubt

    @router.get("/ready", responses={503: {"description": "A part does not work"}})
    async def ready() -> Response:
        """Whether every part works, looked at for real, and why not where it does not."""
        return told(await asyncio.to_thread(parts))

    @router.get("/metrics", response_class=Response)
    async def figures() -> Response:
        """Figures for Prometheus; no label is about a person."""
        return Response(await asyncio.to_thread(metrics), media_type=METRICS)

    return router


def told(parts: Sequence[Part]) -> Response:
    """The parts as JSON: 200 where all of them work, else 503."""
    works = all(part.works for part in parts)
    content: dict[str, Any] = {
        "ready": works,
        "checks": [{"name": p.name, "ok": p.works, "reason": p.reason} for p in parts],
    }
    headers = {"cache-control": "no-store"}
    return JSONResponse(content, _READY if works else _NOT_READY, headers)
