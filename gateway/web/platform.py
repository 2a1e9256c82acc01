"""What the platform itself offers over HTTP: protocols, log keys and checkpoint, health, WSDL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import PlainTextResponse, Response

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import legal_day
from gateway.domain.lifecycle import Status, in_force_from, state_of
from gateway.domain.protocol_document import ProtocolDocument
from gateway.ports import Clock, ProtocolLibrary


class LogDesk(Protocol):
    """What anybody may see of the log."""

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands."""
        ...

    def keys(self) -> Mapping[str, Any]:
        """The public keys: `{"keys": [JWK], "log_key": "<origin>+<id>+<base64>"}`."""
        ...


def platform_router(
    protocols: ProtocolLibrary,
    log: LogDesk,
    clock: Clock,
    wsdl: Callable[[str, str], bytes],
    soap_paths: Sequence[str],
    rest_paths: Sequence[str],
) -> APIRouter:
    """The routes that need no credential. `wsdl(path, address)` gives a service description."""
    router = APIRouter(tags=["platform"])
    _add_protocols(router, protocols, clock)
    _add_log(router, log)
    _add_wsdl(router, wsdl, soap_paths)
    _add_refusals(router, rest_paths)

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether this process answers."""
        return {"status": "UP"}

    return router


def protocol_row(
    document: ProtocolDocument, library: ProtocolLibrary, at: datetime
) -> dict[str, Any]:
    """One line of `protocol list --json` (contract section 11)."""
    events = library.bundle().events_of(document)
    start = in_force_from(document.lifecycle, events)
    states = {
        state_of(document, events, at, party.key, flow).status
        for party in document.parties.values()
        if party.role == "consumer"
        for flow in document.flows
    }
    return {
        "id": document.id,
        "name": document.name,
        "version": document.version,
        "state": (states.pop() if len(states) == 1 else Status.IN_FORCE).value,
        "from": legal_day(start).isoformat() if start else None,
        "until": None,
    }


def _add_protocols(router: APIRouter, library: ProtocolLibrary, clock: Clock) -> None:
    @router.get("/v1/protocollen")
    async def protocols() -> list[dict[str, Any]]:
        """Every loaded protocol and its state at this instant."""
        now = clock.now()
        return [protocol_row(document, library, now) for document in library.bundle().documents]

    @router.get("/v1/protocollen/{key}")
    async def protocol(key: str) -> dict[str, Any]:
        """One protocol: its state, parties, units and flows with their articles."""
        for document in library.bundle().documents:
            if document.id == key:
                return protocol_row(document, library, clock.now()) | _content(document)
        raise refuse(
            Reason.SERVICE_UNKNOWN,
            "there is no protocol with this id",
            remedy="GET /v1/protocollen lists them",
        )


def _content(document: ProtocolDocument) -> dict[str, Any]:
    return {
        "title": document.title,
        "digest": document.digest,
        "provider": document.provider,
        "units": [
            {"unit": u.key, "party": u.party, "access": u.access.value, "article": u.article}
            for u in document.units.values()
        ],
        "flows": [
            {
                "flow": flow.key,
                "article": flow.article,
                "fields": [{"field": f.name, "article": f.article} for f in flow.fields],
                "requires": [{"fact": r.fact.value, "article": r.article} for r in flow.requires],
            }
            for flow in document.flows.values()
        ],
    }


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
