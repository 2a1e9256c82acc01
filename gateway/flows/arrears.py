"""What acts on a protocol mean for files: one that catches up once a suspension is lifted, none after the end."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Refusal
from gateway.domain.batch import Batch, BatchKind, Missed
from gateway.domain.decision_terms import Candidate
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.number_lists import together
from gateway.domain.request import Caller
from gateway.domain.share import ENDED, Share, share_of
from gateway.flows.batch_entries import BatchEntries
from gateway.flows.contents import Contents
from gateway.flows.parcel_closing import ParcelClosing
from gateway.flows.parcels import Parcels, Part
from gateway.ports import (
    Arrears,
    Clock,
    Folders,
    HandledUploads,
    Ledger,
    ProtocolLibrary,
    Subscribers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrearsFlow:
    """The collaborators, wired once at start-up. Safe to repeat after a crash at any point.

    `catches_up` and `collects_after_end` turn the two choices round (finding O-21; `docs/drop.md`).
    """

    space: str
    protocols: ProtocolLibrary
    arrears: Arrears
    ledger: Ledger
    subscribers: Subscribers
    folders: Folders
    handled: HandledUploads
    contents: Contents
    parcels: Parcels
    closing: ParcelClosing
    clock: Clock
    catches_up: bool = True
    collects_after_end: bool = False

    def settle(self) -> None:
        """Bring files into line with the law of this instant."""
        at = self.clock.now()
        if self.catches_up:
            self._catch_up(at)
        if not self.collects_after_end:
            self._withdraw(at)

    def _catch_up(self, at: datetime) -> None:
        law = BatchEntries(self.space, at, self.protocols.bundle())
        for begun in self.ledger.unfinished(BatchKind.CATCH_UP):
            self._hand_out(begun, self.arrears.caught_up_by(begun), law)
        for missed in self.arrears.missed():
            share = self._share(missed.consumer, missed.flow, law)
            if share is not None and isinstance(share.outcome, Candidate):
                size = self.parcels.records.head().size
                self._hand_out(self.arrears.open_catch_up(missed, at, size), missed, law)

    def _hand_out(self, batch: Batch, missed: Missed, law: BatchEntries) -> None:
        """One file with everybody who was missed and may be told of now."""
        if self.parcels.is_to_enter(batch, law.at):
            share = self._share(missed.consumer, missed.flow, law)
            assert share is not None
            content = self.contents.of_numbers(self._numbers(missed), share, law.at)
            staged = self.parcels.stage(batch, [Part(share, missed.consumer, content)], law)
            self.parcels.enter(staged, [self._opening(batch, missed, share, law)])
        self.parcels.release(batch, law.at)
        self.ledger.close(batch)

    def _numbers(self, missed: Missed) -> "array[int]":
        """Each person once; of a day that was corrected, the last list counts."""
        last = {batch.day: batch for batch in missed.batches}
        return together(self.handled.numbers(batch) for batch in last.values())

    def _opening(self, batch: Batch, missed: Missed, share: Share, law: BatchEntries) -> Entry:
        words = {
            "channel": "sftp", "flow": batch.flow, "party": share.consumer.party,
            "unit": share.consumer.unit, "batch": batch.label,
            "for": [one.label for one in missed.batches],
        }  # fmt: skip
        return Event(EventKind.CATCH_UP, law.at, self.space, words).entry()

    def _withdraw(self, at: datetime) -> None:
        law = BatchEntries(self.space, at, self.protocols.bundle())
        for consumer, flow in self.arrears.holders():
            share = self._share(consumer, flow, law)
            if share is not None and _is_over(share):
                for name in self.arrears.standing(consumer, flow):
                    self.closing.withdraw(consumer, name)

    def _share(self, folder: str, flow: str, law: BatchEntries) -> Share | None:
        """What would be decided now for whoever uses this folder; nothing for a folder without one."""
        for consumer in self._users(folder, flow):
            return share_of(law.bundle, consumer, flow, law.at)
        return None

    def _users(self, folder: str, flow: str) -> Iterator[Caller]:
        return (one for one in self.subscribers.of(flow) if self.folders.of(one.key) == folder)


def _is_over(share: Share) -> bool:
    """Whether the flow ended for the consumer: a window or a yearly number takes nothing back."""
    return isinstance(share.outcome, Refusal) and share.outcome.reason in ENDED
