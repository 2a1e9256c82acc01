"""Acts on a protocol: judged by its own text, entered in the log, and in force from the next request on."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act, judge_act
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.log_entry import UNKNOWN, Entry, Event, EventKind, timestamp
from gateway.domain.protocol_document import ProtocolDocument
from gateway.ports import Clock, DecisionLog, EventStore, ProtocolLibrary


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
    clock: Clock
    lock: Lock = field(default_factory=Lock)

    def perform(self, protocol: str, act: Act) -> ActOutcome:
        """Judge and record an act; refusals are entered like the rest.

        Raises:
            RefusedFault: `service-unknown` where there is no such protocol.
            LogUnavailable: nothing was recorded.
        """
        with self.lock:
            now = self.clock.now()
            document = self._document(protocol)
            events = self.protocols.bundle().events_of(document)
            outcome = judge_act(document, events, act, now)
            if isinstance(outcome, LifecycleEvent):
                outcome = replace(outcome, key=self.store.next_key())
            (position,) = self.log.append_all([self._entry(document, act, outcome)])
            if isinstance(outcome, LifecycleEvent):
                self.store.add(outcome)
                self.protocols.record(outcome)
            return ActOutcome(outcome, f"D-{position}", document.ref)

    def turned_away(self, protocol: str, refusal: Refusal) -> str:
        """Enter an attempt that never became an act; the number of its entry.

        Raises:
            LogUnavailable: nothing was recorded.
        """
        document = self.protocols.bundle().version(protocol, self.clock.now())
        words = {
            "protocol": document.ref if document else UNKNOWN, "act": None, "by": None,
            "flow": None, "document": None, "party": None, "outcome": "refusal",
            "reasons": [ground.reason.value for ground in refusal.grounds], "articles": [],
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
        document = self.protocols.bundle().version(protocol, self.clock.now())
        if document is None:
            raise refuse(
                Reason.SERVICE_UNKNOWN,
                "there is no protocol with this id",
                remedy="GET /v1/protocollen lists them",
            )
        return document

    def _entry(
        self, document: ProtocolDocument, act: Act, outcome: LifecycleEvent | Refusal
    ) -> Entry:
        """The free text of a reason stays out, and every word that the document does not know."""
        words = {
            "protocol": document.ref, "act": act.kind.value,
            "by": _known(act.by, document.parties), "flow": _known(act.flow, document.flows),
            "document": act.document,
        }  # fmt: skip
        if isinstance(outcome, Refusal):
            told = {
                "outcome": "refusal", "party": _known(act.party, document.parties),
                "reasons": [ground.reason.value for ground in outcome.grounds],
                "articles": [g.article for g in outcome.grounds if g.article is not None],
            }  # fmt: skip
        else:
            told = {
                "outcome": "permit", "party": outcome.party, "event": outcome.label,
                "effective": timestamp(outcome.effective_at),
                "term": timestamp(outcome.term) if outcome.term else None,
                "reasons": [], "articles": [outcome.article] if outcome.article else [],
            }  # fmt: skip
        return Event(EventKind.PROTOCOL_ACT, self.clock.now(), self.space, words | told).entry()


def _known(word: str | None, words: Container[str]) -> str | None:
    return word if word is None or word in words else UNKNOWN
