"""What a consumer keeps as evidence of a file, and where a batch stands in the log."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.domain.batch import Batch, Delivery
from gateway.domain.legal_day import in_brussels
from gateway.domain.upload import Upload
from gateway.ports import LogRecords


def manifest_of(batch: Batch, delivery: Delivery, checkpoint: str) -> Mapping[str, Any]:
    """The manifest's payload (contract section 7)."""
    return {
        "bestand": delivery.name,
        "afnemer": delivery.consumer,
        "stroom": batch.flow,
        "dag": batch.day.isoformat(),
        "volgorde": delivery.sequence,
        "vorige": delivery.previous,
        "sha256": delivery.sha256,
        "aantal": delivery.persons,
        "protocol": delivery.protocol,
        "artikel": delivery.flow_article,
        "beslissing": f"D-{delivery.position}",
        "vervalt": _shown(delivery.expires_at),
        "checkpoint": checkpoint,
    }


def _shown(at: datetime | None) -> str | None:
    return in_brussels(at).isoformat() if at else None


def positions_in_log(records: LogRecords, batch: Batch) -> Sequence[int]:
    """Where a batch's entries stand, if they were appended before a crash; they are in one piece."""
    return _about(records, batch.log_size, "batch", batch.label)


def position_in_log(records: LogRecords, upload: Upload) -> int | None:
    """Where the entry of an upload stands, if it was judged before."""
    found = _about(records, upload.log_size, "upload", upload.label) if upload.outcome else ()
    return found[0] if found else None


def _about(records: LogRecords, before: int, member: str, label: str) -> Sequence[int]:
    last = records.head().size
    return [
        entry.position
        for entry in records.entries(before + 1, last)
        if json.loads(entry.leaf).get(member) == label
    ]
