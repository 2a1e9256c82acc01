"""OAuth's doors as OpenAPI describes them: FastAPI does not see what they read and answer."""

from collections.abc import Mapping
from typing import Any

from gateway.domain.oauth import ASSERTION_TYPE, CLIENT_CREDENTIALS, OAuthError
from gateway.web.forms import FORM

_Described = dict[str, Any]
_TEXT: _Described = {"type": "string"}
_CLIENT: _Described = {
    "client_id": _TEXT | {"description": "needed with a certificate alone; else the assertion says it"},
    "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
    "client_assertion": _TEXT | {"description": "a JWT signed with a key of the client (RFC 7523)"},
}  # fmt: skip
_GRANT: _Described = {
    "grant_type": {"type": "string", "enum": [CLIENT_CREDENTIALS]},
    "scope": _TEXT | {"description": "repeated as asked; protocols decide what a token may do"},
    "resource": _TEXT | {"description": "an address of this gateway"},
    "audience": _TEXT | {"description": "the same, by its other name"},
}
_TOKEN: _Described = {
    "access_token": _TEXT,
    "token_type": {"type": "string", "enum": ["Bearer"]},
    "expires_in": {"type": "integer", "minimum": 1},
    "scope": _TEXT,
}
_STATE: _Described = {
    "active": {"type": "boolean"},
    "client_id": _TEXT,
    "exp": {"type": "integer"},
    "cnf": {"type": "object", "properties": {"x5t#S256": _TEXT}},
}
_ERROR: _Described = {
    "error": {"type": "string", "enum": [error.value for error in OAuthError]},
    "error_description": _TEXT,
    "reason": _TEXT,
    "decision": {"type": ["string", "null"]},
}
_REFUSALS = {
    "400": "the request is not in order",
    "401": "it is not clear which client asks",
    "405": "only POST",
    "413": "the form is too large",
    "429": "too many requests of this client",
    "500": "something went wrong in the gateway itself",
    "503": "the log cannot be written, so nothing is answered",
}


def token_request() -> dict[str, Any]:
    """The token endpoint."""
    answer = _content(_TOKEN, ["access_token", "token_type", "expires_in"])
    return _described(_GRANT | _CLIENT, ["grant_type"], answer)


def token_question() -> dict[str, Any]:
    """Introspection."""
    return _described({"token": _TEXT, **_CLIENT}, ["token"], _content(_STATE, ["active"]))


def token_end() -> dict[str, Any]:
    """Revocation."""
    return _described({"token": _TEXT, **_CLIENT}, ["token"], {})


def _described(
    fields: Mapping[str, Any], required: list[str], answer: dict[str, Any]
) -> dict[str, Any]:
    form = {FORM: {"schema": _object(fields, required)}}
    error = _content(_ERROR, ["error"])
    return {
        "requestBody": {"required": True, "content": form},
        "responses": {
            "200": {"description": "done", **answer},
            **{status: {"description": text, **error} for status, text in _REFUSALS.items()},
        },
    }


def _content(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": _object(properties, required)}}}


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "required": required}
