"""What the platform itself offers over HTTP: health, and which methods its paths know."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException

from gateway.flows.protocol_reload import LawLibrary
from gateway.web.protocols import LAST_GOOD

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def platform_router(
    protocols: LawLibrary,
    posted: Sequence[str],
    read: Sequence[str],
    described: Sequence[str],
) -> APIRouter:
    """The routes that need no credential; what stands open is `read`, SOAP paths are `described` too."""
    router = APIRouter(tags=["platform"])
    _add_refusals(router, posted, "POST")
    _add_refusals(router, read, "GET")
    _add_refusals(router, described, "GET, POST")

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether this process answers; `protocols` stands here while their files do not hold."""
        doubt = {"protocols": LAST_GOOD} if protocols.slips() else {}
        return {"status": "UP"} | doubt

    return router


def _add_refusals(router: APIRouter, paths: Sequence[str], allowed: str) -> None:
    """Any other method on these paths is told which are allowed."""

    async def refuse_method() -> None:
        raise HTTPException(405, headers={"Allow": allowed})

    others = [method for method in _METHODS if method not in allowed]
    for path in paths:
        router.add_api_route(path, refuse_method, methods=others, include_in_schema=False)
