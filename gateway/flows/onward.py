"""Passing data on to a third party: decided by the text and what is on file, and entered either way."""

from dataclasses import dataclass
from typing import Any

from gateway.contracts.faults import Refusal
from gateway.domain.log_entry import UNKNOWN, Entry, Event, EventKind
from gateway.domain.onward import Passed, Passing, judge_passing
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.request import Caller
from gateway.domain.third_party import plain_name
from gateway.flows.standing import standing_version
from gateway.ports import Clock, DecisionLog, ProtocolLibrary


@dataclass(frozen=True, slots=True)
class OnwardOutcome:
    """What became of the question, the number of its entry, and the version it was judged by."""

    outcome: Passed | Refusal
    decision: str
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnwardFlow:
    """The collaborators, wired once at start-up."""

    space: str
    protocols: ProtocolLibrary
    log: DecisionLog
    clock: Clock

    def ask(self, protocol: str, wanted: Passing) -> OnwardOutcome:
        """Decide and enter.

        Raises:
            RefusedFault: `service-unknown` where there is no such protocol.
            LogUnavailable: nothing was decided.
        """
        now = self.clock.now()
        bundle = self.protocols.bundle()
        document = standing_version(bundle, protocol, now)
        outcome = judge_passing(document, bundle.events_of(document), wanted, now)
        (position,) = self.log.append_all([self._entry(document, wanted, outcome)])
        return OnwardOutcome(outcome, f"D-{position}", document.ref)

    def turned_away(self, protocol: str, refusal: Refusal, caller: Caller | None = None) -> str:
        """Enter an attempt that never became a question; the number of its entry.

        Raises:
            LogUnavailable: nothing was recorded.
        """
        document = self.protocols.bundle().version(protocol, self.clock.now())
        words = {
            "protocol": document.ref if document else UNKNOWN, "by": caller.party if caller else None, "unit": caller.unit if caller else None,
            "third": None, "flow": None, "outcome": "refusal", "ground": None,
            "reasons": [ground.reason.value for ground in refusal.grounds],
            "articles": [ground.cited for ground in refusal.grounds if ground.cited is not None],
        }  # fmt: skip
        event = Event(EventKind.ONWARD, self.clock.now(), self.space, words)
        (position,) = self.log.append_all([event.entry()])
        return f"D-{position}"

    def _entry(
        self, document: ProtocolDocument, wanted: Passing, outcome: Passed | Refusal
    ) -> Entry:
        """The third party is named where text or file name it: whoever asks may write anything."""
        is_flow = wanted.flow is None or wanted.flow in document.flows
        words: dict[str, Any] = {
            "protocol": document.ref,
            "by": wanted.by if wanted.by in document.parties else UNKNOWN,
            "unit": wanted.unit,
            "third": plain_name(wanted.to) if isinstance(outcome, Passed) else UNKNOWN,
            "flow": wanted.flow if is_flow else UNKNOWN,
        }
        if isinstance(outcome, Refusal):
            words |= {
                "outcome": "refusal", "ground": None,
                "reasons": [ground.reason.value for ground in outcome.grounds],
                "articles": [g.article for g in outcome.grounds if g.article is not None],
            }  # fmt: skip
        else:
            words |= {"outcome": "permit", "ground": outcome.ground, "reasons": [],
                      "articles": [outcome.article]}  # fmt: skip
        return Event(EventKind.ONWARD, self.clock.now(), self.space, words).entry()
