"""`?wsdl` and `?xsd=…`: services as they are to anybody, and to a unit as its protocols leave them now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.log_entry import EventKind
from gateway.domain.request import Caller
from gateway.domain.services import Service
from gateway.flows.rights import SchemasTold
from gateway.web.bearer import proof_of
from gateway.web.entered import entered
from gateway.web.rights import RightsDoor
from gateway.web.soap.wsdl import Leaving, describe, schema, services_at

_XML = "text/xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptionDoor(RightsDoor):
    """Anybody may ask; who shows a credential is told what it leaves them."""

    def admit(self, request: Request) -> None:
        """Note on the request whose credential it carries, if any.

        Raises:
            RefusedFault: `credential-invalid`.
        """
        proof = proof_of(request)
        request.state.caller = None
        if proof is not None:
            request.state.caller = self.credentials.identify(proof)

    def enter(self, request: Request, refusal: Refusal) -> str | None:
        """Enter an attempt that was refused; a flood of strangers shares one entry."""
        caller = request.state.caller
        if caller is None and self.attempts.is_flooded("schema"):
            return None
        return self.desk.turned_away(refusal, caller, EventKind.SCHEMA)


def descriptions_router(door: DescriptionDoor, paths: Sequence[str]) -> APIRouter:
    """A route beside every SOAP endpoint; what is refused on it is entered."""
    route_class = entered(door)
    router = APIRouter(tags=["platform"], route_class=route_class)

    async def describing(request: Request) -> Response:
        """The service description, for the address that was called, or one schema of it."""
        path = request.scope["path"][len(request.scope.get("root_path", "")) :]
        services = _asked(request, path)
        caller: Caller | None = request.state.caller
        if caller is None:
            return Response(_document(request, path, services, {}), media_type=_XML)
        door.throttle.take(caller)
        told = await door.desk.leave(caller, services)
        note = _note(caller, told) if door.fidelity == "sim" else ""
        content = _document(request, path, services, told.left, note)
        return Response(content, media_type=_XML, headers=_headers(told))

    for path in paths:
        router.add_api_route(path, describing, methods=["GET"], include_in_schema=False)
    return router


def _asked(request: Request, path: str) -> Sequence[Service]:
    """The services that are described here, or the one whose schema is asked.

    Raises:
        RefusedFault: `service-unknown`.
    """
    here, key = services_at(path), _schema_asked(request)
    if key is None:
        return here
    found = [one for one in here if key in (one.key, "")]
    if len(found) == 1:
        return found
    known = ", ".join(one.key for one in here)
    raise refuse(
        Reason.SERVICE_UNKNOWN,
        "no schema has this name here",
        remedy=f"?xsd= takes one of: {known}",
    )


def _schema_asked(request: Request) -> str | None:
    """What `?xsd` names (clients write it in capitals too); `None` where it is not asked."""
    return next((v for name, v in request.query_params.items() if name.lower() == "xsd"), None)


def _document(
    request: Request, path: str, services: Sequence[Service], left: Leaving, note: str = ""
) -> bytes:
    if _schema_asked(request) is not None:
        return schema(services[0].key, left)
    address = str(request.url.replace(query="")).rstrip("?")
    return describe(path, address, left, note)


def _note(caller: Caller, told: SchemasTold) -> str:
    return f"Zoals {told.protocol} het nu laat aan {caller.unit}"


def _headers(told: SchemasTold) -> Mapping[str, str]:
    """NOTE: what one unit is told holds for it alone, and for now."""
    return {
        "sim-decision": told.decision,
        "sim-protocol": told.protocol,
        "cache-control": "no-store",
        "vary": "Authorization",
    }
