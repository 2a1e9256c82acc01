"""Appends to the log at several numbers of waiting requests, beside the floor: append and fdatasync."""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import uvloop
from harness import spread

from gateway.adapters.log import SequencedLog, SqliteLog
from gateway.domain.log_entry import Entry

ENTRY = Entry(
    {"v": 2, "e": "decision", "at": "2025-03-10T08:00:00.000+01:00", "text": "x" * 400},
    {"insz": ["12631400209"], "answer": "y" * 64},
)

YEAR_KEY = {"2025": bytes(32)}.get


def floor(folder, count=400):
    """Seconds for one append of 512 bytes with fdatasync."""
    handle = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    began = time.perf_counter()
    for _ in range(count):
        os.write(handle, b"x" * 512)
        os.fdatasync(handle)
    os.close(handle)
    return (time.perf_counter() - began) / count


async def appends(log, waiting, each):
    async def one():
        for _ in range(each):
            await log.append(ENTRY)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(waiting)))
    return waiting * each / (time.perf_counter() - began)


def main(rounds=5):
    for kind in (SqliteLog, SequencedLog):
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        log = kind(folder / "log.db", new_salt=lambda: os.urandom(32), year_key=YEAR_KEY)
        print(kind.__name__)
        measure(log, folder, rounds)
        log.close()


def measure(log, folder, rounds):
    for waiting in (1, 16, 64, 256):
        rates, ratios, own = [], [], []
        for _ in range(rounds):
            sync = floor(folder)
            each, before = max(20, 4000 // waiting), time.process_time()
            rate = uvloop.run(appends(log, waiting, each))
            own.append((time.process_time() - before) / (waiting * each) * 1e6)
            rates.append(rate)
            ratios.append(rate * sync)
        print(
            f"{waiting:>4} waiting  {spread(rates)} entries/s  {spread(ratios)} entries per fdatasync of this disk"
            f"  {spread(own)} us CPU an entry in this process"
        )


if __name__ == "__main__":
    main()
