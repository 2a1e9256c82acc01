"""Valid things by default: name only what the test is about."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gateway.adapters.protocol_files import initial_events, load_protocols
from gateway.domain.bundle import Bundle
from gateway.domain.decision_terms import Ask
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import Authentication, ProtocolDocument
from gateway.domain.request import Caller

PROTOCOLS = Path(__file__).parents[1] / "gateway/protocols"
NOON = datetime(2025, 3, 10, 11, tzinfo=UTC)
DAY = date(2025, 3, 10)


@cache
def the_documents() -> tuple[ProtocolDocument, ...]:
    """The protocols that are shipped; nothing about them can be changed, so they are read once."""
    return load_protocols(PROTOCOLS)


def a_bundle(
    documents: Iterable[ProtocolDocument] | None = None, events: Iterable[LifecycleEvent] = ()
) -> Bundle:
    """The shipped law, signed, with further events."""
    loaded = the_documents() if documents is None else tuple(documents)
    signed = [event for document in loaded for event in initial_events(document)]
    return Bundle.of("sha256:test", loaded, [*signed, *events])


def an_ask(**changes: Any) -> Ask:
    """AHOVOKS asking for what article 3 of 004 lists."""
    words: dict[str, Any] = {
        "party": "ahovoks",
        "unit": "ahovoks-studietoelagen",
        "flow": "zorgtoeslag",
        "fields": frozenset({"insz", "pijler1", "periode.begin", "periode.einde"}),
        "authentication": Authentication.EID,
    }
    return Ask(**(words | changes))


def a_caller(**changes: Any) -> Caller:
    """AHOVOKS, its grants division."""
    words: dict[str, Any] = {
        "key": "ahovoks-studietoelagen",
        "party": "ahovoks",
        "unit": "ahovoks-studietoelagen",
        "uri": "onderwijs.vlaanderen.be/ahovoks/ahovoks-studietoelagen-aip",
        "hoedanigheid": "studietoelagen",
    }
    return Caller(**(words | changes))
