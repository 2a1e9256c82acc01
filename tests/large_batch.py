"""Reads one batch and stages its parts in a process of its own; prints what it came to and its peak memory.

Used as `python -m tests.large_batch <file> <folder>`. The peak is the kernel's for this process alone (`VmHWM`):
`ru_maxrss` starts from that of whoever started it.
"""

import json
import sys
from array import array
from datetime import UTC, datetime
from pathlib import Path

from gateway.adapters.mutation_json import JsonBatchReader
from gateway.contracts.drop import CompletedUpload
from gateway.domain.parcel_content import NumberList, entitled
from gateway.domain.receipt import Receipt, UploadStatus
from gateway.domain.sealing import pack_subjects, unpack_subjects
from sftp_drop.drop_store import DropStore

FLOW = "jobbonusplus-mutaties"
AT = datetime(2025, 3, 11, 12, tzinfo=UTC)


def peak_memory() -> float:
    """In MB, of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main(file: Path, folder: Path) -> None:
    """Six consumers: one has everybody registered, five a fifth each."""
    store = DropStore(folder)
    reading = JsonBatchReader().read(CompletedUpload("wewis", FLOW, file.name, str(file)), AT)
    assert reading.day is not None, reading.hopeless
    sizes = []
    for part in range(6):
        registered = reading.subjects[part - 1 :: 5] if part else reading.subjects
        subjects = entitled(reading.subjects, registered)
        assert unpack_subjects(pack_subjects(subjects)) == array("Q", registered)
        consumer = f"c{part}"
        store.prepare(consumer, [f"/uit/{FLOW}"])
        content = NumberList(subjects).chunks(FLOW, reading.day, 1)
        store.stage(consumer, f"/uit/{FLOW}", "f.json", content)
        sizes.append(len(subjects))
    receipt = Receipt(batch="B-1", name=file.name, status=UploadStatus.DISTRIBUTED, reading=reading,
                      received_at=AT, decision="D-1")  # fmt: skip
    store.prepare("wewis", ["/r"])
    store.stage("wewis", "/r", "r.csv", receipt.as_csv())
    store.stage("wewis", "/r", "r.json", receipt.as_json())
    told = {"received": reading.received, "accepted": reading.accepted, "merged": reading.merged,
            "rejected": reading.rejected, "sizes": sizes, "peak": peak_memory()}  # fmt: skip
    print(json.dumps(told))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
