"""Who owes what, and what happens when a term is over: entered once, however often it is tried."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.duties import duties, terms
from gateway.domain.duty import TOO_LATE, Duty, DutyKind, Term
from gateway.domain.log_entry import Event, EventKind, timestamp
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.stage import Stage, stage_of
from gateway.flows.standing import standing_version
from gateway.ports import Clock, DecisionLog, LogRecords, ProtocolLibrary

OVERDUE, IN_TIME, RENEWED, NO_LONGER = "overdue", "answered in time", "renewed", "no longer owed"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A protocol at an instant: how far it is, and every duty."""

    document: ProtocolDocument
    at: datetime
    stage: Stage
    duties: Sequence[Duty]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """The collaborators, wired once at start-up."""

    space: str
    protocols: ProtocolLibrary
    log: DecisionLog
    records: LogRecords
    clock: Clock

    def view(self, protocol: str, at: datetime | None = None) -> View:
        """The duties of a protocol, now or at another instant, as known then.

        Raises:
            RefusedFault: `service-unknown` where there is no such protocol.
        """
        instant = at or self.clock.now()
        bundle = self.protocols.bundle()
        document = standing_version(bundle, protocol, instant)
        events = bundle.events_of(document)
        return View(document=document, at=instant, stage=stage_of(document, events, instant),
                    duties=duties(document, events, instant))  # fmt: skip

    def terms(self) -> Sequence[Term]:
        """Every term that is to be watched, of all protocols that stand now."""
        keys = {document.id for document in self.protocols.bundle().documents}
        return [term for key in sorted(keys) for term in self.terms_of(key)]

    def terms_of(self, protocol: str) -> Sequence[Term]:
        """The terms of one protocol; none where no version of it stands."""
        now, bundle = self.clock.now(), self.protocols.bundle()
        document = bundle.version(protocol, now)
        return () if document is None else terms(document, bundle.events_of(document), now)

    def fall_due(self, key: str, due_at: datetime, since: int) -> str:
        """A term is over; what became of the duty.

        `key` is the term's. `since` is how large the log was when this was first tried, so that an
        entry which a crash left behind is found and not made again.
        """
        protocol, _, name = key.partition("/")
        view = self.view(protocol, max(due_at, self.clock.now()))
        duty = next((one for one in view.duties if one.key == name), None)
        if duty is None or (duty.kind is DutyKind.REVIEW and view.stage is Stage.ENDED):
            return NO_LONGER
        if duty.state not in TOO_LATE:
            return RENEWED if duty.kind is DutyKind.REVIEW else IN_TIME
        words = {
            "protocol": view.document.ref, "duty": duty.key, "workflow": duty.kind.value,
            "act": duty.started_by, "party": duty.owes, "article": duty.article,
            "due": timestamp(due_at),
        }  # fmt: skip
        if not self._stands(words, since):
            event = Event(EventKind.WORKFLOW_OVERDUE, self.clock.now(), self.space, words)
            self.log.append_all([event.entry()])
        return OVERDUE

    def _stands(self, words: dict[str, str], since: int) -> bool:
        last = self.records.head().size
        return any(
            words.items() <= json.loads(entry.leaf).items()
            for entry in self.records.entries(since + 1, last)
        )
