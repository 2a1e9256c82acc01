"""What a sender was told of a person, as the log keeps it: what GeefAuditLogging tells (`magda.md` 5.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.contracts.insz import bare
from gateway.domain.bundle import Bundle
from gateway.domain.log_entry import EventKind
from gateway.domain.platform_questions import DisclosuresQuestion
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.request import Caller
from gateway.domain.services import PLATFORM

CONSULTED, FILED = "bevraging", "bestand"
_KINDS = {EventKind.DECISION.value: CONSULTED, EventKind.FILE_DELIVERED.value: FILED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """An entry about a person that was asked for: its public leaf, and the sender's own reference."""

    position: int
    leaf: Mapping[str, Any]
    reference: str | None

    @property
    def kind(self) -> str:
        """A consultation or a file."""
        return _KINDS[self.leaf["e"]]

    @property
    def at(self) -> datetime:
        """When it was entered, which is before anything left."""
        return datetime.fromisoformat(self.leaf["at"])

    @property
    def decision(self) -> str:
        """`D-18`."""
        return f"D-{self.position}"


def is_disclosure(leaf: Mapping[str, Any]) -> bool:
    """Whether an entry tells that something about a person left under a protocol.

    Refusals, steps that give no field, and what the platform tells of itself disclose nothing.
    """
    return (
        leaf["e"] in _KINDS
        and leaf["outcome"] == "permit"
        and bool(leaf["fields"])
        and leaf["protocol"] != PLATFORM
    )


def disclosures(
    question: DisclosuresQuestion, sender: Caller, found: Iterable[Traced], bundle: Bundle
) -> list[dict[str, Any]]:
    """Those of the sender's disclosures that the question is about, as the wires write them."""
    documents = {document.ref: document for document in bundle.documents}
    told = []
    for one in found:
        document = documents.get(one.leaf["protocol"])
        service = _service(one, document)
        if _is_asked(question, one, service):
            entry = {"insz": bare(question.insz)} | _told(one, sender, service)
            told.append(entry | (_described(one, document) if question.described else {}))
    return told


def _is_asked(question: DisclosuresQuestion, one: Traced, service: str) -> bool:
    name, _, version = service.rpartition("-")
    return (
        (question.period is None or question.period.holds(one.at))
        and (question.kinds is None or one.kind in question.kinds)
        and question.service in (None, name)
        and question.version in (None, version)
        and question.reference in (None, one.reference)
        and question.decision in (None, one.decision)
    )


def _told(one: Traced, sender: Caller, service: str) -> dict[str, Any]:
    leaf = one.leaf
    protocol, _, version = leaf["protocol"].partition("@")
    return {
        "wanneer": leaf["at"],
        "soort": one.kind,
        "afnemer": sender.uri,
        "hoedanigheid": sender.hoedanigheid,
        "dienst": service.rpartition("-")[0],
        "versie": service.rpartition("-")[2],
        "doel": leaf["purpose"],
        "velden": leaf["fields"],
        "protocol": protocol,
        "protocolversie": version,
        "artikelen": leaf["articles"],
        "referte": one.reference,
        "beslissing": one.decision,
    }


def _described(one: Traced, document: ProtocolDocument | None) -> dict[str, Any]:
    """Names beside the codes, as the version of then has them; nothing where it is not loaded."""
    if document is None:
        return {}
    source = document.flows[one.leaf["flow"]].source
    return {
        "partij": one.leaf["party"],
        "organisatie": document.parties[one.leaf["party"]].name,
        "titel": document.title,
        "url": f"/v1/protocollen/{document.id}",
        "bron": source,
        "bronnaam": document.parties[source].name,
    }


def _service(one: Traced, document: ProtocolDocument | None) -> str:
    """`GeefZorgtoeslag-02.00`: an entry of a file names its flow only."""
    named: str | None = one.leaf.get("service")
    if named is None and document is not None:
        named = document.flows[one.leaf["flow"]].service
    return named or str(one.leaf["flow"])
