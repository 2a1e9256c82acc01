"""Appends to logs of ten thousand to ten million entries: what they cost, and whether that stays.

The logs stand beside each other and take turns, so that what else the machine does falls on all of them; a
table without any index takes the same rows in each turn, as the floor.
"""

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from itertools import product
from pathlib import Path
from statistics import median

from harness import spread

from gateway.adapters.log.chain import Chain
from gateway.domain.sealing import SealedEntry

TURNS, ROUNDS = {1: 40, 16: 320, 64: 640}, 31
"""How many entries each log takes in its turn, by how many wait together."""
FLOOR = "CREATE TABLE row (leaf BLOB, hash BLOB, salt BLOB, words BLOB)"


def an_entry(number):
    """As long as a decision's while it is measured, about somebody else each; what fills the log is shorter."""
    tag = int.from_bytes(os.urandom(8), "big", signed=True)
    return SealedEntry(b"%0820d" % number, os.urandom(32), b"%0200d" % number, None, tag)


def fill(chain, size):
    """Entries without waiting for the disk, a hundred thousand at a time."""
    while chain.head.size < size:
        count = min(100_000, size - chain.head.size)
        first = chain.head.size
        chain.write(
            [
                SealedEntry(b"%0100d" % n, bytes(32), b"{}", None, hash(str(n)))
                for n in range(first, first + count)
            ]
        )


def grown(folder, sizes):
    """A log of each size: one grows, and is copied on the way."""
    path = folder / "log.db"
    for size in sizes:
        chain = Chain(path, is_lasting=False)
        fill(chain, size)
        chain.close()
        shutil.copy(path, folder / f"{size}.db")
    path.unlink()
    return {size: Chain(folder / f"{size}.db") for size in sizes}


def without_index(path):
    connection = sqlite3.connect(path, isolation_level=None)
    for one in ("PRAGMA journal_mode = WAL", FLOOR):
        connection.execute(one)
    return connection


def append_rows(floor, batch):
    floor.execute("BEGIN IMMEDIATE")
    rows = [(one.leaf, one.salt, one.salt, one.words) for one in batch]
    floor.executemany("INSERT INTO row VALUES (?, ?, ?, ?)", rows)
    floor.execute("COMMIT")


def timed(work, batches):
    """Microseconds of CPU an entry."""
    used = time.process_time()
    for batch in batches:
        work(batch)
    return (time.process_time() - used) / sum(map(len, batches)) * 1e6


def measured(logs, floor, waiting):
    """Each log's turn comes right after one of the floor, and no log is always the first."""
    cpu, bare, order = {size: [] for size in logs}, {size: [] for size in logs}, list(logs)
    for _ in range(ROUNDS):
        batches = [[an_entry(n) for n in range(waiting)] for _ in range(TURNS[waiting] // waiting)]
        order.append(order.pop(0))
        for size in order:
            bare[size].append(timed(lambda batch: append_rows(floor, batch), batches))
            cpu[size].append(timed(logs[size].write, batches))
    return cpu, bare


def told(cpu, bare):
    """CPU, its ratio to the floor, and to that of the smallest log in the same round."""
    smallest = cpu[min(cpu)]
    for size, own in cpu.items():
        beside = [one / other for one, other in zip(own, smallest, strict=True)]
        floor = median(own) / median(bare[size])
        print(f"{size:>10} entries: {spread(own)} us of CPU an entry, {floor:.2f} x the floor, {spread(beside)} x the smallest", flush=True)  # fmt: skip


def main(largest=10_000_000):
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    sizes = [size for size in (10**4, 10**5, 10**6, 10**7) if size <= largest]
    try:
        logs, floor = grown(folder, sizes), without_index(folder / "floor.db")
        for word, waiting in product(("FULL", "OFF"), TURNS):
            for one in (floor, *(chain.connection for chain in logs.values())):
                one.execute(f"PRAGMA synchronous = {word}")
            print(f"{waiting} waiting, synchronous = {word}")
            told(*measured(logs, floor, waiting))
        for one in (floor, *logs.values()):
            one.close()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
