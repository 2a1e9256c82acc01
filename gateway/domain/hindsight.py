"""Why an entry of the log says what it says, worked out again from its public leaf and nothing else."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision import candidate
from gateway.domain.decision_duties import missing_fact, obligations_of
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.log_entry import EventKind
from gateway.domain.protocol_document import Authentication, Flow, ProtocolDocument

Leaf = Mapping[str, Any]
_A_CASE = "a case"
_HEAD = ("v", "e", "at", "space", "priv", "subjects", "n", "disclosure", "bundle")
REMEDIES: Mapping[Reason, str] = {
    Reason.CREDENTIAL_MISSING: "show a credential",
    Reason.CREDENTIAL_INVALID: "use a credential of this space that was not revoked",
    Reason.MESSAGE_INVALID: "send a message of the form that /docs or the schema describes",
    Reason.TOO_LARGE: "ask one question a message",
    Reason.SERVICE_UNKNOWN: "name a service that exists",
    Reason.TOO_MANY_REQUESTS: "ask more slowly",
    Reason.SENDER_MISMATCH: "state the credential's own sender, or none",
    Reason.DATE_INVALID: "write yyyy-mm-dd",
    Reason.INSZ_INVALID: "send a valid number",
    Reason.NOT_A_TEST_NUMBER: "use a test number; /_sim/personas lists some",
    Reason.PERIOD_INVALID: "let the period begin before it ends",
    Reason.DATE_IN_FUTURE: "ask about a day that is not still to come",
    Reason.LANGUAGE_UNKNOWN: "use nl, fr, de or en",
    Reason.NO_GROUP_ASKED: "ask for at least one group of data",
    Reason.NO_DATA: "nothing to mend: there was nothing to tell",
    Reason.INSZ_UNKNOWN: "check the number: it is nobody's",
    Reason.INSZ_CANCELLED: "check the number: it was cancelled",
    Reason.SOURCE_SILENT: "ask again later",
    Reason.SOURCE_GARBLED: "tell the source's keeper, and ask again later",
    Reason.SOURCE_BUSY: "ask again later",
}
_ELSEWHERE = "docs/faults.md tells more of this reason"


def hindsight(decision: str, leaf: Leaf, bundle: Bundle) -> dict[str, Any]:
    """An entry told whole: version, articles, fields, withheld, reasons with remedies, obligations."""
    told = {
        "decision": decision,
        "kind": leaf["e"],
        "at": leaf["at"],
        "outcome": leaf.get("outcome"),
        "protocol": leaf.get("protocol"),
        "articles": leaf.get("articles", []),
    }
    if leaf["e"] != EventKind.DECISION.value:
        own = {key: value for key, value in leaf.items() if key not in (*_HEAD, *told)}
        return told | {"words": own, "reasons": [_reason(one) for one in _as_entered(leaf)]}
    document = _document(leaf, bundle)
    flow = document.flows.get(leaf["flow"] or "") if document else None
    return told | _who(leaf) | _what(leaf, document, flow) | {"reasons": _why(leaf, bundle)}


def _who(leaf: Leaf) -> dict[str, Any]:
    members = ("channel", "credential", "party", "unit", "service", "flow", "purpose")
    return {key: leaf.get(key) for key in members}


def _what(leaf: Leaf, document: ProtocolDocument | None, flow: Flow | None) -> dict[str, Any]:
    listed = {field.name: field.article for field in flow.fields} if flow else {}
    article = flow.fields_article if flow else None
    purpose = document.purposes.get(leaf.get("purpose") or "") if document else None
    owed = obligations_of(flow, purpose) if flow and purpose else ()
    duties = {one.kind.value: one.article for one in owed}
    is_same = document is not None and leaf.get("doc") in (None, "", document.digest)
    return {
        "document": leaf.get("doc") or (document.digest if document else None),
        "document_is_loaded": is_same,
        "asked": leaf["asked"],
        "fields": [{"field": f, "article": listed.get(f)} for f in leaf.get("fields", [])],
        "withheld": [{"field": f, "article": article} for f in leaf.get("withheld", [])],
        "facts": leaf.get("facts", {}),
        "obligations": [
            {"kind": kind, "value": value, "article": duties.get(kind)}
            for kind, value in leaf.get("obl", {}).items()
        ],
    }


def _document(leaf: Leaf, bundle: Bundle) -> ProtocolDocument | None:
    return next((one for one in bundle.documents if one.ref == leaf["protocol"]), None)


def _why(leaf: Leaf, bundle: Bundle) -> Sequence[dict[str, Any]]:
    """The grounds again, whole where the decision can be taken again, else as they were entered."""
    entered = _as_entered(leaf)
    if not entered or leaf.get("flow") is None or "training" not in leaf:
        return [_reason(one) for one in entered]
    again = candidate(bundle, asked_again(leaf), datetime.fromisoformat(leaf["at"]))
    grounds = again.grounds if isinstance(again, Refusal) else _missing(again)
    found = {ground.reason: ground for ground in grounds if ground.remedy}
    return [_reason(found.get(one.reason, one)) for one in entered]


def _missing(chosen: Candidate) -> Sequence[Ground]:
    return [missing_fact(required) for required in chosen.requires]


def asked_again(leaf: Leaf) -> Ask:
    """The question of a decision entry, as the first step saw it."""
    stated = leaf.get("authentication")
    return Ask(
        party=leaf["party"],
        unit=leaf["unit"],
        flow=leaf["flow"],
        fields=frozenset(leaf["asked"]),
        purpose=leaf["stated-purpose"],
        case=_A_CASE if leaf["has-case"] else None,
        authentication=Authentication(stated) if stated else None,
        has_enduser=leaf["has-actor"],
        training=frozenset(leaf["training"]),
        duties_separated=leaf["duties-separated"],
        stated=frozenset(leaf["stated"]),
        used=leaf["used"],
        problems=tuple(
            Ground(reason=Reason(one["reason"]), article=one["article"]) for one in leaf["problems"]
        ),
    )


def _as_entered(leaf: Leaf) -> Sequence[Ground]:
    """What the entry itself says: its reasons, and its articles where there is one for each."""
    reasons, articles = leaf.get("reasons", []), leaf.get("articles", [])
    cited = articles if len(articles) == len(reasons) else [None] * len(reasons)
    return [
        Ground(reason=Reason(reason), article=article, remedy=REMEDIES.get(Reason(reason), _ELSEWHERE))
        for reason, article in zip(reasons, cited, strict=True)
    ]  # fmt: skip


def _reason(ground: Ground) -> dict[str, Any]:
    return {
        "reason": ground.reason.value,
        "code": WIRE[ground.reason].code,
        "article": ground.cited,
        "detail": ground.detail or WIRE[ground.reason].text,
        "remedy": ground.remedy,
    }
