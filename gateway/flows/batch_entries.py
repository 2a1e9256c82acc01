"""The log entries of a batch: one for the upload, one for each consumer's file or refusal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Refusal
from gateway.domain.batch import Batch, Delivery
from gateway.domain.bundle import Bundle
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.mutation import BatchReading
from gateway.domain.request import Caller
from gateway.domain.services import PLATFORM
from gateway.domain.share import Share
from gateway.domain.upload import Upload
from gateway.domain.upload_verdict import Verdict, publishing_protocol
from gateway.domain.visibility import disclosure_word
from gateway.domain.weighed import file_told


@dataclass(frozen=True, slots=True)
class BatchEntries:
    """Writes the entries of one pass of the line: in this space, at this instant, under this law."""

    space: str
    at: datetime
    bundle: Bundle

    def of_upload(
        self,
        publisher: Caller,
        upload: Upload,
        reading: BatchReading,
        verdict: Verdict,
        batch: Batch | None,
    ) -> Entry:
        """The entry of one upload, whatever became of it. Counts of records are about nobody."""
        protocol = publishing_protocol(self.bundle, publisher.party, upload.flow, self.at)
        words = {
            "channel": upload.channel,
            "credential": publisher.key,
            "party": publisher.party,
            "unit": publisher.unit,
            "protocol": protocol.ref if protocol else PLATFORM,
            "flow": upload.flow,
            "outcome": verdict.status.value,
            "reasons": [verdict.reason.value] if verdict.reason else [],
            "sha256": reading.sha256,
            "day": reading.day.isoformat() if reading.day else None,
            "number": reading.volgnummer,
            "upload": upload.label,
            "batch": batch.label if batch else None,
            "records": reading.received,
        }
        return Event(EventKind.BATCH_RECEIVED, self.at, self.space, words).entry()

    def of_delivery(
        self,
        batch: Batch,
        share: Share,
        delivery: Delivery,
        subjects: Sequence[int],
        slot: int | None,
    ) -> Entry:
        """The entry of one consumer's file, or of its refusal."""
        words = {
            "channel": "sftp",
            "credential": share.consumer.key,
            "party": share.consumer.party,
            "unit": share.consumer.unit,
            "flow": batch.flow,
            "asked": sorted(share.fields),
            "bundle": self.bundle.digest,
            "batch": batch.label,
            "day": batch.day.isoformat(),
            "disclosure": disclosure_word(self.bundle, _protocol_of(share), batch.flow),
        }
        words |= file_told(share.outcome) | _counted(share.used, slot)
        if isinstance(share.outcome, Refusal):
            return Event(EventKind.FILE_REFUSED, self.at, self.space, words).entry()
        file = {"file": delivery.name, "sequence": delivery.sequence, "sha256": delivery.sha256}
        return Event(EventKind.FILE_DELIVERED, self.at, self.space, words | file, subjects).entry()


def _protocol_of(share: Share) -> str | None:
    return share.outcome.protocol


def _counted(used: int, slot: int | None) -> dict[str, int]:
    """How many of a yearly number were had before, and which one this is."""
    return ({"used": used} if used else {}) | ({} if slot is None else {"slot": slot})
