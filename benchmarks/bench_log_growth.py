"""Appends to one log as it grows from ten thousand to ten million entries: what they cost, and whether that stays."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from harness import spread

from gateway.adapters.log.chain import Chain
from gateway.domain.sealing import SealedEntry

BATCH, ROUNDS, PER_ROUND = 64, 9, 50


def an_entry(number):
    """As long as a decision's leaf is while it is measured; what fills the log is shorter."""
    tag = int.from_bytes(os.urandom(8), "big", signed=True)
    return SealedEntry(b"%01280d" % number, os.urandom(32), b"%0200d" % number, None, tag)


def fill(chain, size):
    """Entries without waiting for the disk, a hundred thousand at a time."""
    chain.connection.execute("PRAGMA synchronous = OFF")
    while chain.head.size < size:
        count = min(100_000, size - chain.head.size)
        first = chain.head.size
        chain.write(
            [
                SealedEntry(b"%0100d" % n, bytes(32), b"{}", None, hash(str(n)))
                for n in range(first, first + count)
            ]
        )
    chain.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    chain.connection.execute("PRAGMA synchronous = FULL")


def measured(chain):
    """Microseconds an entry, by the clock and of CPU."""
    wall, cpu = [], []
    batch = [an_entry(n) for n in range(BATCH)]
    for _ in range(ROUNDS):
        began, used = time.perf_counter(), time.process_time()
        for _ in range(PER_ROUND):
            assert chain.write(batch) is not None
        wall.append((time.perf_counter() - began) / (BATCH * PER_ROUND) * 1e6)
        cpu.append((time.process_time() - used) / (BATCH * PER_ROUND) * 1e6)
    return wall, cpu


def main(largest=10_000_000):
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    chain, size = Chain(folder / "log.db"), 10_000
    try:
        while size <= largest:
            fill(chain, size)
            wall, cpu = measured(chain)
            print(
                f"{size:>10} entries: {spread(wall)} us an entry, {spread(cpu)} us of CPU",
                flush=True,
            )
            size *= 10
    finally:
        chain.close()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
