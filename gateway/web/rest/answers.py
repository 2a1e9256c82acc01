"""What the REST services answer, as JSON Schema, for the description (`/docs`); tests hold answers to it.

Every member that a protocol may withhold is optional; `achtergehouden` names what was withheld.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.domain.services import (
    ADVICE,
    AUDIT_LOG,
    CARE_ALLOWANCE,
    DEREGISTER_0201,
    MEMBERS_LIST,
    PAYMENT_FILE,
    REGISTER_0201,
    STATISTICS,
    STATUS,
    TRANSACTIONS,
)

Schema = Mapping[str, Any]
_TEXT: Schema = {"type": "string"}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_COUNT: Schema = {"type": "integer"}
_FLAG: Schema = {"type": "boolean"}
_ANY: Schema = {}
_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]{11}$"}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
_MAYBE_DAY: Schema = {**_DAY, "type": ["string", "null"]}
_INSTANT: Schema = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT: Schema = {"type": ["string", "null"], "format": "date-time"}
_MONEY: Schema = {"type": "string", "pattern": "^-?[0-9]+[.][0-9]{2}$"}
_MAYBE_MONEY: Schema = {**_MONEY, "type": ["string", "null"]}
_TRANCHE: Schema = {"enum": [1, 2]}


def _object(members: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(members),
        "required": list(required),
        "additionalProperties": False,
    }


def _whole(members: Mapping[str, Schema]) -> Schema:
    return _object(members, members)


def _many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _given(members: Mapping[str, Schema], always: Iterable[str] = ()) -> Schema:
    """An answer under a protocol: its reference, what is listed, and what was withheld."""
    withheld = {"achtergehouden": _many(_whole({"veld": _TEXT, "artikel": _TEXT}))}
    return _object({"referte": _TEXT, **members, **withheld}, ("referte", *always))


_RECOGNITION = _object(
    {
        **dict.fromkeys(("pijler1", "pijler2", "pijler3", "totaal"), _COUNT),
        **dict.fromkeys(("subpijlers2", "subpijlers3", "wetgeving"), _ANY),
        "periode": _object({"begin": _DAY, "einde": _MAYBE_DAY}),
        "datumBeslissing": _DAY,
        "statusBeslissing": _TEXT,
    }
)
_TRANSACTION = _object(
    {
        "maatregel": _TEXT,
        "fiscaalJaar": _COUNT,
        "bedragtype": _TRANCHE,
        "verrichtingbedrag": _MONEY,
        "effectieveVerrichtingsdatum": _DAY,
    }
)
_CELL = _object(
    {
        "fiscaalJaar": _COUNT,
        "bedragtype": _TRANCHE,
        "aantal": {"type": ["integer", "null"]},
        "verrichtingbedrag": _MAYBE_MONEY,
    }
)
_WARNING = _whole(
    {"code": _TEXT, "soort": {"const": "WAARSCHUWING"}, "diagnose": _TEXT, "reden": _TEXT}
)
_NAMES = ("partij", "organisatie", "titel", "url", "bron", "bronnaam")
_DISCLOSURE = {
    "insz": _NUMBER,
    "wanneer": _INSTANT,
    "soort": {"enum": ["bevraging", "bestand"]},
    **dict.fromkeys(("afnemer", "hoedanigheid", "dienst", "versie"), _TEXT),
    "doel": _MAYBE_TEXT,
    "velden": _many(_TEXT),
    **dict.fromkeys(("protocol", "protocolversie", "beslissing"), _TEXT),
    "artikelen": _many(_TEXT),
    "referte": _MAYBE_TEXT,
}
_COUNTED = _whole(
    {
        "start": _INSTANT,
        **dict.fromkeys(
            ("aantalVragen", "aantalAntwoorden", "aantalFouten", "doorlooptijd"), _COUNT
        ),
        **dict.fromkeys(("recentsteVraag", "recentsteAntwoord", "recentsteFout"), _MAYBE_INSTANT),
    }
)
_SOURCE = _object(
    {"partij": _TEXT, "beschikbaar": _FLAG, "reden": _TEXT}, ("partij", "beschikbaar")
)
_SERVICE = _object(
    {"dienst": _TEXT, "versie": _TEXT, "beschikbaar": _FLAG, "bron": _SOURCE},
    ("dienst", "versie", "beschikbaar"),
)
ANSWERS: Mapping[str, Schema] = {
    "CareAllowanceAnswer": _given(
        {"insz": _NUMBER, "statusAanvraag": _ANY, "erkenningen": _many(_RECOGNITION)}
    ),
    "TransactionAnswer": _given({"insz": _NUMBER, "verrichtingen": _many(_TRANSACTION)}),
    "AdviceAnswer": _given(
        {"insz": _NUMBER, "openingsdatum": _DAY, "advies": {"enum": ["OK", "NOK"]}, "reden": _TEXT}
    ),
    "StatisticsAnswer": _given({"cellen": _many(_CELL)}),
    "RegistrationAnswer": _whole(
        {"referte": _TEXT, "resultaat": {"enum": [0, 1]}, "uitzonderingen": _many(_WARNING)}
    ),
    "QuestionAnswer": _whole({"vraag": {"type": "string", "pattern": "^V-[0-9]+$"}}),
    "IdentityAnswer": _object({"geidentificeerd": _FLAG, "tot": _INSTANT}, ("geidentificeerd",)),
    "DossierAnswer": _object(
        {
            "persoon": {"type": "object"},
            "brief": {"type": "object"},
            **dict.fromkeys(("loon", "bedrag"), _MONEY),
            **dict.fromkeys(("berekening", "status"), _TEXT),
            "rekeningnummer": _MAYBE_TEXT,
        }
    ),
    "PaymentFileAnswer": _whole(
        {
            "aanvraag": _TEXT,
            "bestand": _TEXT,
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "vervalt": _MAYBE_INSTANT,
        }
    ),
    "OnwardListAnswer": _whole({"doorgifte": _TEXT, "zorgkassen": _COUNT}),
    "AuditAnswer": _given(
        {"auditloggings": _many(_object(_DISCLOSURE | dict.fromkeys(_NAMES, _TEXT), _DISCLOSURE))},
        ("auditloggings",),
    ),
    "StatusAnswer": _given(
        {
            "vraagTijd": _INSTANT,
            "antwoordTijd": _INSTANT,
            "webserviceStatus": _COUNTED,
            "diensten": _many(_SERVICE),
        },
        ("antwoordTijd", "webserviceStatus", "diensten"),
    ),
}
ANSWER_OF: Mapping[str, str] = {
    CARE_ALLOWANCE.key: "CareAllowanceAnswer",
    TRANSACTIONS.key: "TransactionAnswer",
    ADVICE.key: "AdviceAnswer",
    STATISTICS.key: "StatisticsAnswer",
    REGISTER_0201.key: "RegistrationAnswer",
    DEREGISTER_0201.key: "RegistrationAnswer",
    PAYMENT_FILE.key: "PaymentFileAnswer",
    MEMBERS_LIST.key: "OnwardListAnswer",
    AUDIT_LOG.key: "AuditAnswer",
    STATUS.key: "StatusAnswer",
}
"""The name of the answer of each service, by its key."""
STEP_ANSWERS = ("QuestionAnswer", "IdentityAnswer", "DossierAnswer")
