"""The door to uploads as OpenAPI describes it: what is sent, and the receipt."""

from typing import Any

from gateway.web.openapi_problems import SECURED
from gateway.web.uploads import JSON, TEMPLATE

_TEXT = {"type": "string"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_COUNTS = ("ontvangen", "aanvaard", "samengevoegd", "geweigerd")
_NAME = "Ontvangstbewijs"


def _object(members: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in members if name not in optional]
    return {"type": "object", "properties": members, "required": required,
            "additionalProperties": False}  # fmt: skip


_LINE = _object({"regel": _COUNT, "status": _TEXT, "code": _MAYBE_TEXT, "reden": _TEXT})
_CONSUMER = _object({"afnemer": _TEXT, "status": _TEXT, "artikel": _TEXT}, "artikel")
RECEIPT: dict[str, Any] = {
    _NAME: _object(
        {
            "batch": _MAYBE_TEXT,
            "bestand": _TEXT,
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "dag": _MAYBE_TEXT,
            "volgnummer": _COUNT,
            "status": {"enum": ["verdeeld", "quarantaine", "ongewijzigd", "geweigerd"]},
            "ontvangen_op": _TEXT,
            "beslissing": {"type": "string", "pattern": "^D-[0-9]+$"},
            "records": _object(dict.fromkeys(_COUNTS, _COUNT)),
            "regels": {"type": "array", "items": _LINE},
            "afnemers": {"type": "array", "items": _CONSUMER},
            "reden": _TEXT,
            "remedy": _TEXT,
        },
        "reden",
        "remedy",
    )
}


def _query(name: str, *, required: bool, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _answer(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{_NAME}"}}},
        "headers": {name: {"schema": _TEXT} for name in ("Sim-Decision", "Sim-Protocol")},
    }


UPLOADS: dict[str, Any] = {
    TEMPLATE: {
        "post": {
            "operationId": "aanlevering",
            "summary": "Upload a file, as on the drop server; a hopeless one is refused with its receipt",
            "tags": ["files"],
            **SECURED,
            "parameters": [
                {"name": "stroom", "in": "path", "required": True,
                 "schema": {"type": "string", "pattern": "^[a-z-]+$"}},
                _query("dag", required=True, type="string", format="date"),
                _query("volgnummer", required=False, type="integer", minimum=1, maximum=9999),
            ],
            "requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}},
            "responses": {
                "202": _answer("distributed"),
                "200": _answer("the same bytes as before; nothing changed"),
                "409": _answer("refused: other bytes for that day, or not now; `remedy` says what to do"),
            },
        }
    }
}  # fmt: skip
