"""What the platform itself offers over HTTP: log keys and checkpoint, health."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException
from fastapi.responses import PlainTextResponse

from gateway.flows.protocol_reload import LawLibrary
from gateway.web.protocols import LAST_GOOD

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


class LogDesk(Protocol):
    """What anybody may see of the log."""

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands."""
        ...

    def keys(self) -> Mapping[str, Any]:
        """The public keys: `{"keys": [JWK], "log_key": "<origin>+<id>+<base64>"}`."""
        ...


def platform_router(
    protocols: LawLibrary,
    log: LogDesk,
    posted: Sequence[str],
    read: Sequence[str],
    described: Sequence[str],
) -> APIRouter:
    """The routes that need no credential; what stands open is `read`, SOAP paths are `described` too."""
    router = APIRouter(tags=["platform"])
    _add_log(router, log)
    _add_refusals(router, posted, "POST")
    _add_refusals(router, read, "GET")
    _add_refusals(router, described, "GET, POST")

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether this process answers; `protocols` stands here while their files do not hold."""
        doubt = {"protocols": LAST_GOOD} if protocols.slips() else {}
        return {"status": "UP"} | doubt

    return router


def _add_log(router: APIRouter, log: LogDesk) -> None:
    @router.get("/log/keys")
    async def keys() -> Mapping[str, Any]:
        """The keys that sign checkpoints and manifests."""
        return log.keys()

    @router.get("/log/checkpoint", response_class=PlainTextResponse)
    async def checkpoint() -> str:
        """A freshly signed checkpoint (C2SP signed note)."""
        return log.checkpoint()


def _add_refusals(router: APIRouter, paths: Sequence[str], allowed: str) -> None:
    """Any other method on these paths is told which are allowed."""

    async def refuse_method() -> None:
        raise HTTPException(405, headers={"Allow": allowed})

    others = [method for method in _METHODS if method not in allowed]
    for path in paths:
        router.add_api_route(path, refuse_method, methods=others, include_in_schema=False)
