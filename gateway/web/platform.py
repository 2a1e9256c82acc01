"""What the platform itself offers over HTTP: log keys and checkpoint, health, WSDL."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response

from gateway.flows.protocol_reload import LawLibrary
from gateway.web.protocols import LAST_GOOD


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
    wsdl: Callable[[str, str], bytes],
    soap_paths: Sequence[str],
    rest_paths: Sequence[str],
) -> APIRouter:
    """The routes that need no credential. `wsdl(path, address)` gives a service description."""
    router = APIRouter(tags=["platform"])
    _add_log(router, log)
    _add_wsdl(router, wsdl, soap_paths)
    _add_refusals(router, rest_paths)

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


def _add_wsdl(
    router: APIRouter, wsdl: Callable[[str, str], bytes], soap_paths: Sequence[str]
) -> None:
    async def describe(request: Request) -> Response:
        """The service description, for the address that was called."""
        address = str(request.url.replace(query=""))
        path = request.scope["path"][len(request.scope.get("root_path", "")) :]
        return Response(wsdl(path, address.rstrip("?")), media_type="text/xml")

    for path in soap_paths:
        router.add_api_route(path, describe, methods=["GET"], include_in_schema=False)


def _add_refusals(router: APIRouter, rest_paths: Sequence[str]) -> None:
    """A question is posted; any other method on its path is told so."""

    async def refuse_method() -> None:
        raise HTTPException(405, headers={"Allow": "POST"})

    others = ["GET", "PUT", "PATCH", "DELETE"]
    for path in rest_paths:
        router.add_api_route(path, refuse_method, methods=others, include_in_schema=False)
