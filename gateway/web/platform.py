"""Which methods the platform's own paths know; any other is told so."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def platform_router(
    posted: Sequence[str],
    read: Sequence[str],
    described: Sequence[str],
) -> APIRouter:
    """The routes that need no credential; what stands open is `read`, SOAP paths are `described` too."""
    router = APIRouter(tags=["platform"])
    _add_refusals(router, posted, "POST")
    _add_refusals(router, read, "GET")
    _add_refusals(router, described, "GET, POST")
    return router


def _add_refusals(router: APIRouter, paths: Sequence[str], allowed: str) -> None:
    """Any other method on these paths is told which are allowed."""

    async def refuse_method() -> None:
        raise HTTPException(405, headers={"Allow": allowed})

    others = [method for method in _METHODS if method not in allowed]
    for path in paths:
        router.add_api_route(path, refuse_method, methods=others, include_in_schema=False)
