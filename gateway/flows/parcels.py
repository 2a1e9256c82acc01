"""From shares to files that consumers see: staged out of sight, entered in the log, and only then released."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.contracts.drop import MANIFEST, Placement
from gateway.domain.batch import Batch, Delivery
from gateway.domain.decision_terms import Candidate, require_dischargeable
from gateway.domain.file_state import FileState
from gateway.domain.log_entry import Entry
from gateway.domain.parcel_content import ParcelContent
from gateway.domain.published import Occasion
from gateway.domain.share import DISCHARGED_BY_FILE, Share, expiry
from gateway.domain.upload_name import parcel_name
from gateway.flows.batch_entries import BatchEntries
from gateway.flows.evidence import manifest_of, positions_in_log
from gateway.ports import DecisionLog, Ledger, LogRecords, Notary, Publisher, SetAside, Usage

NOTHING: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """One consumer's part of a batch: what was decided, whose folder, and what goes into its file.

    `content` is `None` where the decision gives the consumer nothing.
    """

    share: Share
    folder: str
    content: ParcelContent | None


@dataclass(frozen=True, slots=True)
class Staged:
    """Files out of sight: what they are, what they count, and the entries that will let them go."""

    batch: Batch
    parts: Sequence[Part]
    law: BatchEntries
    aside: Sequence[SetAside | None]
    deliveries: list[Delivery]

    def entries(self) -> Sequence[Entry]:
        """An entry for each part, in order."""
        rows = zip(self.parts, self.deliveries, self.aside, strict=True)
        return [
            self.law.of_delivery(
                self.batch, part.share, delivery, _subjects(part), one.slot if one else None
            )
            for part, delivery, one in rows
        ]


@contextmanager
def _giving_back(staged: Staged) -> Iterator[None]:
    """What was set aside was not had if this fails."""
    try:
        yield
    except Exception:
        for one in staged.aside:
            if one is not None:
                one.give_back()
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcels:
    """The collaborators, wired once at start-up. Every step may be repeated after a crash.

    INVARIANT: no entry, no disclosure. A file is out of sight until its entry is durable.
    """

    ledger: Ledger
    placement: Placement
    usage: Usage
    log: DecisionLog
    records: LogRecords
    notary: Notary
    checkpoints: Publisher

    def is_to_enter(self, batch: Batch, at: datetime) -> bool:
        """Whether the batch has no entries yet. After a crash between log and ledger, the log knows."""
        if batch.position is not None:
            return False
        positions = positions_in_log(self.records, batch)
        if positions:
            self.ledger.enter(batch, positions, at)
        return not positions

    def settle(self, batch: Batch, at: datetime) -> bool:
        """Finish what was entered, take back what was only staged; whether it was entered."""
        if self.is_to_enter(batch, at):
            for delivery in self.ledger.deliveries(batch):
                if delivery.name is not None:
                    folder = f"/uit/{batch.flow}"
                    self.placement.unstage(delivery.consumer, folder, delivery.name)
            self.ledger.forget(batch)
            return False
        self.release(batch, at)
        return True

    def stage(self, batch: Batch, parts: Sequence[Part], law: BatchEntries) -> Staged:
        """Write every file out of sight, and set aside what counts towards a yearly number.

        What was stopped before it was entered, this batch or another, gives its numbers back first: they
        go on without a gap, and nothing stays behind for who may not have it any more.

        Raises:
            RefusedFault: `quota-spent`; others took the last one of the year in the meantime.
        """
        for other in self.ledger.begun():
            if other.position is None:
                self.settle(other, law.at)
        aside = [self._set_aside(part, law.at) for part in parts]
        staged = Staged(batch, parts, law, aside, [])
        with _giving_back(staged):
            staged.deliveries.extend(self._stage(batch, part, law.at) for part in parts)
            self.ledger.stage(batch, staged.deliveries, law.at)
        return staged

    def enter(self, staged: Staged, opening: Sequence[Entry]) -> int:
        """Append the entries that let the files go, after those of their reason; the reason's position.

        Raises:
            LogUnavailable: nothing was entered, and nothing will be seen.
        """
        with _giving_back(staged):
            positions = self.log.append_all([*opening, *staged.entries()])
        own, *others = positions[len(opening) - 1 :]
        for one, position in zip(staged.aside, others, strict=True):
            if one is not None:
                one.spend(position)
        self.ledger.enter(staged.batch, [own, *others], staged.law.at)
        return own

    def release(self, batch: Batch, at: datetime) -> None:
        """Show every file that is entered and not yet shown, its manifest first.

        Raises:
            LogUnavailable: no checkpoint could be published; what is not shown waits.
        """
        waiting = [one for one in self.ledger.deliveries(batch) if one.state is FileState.ENTERED]
        note = self.checkpoints.publish(Occasion.RELEASE) if waiting else ""
        for delivery in waiting:
            if delivery.name is not None:
                self._place_manifest(batch, delivery, note)
                self.placement.release(delivery.consumer, f"/uit/{batch.flow}", delivery.name)
                self.ledger.move(delivery.consumer, delivery.name, FileState.RELEASED, at)

    def _place_manifest(self, batch: Batch, delivery: Delivery, checkpoint: str) -> None:
        signed = self.notary.sign(manifest_of(batch, delivery, checkpoint))
        name = f"{delivery.name}{MANIFEST}"
        self.placement.place(delivery.consumer, f"/uit/{batch.flow}", name, signed.encode())

    def _set_aside(self, part: Part, at: datetime) -> SetAside | None:
        chosen = part.share.outcome
        return self.usage.take(chosen, at) if isinstance(chosen, Candidate) else None

    def _stage(self, batch: Batch, part: Part, at: datetime) -> Delivery:
        flow, share, content = batch.flow, part.share, part.content
        delivery = Delivery(
            consumer=part.folder, flow=flow, status=share.status, article=share.article
        )
        if not isinstance(share.outcome, Candidate) or content is None:
            return delivery
        chosen = share.outcome
        require_dischargeable(chosen.obligations, DISCHARGED_BY_FILE | content.discharges)
        sequence, previous = self.ledger.next_sequence(part.folder, flow)
        name = parcel_name(flow, batch.day, sequence)
        chunks = content.chunks(flow, batch.day, sequence)
        digest = self.placement.stage(part.folder, f"/uit/{flow}", name, chunks)
        return replace(
            delivery, sequence=sequence, previous=previous, name=name, sha256=digest,
            protocol=chosen.protocol, persons=content.count, flow_article=chosen.flow_article,
            expires_at=expiry(chosen, at), once=content.once,
        )  # fmt: skip


def _subjects(part: Part) -> Sequence[int]:
    return part.content.subjects if part.content is not None else NOTHING
