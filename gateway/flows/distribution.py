"""The distribution line: finished upload in, a file for each entitled consumer and a receipt out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.contracts.drop import MANIFEST, CompletedUpload, Placement
from gateway.domain.batch import Batch, Delivery
from gateway.domain.decision_terms import Candidate, require_dischargeable
from gateway.domain.legal_day import legal_day
from gateway.domain.log_entry import Entry
from gateway.domain.mutation import BatchReading, entitled, parcel_chunks
from gateway.domain.parcel_state import ParcelState
from gateway.domain.receipt import ConsumerLine, Receipt, UploadStatus
from gateway.domain.share import DISCHARGED_BY_FILE, Share, expiry, share_of
from gateway.domain.upload_name import parcel_name
from gateway.domain.upload_verdict import Earlier, Verdict, judge, publishing_protocol
from gateway.flows.batch_entries import BatchEntries
from gateway.flows.evidence import manifest_of, positions_in_log
from gateway.flows.receipts import hand_back
from gateway.ports import (
    BatchReader,
    Clock,
    DecisionLog,
    Ledger,
    LogRecords,
    Notary,
    ProtocolLibrary,
    Publishers,
    Repertory,
    Subscribers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionFlow:
    """The collaborators of a distribution, wired once at start-up."""

    space: str
    publishers: Publishers
    subscribers: Subscribers
    protocols: ProtocolLibrary
    repertory: Repertory
    reader: BatchReader
    ledger: Ledger
    placement: Placement
    log: DecisionLog
    records: LogRecords
    notary: Notary
    clock: Clock

    def distribute(self, upload: CompletedUpload) -> Receipt:
        """Handle one finished upload. Safe to repeat after a crash at any point.

        INVARIANT: files are staged out of sight, entered in the log, and only then released. No
        entry, no disclosure.
        """
        at = self.clock.now()
        reading = self.reader.read(upload, at)
        verdict = self._judge(upload, reading, at)
        if verdict.status is not UploadStatus.DISTRIBUTED:
            return self._turn_away(upload, reading, verdict, at)
        batch = self.ledger.open(upload, reading, at, self.records.head().size)
        if batch.position is None and not self._was_entered(batch, at):
            law = self._entries(at)
            entries = self._stage(batch, reading, self._shares(batch, law), law)
            publisher = self.publishers.caller(upload.user)
            opening = law.of_upload(publisher, upload, reading, verdict, batch)
            self.ledger.enter(batch, self.log.append_all([opening, *entries]), at)
        self._release(batch, at)
        return self._finish(upload, reading, batch)

    def _judge(self, upload: CompletedUpload, reading: BatchReading, at: datetime) -> Verdict:
        party = self.publishers.caller(upload.user).party
        protocol = publishing_protocol(self.protocols.bundle(), party, upload.flow, at)
        earlier = Earlier(None, 0)
        if reading.day is not None:
            same = self.ledger.find(upload.flow, reading.day, reading.volgnummer)
            last = self.ledger.last_number(upload.flow, reading.day)
            earlier = Earlier(same.sha256 if same else None, last, same.closed if same else True)
        return judge(protocol, reading, earlier)

    def _turn_away(
        self, upload: CompletedUpload, reading: BatchReading, verdict: Verdict, at: datetime
    ) -> Receipt:
        batch = None
        if verdict.status is UploadStatus.UNCHANGED and reading.day is not None:
            batch = self.ledger.find(upload.flow, reading.day, reading.volgnummer)
        publisher = self.publishers.caller(upload.user)
        entry = self._entries(at).of_upload(publisher, upload, reading, verdict, batch)
        position = self.log.append_all([entry])[0]
        receipt = Receipt(
            batch=batch.label if batch else None,
            name=upload.name,
            status=verdict.status,
            reading=reading,
            received_at=at,
            decision=f"D-{position}",
            consumers=self._consumer_lines(batch) if batch else (),
            reason=verdict.detail,
            remedy=verdict.remedy,
        )
        hand_back(self.placement, upload, receipt)
        return receipt

    def _was_entered(self, batch: Batch, at: datetime) -> bool:
        """After a crash between log and ledger, the log knows; take the positions from it."""
        positions = positions_in_log(self.records, batch)
        if positions:
            self.ledger.enter(batch, positions, at)
        return bool(positions)

    def _shares(self, batch: Batch, law: BatchEntries) -> Sequence[Share]:
        subscribers = self.subscribers.of(batch.flow)
        return [share_of(law.bundle, consumer, batch.flow, law.at) for consumer in subscribers]

    def _stage(
        self, batch: Batch, reading: BatchReading, shares: Sequence[Share], law: BatchEntries
    ) -> Sequence[Entry]:
        """Write every file out of sight; the entries that will let them go."""
        deliveries: list[Delivery] = []
        entries: list[Entry] = []
        for share in shares:
            delivery, subjects = self._stage_one(batch, reading, share, law.at)
            deliveries.append(delivery)
            entries.append(law.of_delivery(batch, share, delivery, subjects))
        self.ledger.stage(batch, deliveries, law.at)
        return entries

    def _stage_one(
        self, batch: Batch, reading: BatchReading, share: Share, at: datetime
    ) -> tuple[Delivery, Sequence[int]]:
        consumer, flow, chosen = share.consumer, batch.flow, share.outcome
        delivery = Delivery(
            consumer=consumer.key, flow=flow, status=share.status, article=share.article
        )
        if not isinstance(chosen, Candidate):
            return delivery, ()
        require_dischargeable(chosen.obligations, DISCHARGED_BY_FILE)
        registered = self.repertory.registered(consumer.uri, consumer.hoedanigheid, legal_day(at))
        subjects = entitled(reading.subjects, registered)
        sequence, previous = self.ledger.next_sequence(consumer.key, flow)
        name = parcel_name(flow, batch.day, sequence)
        chunks = parcel_chunks(flow, batch.day, sequence, subjects)
        digest = self.placement.stage(consumer.key, f"/uit/{flow}", name, chunks)
        staged = replace(
            delivery, sequence=sequence, previous=previous, name=name, sha256=digest,
            protocol=chosen.protocol, persons=len(subjects), flow_article=chosen.flow_article,
            expires_at=expiry(chosen, at),
        )  # fmt: skip
        return staged, subjects

    def _entries(self, at: datetime) -> BatchEntries:
        """What one pass goes by: the law is taken once, so that entries name the one that decided."""
        return BatchEntries(self.space, at, self.protocols.bundle())

    def _release(self, batch: Batch, at: datetime) -> None:
        """Show every file that is entered and not yet shown, its manifest first."""
        for delivery in self.ledger.deliveries(batch):
            if delivery.state is ParcelState.ENTERED and delivery.name is not None:
                folder = f"/uit/{batch.flow}"
                signed = self.notary.sign(manifest_of(batch, delivery, self.notary.checkpoint()))
                manifest = f"{delivery.name}{MANIFEST}"
                self.placement.place(delivery.consumer, folder, manifest, signed.encode())
                self.placement.release(delivery.consumer, folder, delivery.name)
                self.ledger.move(delivery.consumer, delivery.name, ParcelState.RELEASED, at)

    def _finish(self, upload: CompletedUpload, reading: BatchReading, batch: Batch) -> Receipt:
        entered = self.ledger.find(batch.flow, batch.day, batch.number)
        assert entered is not None
        receipt = Receipt(
            batch=batch.label,
            name=upload.name,
            status=UploadStatus.DISTRIBUTED,
            reading=reading,
            received_at=batch.received_at,
            decision=f"D-{entered.position}",
            consumers=self._consumer_lines(batch),
        )
        hand_back(self.placement, upload, receipt)
        self.ledger.close(batch)
        return receipt

    def _consumer_lines(self, batch: Batch) -> Sequence[ConsumerLine]:
        return [
            ConsumerLine(delivery.consumer, delivery.status, delivery.article)
            for delivery in self.ledger.deliveries(batch)
        ]
