"""The description of the API: the hot routes, which FastAPI cannot see, and what can go wrong."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI

from gateway.domain.protocol_document import Authentication
from gateway.domain.services import Service
from gateway.web.openapi_problems import SECURED, tell_problems
from gateway.web.rest.answers import ANSWER_OF, ANSWERS, STEP_ANSWERS
from gateway.web.rest.bodies import BODY_OF, PATHS, READ_PATHS
from gateway.web.rest.codec import CORRELATION, JSON
from gateway.web.rest.dossier import ROOT, STEP_BODIES
from gateway.web.rest.files import FILE_BODIES
from gateway.web.rest.files import PATHS as FILE_PATHS
from gateway.web.uploads_described import RECEIPT, UPLOADS

_HEADERS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("X-Magda-Sender-ID", "the sender's URI; the credential's if absent", {}),
    ("X-Magda-Sender-QualityCode", "the hoedanigheid; the credential's if absent", {}),
    ("X-Magda-Enduser-ID", "the person behind the call", {"pattern": "^[0-9]{11}$"}),
    (CORRELATION, "the sender's reference; generated if absent, always echoed",
     {"pattern": "^[!-~]([ -~]{0,62}[!-~])?$"}),
    ("Sim-Purpose", "the purpose; the only shared one if absent", {}),
    ("Sim-Case", "the file that the question belongs to", {}),
    ("Sim-Authentication", "how the person logged in; the credential's if absent",
     {"enum": [one.value for one in Authentication]}),
)  # fmt: skip
_ECHOED = (CORRELATION, "Sim-Decision", "Sim-Protocol")
_KEY = {
    "name": "vraag",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^V-[0-9]{1,18}$"},
}
_NO_WORD = re.compile(r"\W+")
_SCHEMAS = "#/components/schemas/{name}"


def describe(app: FastAPI, bodies: Mapping[str, Any]) -> None:
    """Make `/openapi.json` list the hot routes beside FastAPI's own, tell what can go wrong, and show examples."""
    own = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = own()
            document["paths"] |= _paths()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {}).update(_schemas())
            tell_problems(document)
            _leave_out_null(document["paths"])
            _show(document["paths"], bodies)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI documents this way to extend it


def _leave_out_null(paths: Mapping[str, Any]) -> None:
    """A query or a header cannot carry null: a parameter that may be left out is not required, that is all."""
    for operations in paths.values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _not_null(parameter["schema"])


def _not_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    forms = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    around = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**around, **forms[0]} if len(forms) == 1 else dict(schema)


def _show(paths: Mapping[str, Any], bodies: Mapping[str, Any]) -> None:
    """Put an example beside the form of each body."""
    for path, body in bodies.items():
        paths[path]["post"]["requestBody"]["content"][JSON]["example"] = body


def _schemas() -> dict[str, Any]:
    bodies = (*BODY_OF.values(), *STEP_BODIES, *FILE_BODIES.values())
    _, schemas = msgspec.json.schema_components(
        sorted(bodies, key=lambda body: body.__name__), ref_template=_SCHEMAS
    )
    answers = {name: dict(schema) for name, schema in ANSWERS.items()}
    return schemas | answers | RECEIPT


def _paths() -> dict[str, Any]:
    hot = {path: {"post": _operation(service)} for path, service in PATHS.items()}
    read = {path: {"get": _reading(service)} for path, service in READ_PATHS.items()}
    return hot | read | _steps() | _files() | UPLOADS


def _files() -> dict[str, Any]:
    """Files on request: the answer tells where the file is, and a repeated question the same with 200."""
    found = {}
    for path, service in FILE_PATHS.items():
        body, answer = FILE_BODIES[service.key].__name__, ANSWER_OF[service.key]
        operation = _described(service.key, service.key, body, ("200", answer))
        operation["responses"]["201"] = _answer(answer)
        found[path] = {"post": operation}
    return found


def _operation(service: Service) -> dict[str, Any]:
    body, answer = BODY_OF[service.key].__name__, ANSWER_OF[service.key]
    return _described(service.key, service.key, body, ("200", answer))


def _reading(service: Service) -> dict[str, Any]:
    """What anybody may read, without a credential."""
    answer = ("200", ANSWER_OF[service.key])
    return _described(service.key, service.key, None, answer) | {"security": []}


def _steps() -> dict[str, Any]:
    """The look into a jobbonus file (000), step by step."""
    question, identity, look = STEP_ANSWERS
    steps = (
        ("", "post", "Record a citizen's question", "QuestionBody", ("201", question)),
        ("/{vraag}/identificatie", "post", "Identify the citizen against the file", "IdentityBody", ("200", identity)),
        ("/{vraag}/dossier", "get", "Look into the file, for fifteen minutes", None, ("200", look)),
    )  # fmt: skip
    found = {}
    for suffix, method, summary, body, answer in steps:
        operation = _described(f"jobbonus_dossier{suffix}", summary, body, answer)
        operation["parameters"] += [_KEY] if suffix else []
        found[ROOT + suffix] = {method: operation}
    return found


def _described(key: str, summary: str, body: str | None, answer: tuple[str, str]) -> dict[str, Any]:
    schema = {"schema": {"$ref": _SCHEMAS.format(name=body)}}
    content = {"requestBody": {"required": True, "content": {JSON: schema}}}
    status, name = answer
    return {
        "operationId": _NO_WORD.sub("_", key.replace(".", "")).strip("_"),
        "summary": summary,
        "tags": ["consultation"],
        **SECURED,
        "parameters": [_header(*words) for words in _HEADERS],
        **(content if body else {}),
        "responses": {status: _answer(name)},
    }


def _answer(name: str) -> dict[str, Any]:
    """What the protocol in force lists, and what it withholds."""
    schema = {"$ref": _SCHEMAS.format(name=name)}
    headers = {header: {"schema": {"type": "string"}} for header in _ECHOED}
    return {
        "description": "what the protocol in force lists, and what it withholds",
        "content": {JSON: {"schema": schema}},
        "headers": headers,
    }


def _header(name: str, text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": text,
        "schema": {"type": "string", **schema},
    }
