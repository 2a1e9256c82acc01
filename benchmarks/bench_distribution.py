"""A batch of 1,000,000 records to six consumers, beside parsing the same bytes with msgspec."""

import json
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path

import msgspec
from harness import ROOT, spread

sys.path.insert(0, str(ROOT))
FLOW = "jobbonusplus-mutaties"


class Record(msgspec.Struct):
    insz: str


class Batch(msgspec.Struct):
    records: list[Record]


def make(path, count):
    from tests.numbers import many_numbers

    numbers = many_numbers(count)
    content = {"schema": f"{FLOW}/1", "dag": "2025-03-10", "volgnummer": 1, "aantal": count,
               "records": [{"insz": number} for number in numbers]}  # fmt: skip
    path.write_text(json.dumps(content))


def distribute(path):
    """Runs in a process of its own: seconds and peak memory over the start."""
    from datetime import UTC, datetime

    from gateway.adapters.mutation_json import JsonBatchReader
    from gateway.contracts.drop import CompletedUpload
    from gateway.domain.parcel_content import NumberList, entitled
    from sftp_drop.drop_store import DropStore

    store = DropStore(Path(tempfile.mkdtemp(prefix="bench-")))
    consumers = [f"c{n}" for n in range(6)]
    for consumer in consumers:
        store.prepare(consumer, [f"/uit/{FLOW}"])
    upload = CompletedUpload("wewis", FLOW, f"{FLOW}_2025-03-10.json", str(path))
    at = datetime(2025, 3, 11, tzinfo=UTC)
    registered = array("Q", Path(f"{path}.registered").read_bytes())
    began, spent = time.perf_counter(), time.process_time()
    reading = JsonBatchReader().read(upload, at)
    for consumer in consumers:
        subjects = entitled(reading.subjects, registered)
        chunks = NumberList(subjects).chunks(FLOW, reading.day, 1)
        store.stage(consumer, f"/uit/{FLOW}", "f.json", chunks)
    took, cpu = time.perf_counter() - began, time.process_time() - spent
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    print(json.dumps([took, cpu, peak / 1024, reading.accepted]))


def main(count=1_000_000, rounds=5):
    path = Path(tempfile.mkdtemp(prefix="bench-")) / f"{FLOW}_2025-03-10.json"
    make(path, count)
    numbers = [r.insz for r in msgspec.json.decode(path.read_bytes(), type=Batch).records[::5]]
    Path(f"{path}.registered").write_bytes(array("Q", sorted(map(int, numbers))).tobytes())
    ratios, seconds, cpus, floors, memory = [], [], [], [], []
    for _ in range(rounds):
        content = path.read_bytes()
        spent = time.process_time()
        msgspec.json.decode(content, type=Batch)
        floor = time.process_time() - spent
        out = subprocess.run(
            [sys.executable, __file__, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
        took, cpu, grown, accepted = json.loads(out)
        assert accepted == count
        ratios.append(cpu / floor)
        floors.append(floor)
        cpus.append(cpu)
        seconds.append(took)
        memory.append(grown)
    print(
        f"{count} records, six consumers with a fifth registered: {spread(seconds)} s, CPU {spread(cpus)} s, x parsing {spread(floors)} s of CPU: {spread(ratios)}, peak {spread(memory)} MB with the interpreter"
    )


if __name__ == "__main__":
    distribute(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
