"""What can go wrong, told of every operation: each status with its reasons, and the one form of a problem."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gateway.contracts.reasons import WIRE, Reason
from gateway.web.rest.problems import MEDIA_TYPE

Document = dict[str, Any]
SECURED: Document = {"security": [{"token": []}, {"oauth": []}, {"certificate": []}]}
"""For `openapi_extra` of a route that wants a credential."""
_CONTROL = "simulation"
_ALWAYS = (400, 405, 500, 503)
_ORDERLY = ("/gebeurtenissen", "/doorgiften", "/clock")
"""Where something may come at the wrong moment."""
_PERHAPS_NOT_THERE = (
    "/checkpoint/cosigned",
    "/evidence/openings",
    "/world/person",
    "/world/change",
    "/world/revert",
)
"""What may not be there, though its path names nothing that varies."""
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "a credential's token"},
    "oauth": {
        "type": "oauth2",
        "description": "client credentials with `private_key_jwt`, or a client certificate",
        "flows": {"clientCredentials": {"tokenUrl": "oauth/token", "scopes": {}}},
    },
    "certificate": {"type": "mutualTLS", "description": "a client certificate on the https door"},
    "citizen": {"type": "http", "scheme": "bearer", "description": "a citizen's log-in"},
    "control": {"type": "http", "scheme": "bearer", "description": "the control token"},
}
_HEADERS: Mapping[int, str] = {
    401: "WWW-Authenticate",
    405: "Allow",
    429: "Retry-After",
    503: "Retry-After",
}
_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_GROUND = {
    "reason": {"enum": [reason.value for reason in Reason]},
    "code": {"type": ["string", "null"], "pattern": "^[0-9]{5}$"},
    "article": _MAYBE_TEXT,
    "detail": _TEXT,
    "remedy": _TEXT,
}
_ISSUE = {"in": {"enum": ["body", "header", "path", "query"]}, "name": _TEXT, "detail": _TEXT}


def tell_problems(document: Document) -> None:
    """Put into every operation what it may be refused with, and drop what is never answered."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form, not ours
        schemas.pop(name, None)
    schemas["Problem"] = _problem()
    components.setdefault("securitySchemes", {}).update(_SCHEMES)
    components.setdefault("responses", {}).update(
        {_name(status): _response(status) for status in sorted(_statuses())}
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            _tell(path, operation)


def _tell(path: str, operation: Document) -> None:
    if _CONTROL in operation.get("tags", ()):
        operation["security"] = [{"control": []}]
    responses = operation["responses"]
    responses.pop("422", None)
    for status in sorted(set(_possible(path, operation))):
        responses.setdefault(str(status), {"$ref": f"#/components/responses/{_name(status)}"})


def _possible(path: str, operation: Document) -> Iterator[int]:
    yield from _ALWAYS
    secured = {name for one in operation.get("security", ()) for name in one}
    is_service = "consultation" in operation.get("tags", ())
    if secured or is_service:  # what is shown must hold, also where nothing need be shown
        yield 401
    if "token" in secured or is_service:
        yield from (403, 413, 429)
    if "requestBody" in operation:
        yield 413
    if "{" in path or is_service or path.endswith(_PERHAPS_NOT_THERE):
        yield 404
    if is_service:
        yield 502
    if any(step in path for step in _ORDERLY):
        yield 409


def _statuses() -> set[int]:
    return {wire.status for wire in WIRE.values()} - {200}


def _name(status: int) -> str:
    return f"Problem{status}"


def _response(status: int) -> Document:
    reasons = ", ".join(f"`{one.value}`" for one, wire in WIRE.items() if wire.status == status)
    header = _HEADERS.get(status)
    return {
        "description": reasons,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        **({"headers": {header: {"schema": _TEXT}}} if header else {}),
    }


def _problem() -> Document:
    """The document of contract section 4; with `fidelity=magda` its own members are left out."""
    members = {
        "type": {"type": "string", "pattern": "^urn:problem-type:belgif:"},
        "title": _TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "instance": {"type": "string", "pattern": "^urn:uuid:"},
        **_GROUND,
        "protocol": {"type": ["string", "null"], "pattern": "^[0-9]{3}$"},
        "decision": {"type": ["string", "null"], "pattern": "^D-[0-9]+$"},
        "reasons": {"type": "array", "items": _object(_GROUND, _GROUND)},
        "issues": {"type": "array", "items": _object(_ISSUE, _ISSUE)},
        "ontvangstbewijs": {"$ref": "#/components/schemas/Ontvangstbewijs"},
    }
    return _object(members, ("type", "title", "status", "detail", "code"))


def _object(members: Mapping[str, Any], required: Iterable[str]) -> Document:
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(required),
        "additionalProperties": False,
    }
