"""The distribution line: finished upload in, a file for each entitled consumer and a receipt out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.drop import CompletedUpload, Placement
from gateway.domain.batch import Batch
from gateway.domain.legal_day import legal_day
from gateway.domain.mutation import BatchReading
from gateway.domain.receipt import ConsumerLine, Receipt, UploadStatus
from gateway.domain.request import Caller
from gateway.domain.share import share_of
from gateway.domain.upload import Upload
from gateway.domain.upload_verdict import Earlier, Verdict, judge, publishing_protocol
from gateway.flows.batch_entries import BatchEntries
from gateway.flows.contents import Contents
from gateway.flows.evidence import position_in_log
from gateway.flows.parcels import Parcels, Part
from gateway.flows.receipts import hand_back
from gateway.ports import (
    BatchReader,
    Clock,
    DecisionLog,
    Folders,
    Intake,
    Ledger,
    LogRecords,
    ProtocolLibrary,
    Publishers,
    Subscribers,
    Usage,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionFlow:
    """The collaborators of a distribution, wired once at start-up."""

    space: str
    publishers: Publishers
    subscribers: Subscribers
    folders: Folders
    protocols: ProtocolLibrary
    usage: Usage
    reader: BatchReader
    contents: Contents
    parcels: Parcels
    intake: Intake
    ledger: Ledger
    placement: Placement
    log: DecisionLog
    records: LogRecords
    clock: Clock

    def distribute(self, upload: CompletedUpload) -> Receipt:
        """Handle one finished upload. Safe to repeat after a crash at any point.

        INVARIANT: files are staged out of sight, entered in the log, and only then released. No
        entry, no disclosure.
        """
        at = self.clock.now()
        taken = self.intake.begin(upload, at, self.records.head().size)
        reading = self.reader.read(upload, taken.received_at)
        verdict = self._judge(upload, reading, taken.received_at)
        usable = reading.hopeless is None
        self.intake.judge(taken, reading.sha256, verdict.status, usable=usable, at=at)
        if verdict.status is not UploadStatus.DISTRIBUTED:
            return self._turn_away(upload, taken, reading, verdict)
        batch = self.ledger.open(taken, reading, self.records.head().size)
        if self.parcels.is_to_enter(batch, at):
            law = self._entries(at)
            publisher = self.publishers.caller(upload.user)
            opening = law.of_upload(publisher, taken, reading, verdict, batch)
            staged = self.parcels.stage(batch, self._parts(batch, reading, law), law)
            self.parcels.enter(staged, [opening])
        self.parcels.release(batch, at)
        return self._finish(upload, taken, reading, batch)

    def _judge(self, upload: CompletedUpload, reading: BatchReading, at: datetime) -> Verdict:
        """By the law of when it came in: a provider does not pay for what was in our way."""
        party = self.publishers.caller(upload.user).party
        protocol = publishing_protocol(self.protocols.bundle(), party, upload.flow, at)
        flow = protocol.flows[upload.flow] if protocol is not None else None
        earlier = Earlier(None, 0)
        if reading.day is not None:
            same = self.ledger.find(upload.flow, reading.day, reading.volgnummer)
            last = self.ledger.last_number(upload.flow, reading.day)
            earlier = Earlier(same.sha256 if same else None, last, same.closed if same else True)
        return judge(flow, reading, earlier, legal_day(at), self._used_by_all(upload.flow, at))

    def _used_by_all(self, flow: str, at: datetime) -> int:
        """How many files of this year every consumer has had already."""
        return min((self._used(c, flow, at) for c in self.subscribers.of(flow)), default=0)

    def _used(self, consumer: Caller, flow: str, at: datetime) -> int:
        return self.usage.used(consumer.party, flow, legal_day(at).year)

    def _turn_away(
        self, upload: CompletedUpload, taken: Upload, reading: BatchReading, verdict: Verdict
    ) -> Receipt:
        batch = None
        if verdict.status is UploadStatus.UNCHANGED and reading.day is not None:
            batch = self.ledger.find(upload.flow, reading.day, reading.volgnummer)
        position = self._enter_verdict(taken, reading, verdict, batch)
        receipt = Receipt(
            batch=batch.label if batch else None,
            name=upload.name,
            status=verdict.status,
            reading=reading,
            received_at=taken.received_at,
            decision=f"D-{position}",
            consumers=self._consumer_lines(batch) if batch else (),
            reason=verdict.detail,
            remedy=verdict.remedy,
        )
        hand_back(self.placement, upload, receipt)
        self.intake.close(taken, position, batch.key if batch else None, self.clock.now())
        return receipt

    def _enter_verdict(
        self, taken: Upload, reading: BatchReading, verdict: Verdict, batch: Batch | None
    ) -> int:
        """One entry, also where a crash came after it."""
        publisher = self.publishers.caller(taken.user)
        law = self._entries(self.clock.now())
        entry = law.of_upload(publisher, taken, reading, verdict, batch)
        return position_in_log(self.records, taken) or self.log.append_all([entry])[0]

    def _parts(self, batch: Batch, reading: BatchReading, law: BatchEntries) -> Sequence[Part]:
        """What each consumer may have today, and what goes into its file."""
        return [self._part(batch, reading, one, law) for one in self.subscribers.of(batch.flow)]

    def _part(
        self, batch: Batch, reading: BatchReading, consumer: Caller, law: BatchEntries
    ) -> Part:
        used = self._used(consumer, batch.flow, law.at)
        share = share_of(law.bundle, consumer, batch.flow, law.at, used=used)
        owner = self.folders.of(consumer.key)
        return Part(share, owner, self.contents.of(reading, share, law.at))

    def _entries(self, at: datetime) -> BatchEntries:
        """What one pass goes by: the law is taken once, so that entries name the one that decided."""
        return BatchEntries(self.space, at, self.protocols.bundle())

    def _finish(
        self, upload: CompletedUpload, taken: Upload, reading: BatchReading, batch: Batch
    ) -> Receipt:
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
        self.intake.close(taken, entered.position, batch.key, self.clock.now())
        return receipt

    def _consumer_lines(self, batch: Batch) -> Sequence[ConsumerLine]:
        return [
            ConsumerLine(delivery.consumer, delivery.status, delivery.article)
            for delivery in self.ledger.deliveries(batch)
        ]
