"""Describes the hot routes in OpenAPI, where FastAPI cannot see them."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import FastAPI

from gateway.contracts.reasons import WIRE
from gateway.domain.services import Service
from gateway.web.rest.bodies import BODY_OF, PATHS, READ_PATHS
from gateway.web.rest.dossier import ROOT, STEP_BODIES
from gateway.web.rest.files import FILE_BODIES
from gateway.web.rest.files import PATHS as FILE_PATHS

_HEADERS = (
    ("X-Magda-Sender-ID", "the sender's URI; the credential's if absent"),
    ("X-Magda-Sender-QualityCode", "the hoedanigheid; the credential's if absent"),
    ("X-Magda-Enduser-ID", "the person behind the call, eleven digits"),
    ("x-correlation-id", "the sender's reference; generated if absent, always echoed"),
    ("Sim-Purpose", "the purpose; the only shared one if absent"),
    ("Sim-Case", "the file that the question belongs to"),
    ("Sim-Authentication", "eid, digital-key or password; the credential's if absent"),
)
_SECURITY: Mapping[str, Any] = {
    "token": {"type": "http", "scheme": "bearer"},
    "oauth": {
        "type": "oauth2",
        "description": "client credentials with `private_key_jwt`, or a client certificate",
        "flows": {"clientCredentials": {"tokenUrl": "oauth/token", "scopes": {}}},
    },
    "certificate": {"type": "mutualTLS"},
}
_NO_WORD = re.compile(r"\W+")
_SCHEMAS = "#/components/schemas/{name}"


def describe_hot_routes(app: FastAPI) -> None:
    """Make `/openapi.json` list the hot routes beside FastAPI's own."""
    own = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = own()
            document["paths"] |= _paths()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {}).update(_schemas())
            components.setdefault("securitySchemes", {}).update(_SECURITY)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI documents this way to extend it


def _schemas() -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components(
        sorted(
            (*BODY_OF.values(), *STEP_BODIES, *FILE_BODIES.values()), key=lambda body: body.__name__
        ),
        ref_template=_SCHEMAS,
    )
    return schemas


def _paths() -> dict[str, Any]:
    hot = {path: {"post": _operation(service)} for path, service in PATHS.items()}
    read = {path: {"get": _reading(service)} for path, service in READ_PATHS.items()}
    return hot | read | _steps() | _files()


def _files() -> dict[str, Any]:
    """Files on request: the answer tells where the file is, and a repeated question the same with 200."""
    found = {}
    for path, service in FILE_PATHS.items():
        operation = _described(service.key, service.key, FILE_BODIES[service.key].__name__)
        operation["responses"]["201"] = {"description": "the file lies in its folder"}
        found[path] = {"post": operation}
    return found


def _operation(service: Service) -> dict[str, Any]:
    return _described(service.key, service.key, BODY_OF[service.key].__name__)


def _reading(service: Service) -> dict[str, Any]:
    """What anybody may read, without a credential."""
    return _described(service.key, service.key, None) | {"security": []}


def _steps() -> dict[str, Any]:
    """The look into a jobbonus file (000), step by step."""
    steps = (
        ("", "post", "Record a citizen's question", "QuestionBody"),
        ("/{vraag}/identificatie", "post", "Identify the citizen against the file", "IdentityBody"),
        ("/{vraag}/dossier", "get", "Look into the file, for fifteen minutes", None),
    )
    key = {"name": "vraag", "in": "path", "required": True, "schema": {"type": "string"}}
    found = {}
    for suffix, method, summary, body in steps:
        operation = _described(f"jobbonus_dossier{suffix}", summary, body)
        operation["parameters"] += [key] if suffix else []
        found[ROOT + suffix] = {method: operation}
    return found


def _described(key: str, summary: str, body: str | None) -> dict[str, Any]:
    schema = {"schema": {"$ref": _SCHEMAS.format(name=body)}}
    content = {"requestBody": {"required": True, "content": {"application/json": schema}}}
    return {
        "operationId": _NO_WORD.sub("_", key.replace(".", "")).strip("_"),
        "summary": summary,
        "tags": ["consultation"],
        "security": [{name: []} for name in _SECURITY],
        "parameters": [_header(name, text) for name, text in _HEADERS],
        **(content if body else {}),
        "responses": {
            "200": {"description": "what the protocol in force lists, and what it withholds"},
            **{str(status): {"description": _reasons(status)} for status in _statuses()},
        },
    }


def _header(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": text,
            "schema": {"type": "string"}}  # fmt: skip


def _statuses() -> list[int]:
    return sorted({wire.status for wire in WIRE.values() if wire.level is not None} - {200})


def _reasons(status: int) -> str:
    return "problem document: " + ", ".join(
        reason.value for reason, wire in WIRE.items() if wire.status == status
    )
