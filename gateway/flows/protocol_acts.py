"""Acts on a protocol: judged by its own text, entered in the log, and in force from the next request on."""

import json
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from gateway.contracts.faults import LogUnavailable, Refusal
from gateway.domain.acts import Act, judge_act
from gateway.domain.duties import terms
from gateway.domain.duty import Term
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.log_entry import UNKNOWN, Entry, Event, EventKind, timestamp
from gateway.domain.protocol_document import ProtocolDocument
from gateway.flows.standing import standing_version
from gateway.ports import (
    Clock,
    DecisionLog,
    EventStore,
    LogRecords,
    ProtocolLibrary,
    ReservedAct,
)

OnAct = Callable[[LifecycleEvent], None]
"""Told of every act that stands, once it counts."""


def _nothing_more(_: LifecycleEvent) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """What became of an act, the number of its entry (`D-18`), and the version it was judged by."""

    outcome: LifecycleEvent | Refusal
    decision: str
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolActs:
    """The collaborators, wired once at start-up."""

    space: str
    protocols: ProtocolLibrary
    store: EventStore
    log: DecisionLog
    records: LogRecords
    clock: Clock
    lock: Lock = field(default_factory=Lock)
    on_act: OnAct = _nothing_more

    def perform(self, protocol: str, act: Act) -> ActOutcome:
        """Judge and record an act; refusals are entered like the rest.

        Reserved, entered, confirmed: a crash in between leaves a reserved row, and the log tells at
        the next start whether the act was done (`settle_reserved`).

        Raises:
            RefusedFault: `service-unknown` where there is no such protocol.
            LogUnavailable: nothing was recorded.
        """
        with self.lock:
            now = self.clock.now()
            document = self._document(protocol)
            events = self.protocols.bundle().events_of(document)
            outcome = judge_act(document, events, act, now)
            if isinstance(outcome, Refusal):
                (position,) = self.log.append_all([self._entry(document, act, outcome)])
                return ActOutcome(outcome, f"D-{position}", document.ref)
            event = self.store.reserve(outcome, self.records.head().size)
            position = self._enter(document, act, event)
            self.protocols.record(event)
            self.store.confirm(event, _new_terms(document, events, event, now))
            self.on_act(event)
            return ActOutcome(event, f"D-{position}", document.ref)

    def _enter(self, document: ProtocolDocument, act: Act, event: LifecycleEvent) -> int:
        try:
            (position,) = self.log.append_all([self._entry(document, act, event)])
        except LogUnavailable:
            self.store.discard(event)
            raise
        return position

    def turned_away(self, protocol: str, refusal: Refusal, by: str | None = None) -> str:
        """Enter an attempt that never became an act; the number of its entry. `by` is the party.

        Raises:
            LogUnavailable: nothing was recorded.
        """
        document = self.protocols.bundle().version(protocol, self.clock.now())
        words = {
            "protocol": document.ref if document else UNKNOWN, "act": None, "by": by,
            "flow": None, "document": None, "party": None, "outcome": "refusal",
            "reasons": [ground.reason.value for ground in refusal.grounds],
            "articles": [ground.cited for ground in refusal.grounds if ground.cited is not None],
        }  # fmt: skip
        event = Event(EventKind.PROTOCOL_ACT, self.clock.now(), self.space, words)
        (position,) = self.log.append_all([event.entry()])
        return f"D-{position}"

    def performed(self, protocol: str) -> Sequence[LifecycleEvent]:
        """The acts on a protocol that were recorded here, oldest first."""
        document = self._document(protocol)
        events = self.protocols.bundle().events_of(document)
        return [event for event in events if event.key is not None]

    def _document(self, protocol: str) -> ProtocolDocument:
        return standing_version(self.protocols.bundle(), protocol, self.clock.now())

    def _entry(
        self, document: ProtocolDocument, act: Act, outcome: LifecycleEvent | Refusal
    ) -> Entry:
        """The free text of a reason stays out, and every word that the document does not know."""
        words = {
            "protocol": document.ref, "act": act.kind.value,
            "by": _known(act.by, document.parties), "flow": _known(act.flow, document.flows),
            "document": act.document, "about": None,
        }  # fmt: skip
        if isinstance(outcome, Refusal):
            told = {
                "outcome": "refusal", "party": _known(act.party, document.parties),
                "reasons": [ground.reason.value for ground in outcome.grounds],
                "articles": [g.cited for g in outcome.grounds if g.cited is not None],
            }  # fmt: skip
        else:
            told = {
                "outcome": "permit", "party": outcome.party, "event": outcome.label,
                "about": outcome.about,
                "effective": timestamp(outcome.effective_at),
                "term": timestamp(outcome.term) if outcome.term else None,
                "reasons": [], "articles": [outcome.article] if outcome.article else [],
            }  # fmt: skip
        return Event(EventKind.PROTOCOL_ACT, self.clock.now(), self.space, words | told).entry()


def _known(word: str | None, words: Container[str]) -> str | None:
    return word if word is None or word in words else UNKNOWN


def settle_reserved(store: EventStore, records: LogRecords) -> None:
    """After a crash: an act that stands in the log gets its row back, one that does not never was."""
    for act in store.reserved():
        if _is_entered(records, act):
            store.confirm(act.event)
        else:
            store.discard(act.event)


def _is_entered(records: LogRecords, act: ReservedAct) -> bool:
    leaves = (
        json.loads(entry.leaf) for entry in records.entries(act.log_size + 1, records.head().size)
    )
    return any(
        leaf["e"] == EventKind.PROTOCOL_ACT.value and leaf.get("event") == act.event.label
        for leaf in leaves
    )


def _new_terms(
    document: ProtocolDocument,
    events: Sequence[LifecycleEvent],
    event: LifecycleEvent,
    now: datetime,
) -> set[Term]:
    """The terms that this act starts."""
    return set(terms(document, [*events, event], now)) - set(terms(document, events, now))
