"""Proofs at ten million entries, the check of a million, and what an entry takes on disk and in memory."""

import os
import random
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from harness import spread

from gateway.adapters.log.chain import Chain
from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.schema import put_tiles
from gateway.domain.log_entry import Entry
from gateway.domain.sealing import seal
from gateway.domain.tiles import HASH, WIDTH, TiledTree, TileNodes, split_hashes
from gateway.domain.tree_proofs import consistency_proof, inclusion_proof, proves_inclusion
from gateway.flows.audit_check import check_log

PRIVATE = {"insz": ["12631400209"], "actor": None, "case": None, "reference": "r-1", "answer": "y" * 64}  # fmt: skip
BATCH, ROUNDS = 5_000, 5


def grown(folder, size):
    """A log of which there are only the tiles, over leaf hashes by chance, and the last entries."""
    chain, tree = Chain(folder / "log.db"), TiledTree()
    execute = chain.connection.execute
    execute("PRAGMA synchronous = OFF")
    execute("BEGIN")
    for _ in range(size // WIDTH):
        put_tiles(chain.connection, tree.extend(split_hashes(os.urandom(WIDTH * HASH))))
    rest = split_hashes(os.urandom(size % WIDTH * HASH))
    put_tiles(chain.connection, tree.extend(rest))
    rows = [(at, b"x" * 900, one) for at, one in enumerate(rest, size - len(rest) + 1)]
    chain.connection.executemany("INSERT INTO entry VALUES (?, ?, ?)", rows)
    execute("INSERT INTO head VALUES (1, ?, ?)", (size, tree.root()))
    execute("COMMIT")
    chain.close()
    return tree.root()


def timed(work, count):
    """Microseconds a piece: each by the clock, and all of CPU."""
    used, each = time.process_time(), []
    for _ in range(count):
        began = time.perf_counter()
        work()
        each.append((time.perf_counter() - began) * 1e6)
    return sorted(each), (time.process_time() - used) / count * 1e6


def proofs(size, count=2_000):
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    root, dice = grown(folder, size), random.Random(1)
    reader = LogReader(folder / "log.db")
    direct = sqlite3.connect(folder / "log.db")

    def one_tile():
        number = dice.randrange(size // WIDTH)
        direct.execute("SELECT hashes FROM tile WHERE level = 0 AND number = ?", (number,)).fetchone()  # fmt: skip

    def inclusion():
        return inclusion_proof(dice.randrange(size), size, TileNodes(reader.tile, size))

    def consistency():
        return consistency_proof(dice.randrange(1, size), size, TileNodes(reader.tile, size))

    for index in (0, size // 2, size - 1):
        nodes = TileNodes(reader.tile, size)
        leaf = nodes(0, index)
        assert proves_inclusion(leaf, index, size, inclusion_proof(index, size, nodes), root)
    for name, work in (("one tile read", one_tile), ("inclusion proof", inclusion), ("consistency proof", consistency)):  # fmt: skip
        timed(work, 200)
        each, cpu = timed(work, count)
        told = ", ".join(f"p{p} {each[len(each) * p // 100]:.0f}" for p in (50, 99))
        print(f"{name} of {size}: {told} us; {cpu:.0f} us CPU", flush=True)
    reader.close()
    shutil.rmtree(folder)


def check(size):
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    path, chain = folder / "log.db", Chain(folder / "log.db")
    chain.connection.execute("PRAGMA synchronous = OFF")
    entries = (seal(Entry({"v": 2, "e": "decision", "n": n, "text": "x" * 700}, PRIVATE), os.urandom(32)) for n in range(size))  # fmt: skip
    for _ in range(size // BATCH):
        assert chain.write([next(entries) for _ in range(BATCH)]) is not None
    chain.close()
    print(f"{size} entries: {path.stat().st_size / size:.0f} bytes an entry on disk")
    measured("with every private row", path)
    with sqlite3.connect(path) as connection:
        leaves = connection.execute("SELECT sum(length(leaf)) FROM entry").fetchone()[0]
        tiles = connection.execute("SELECT sum(length(hashes)) FROM tile").fetchone()[0]
        connection.execute("DELETE FROM private")
    connection.close()
    print(f"of which leaf {leaves / size:.0f}, tiles {tiles / size:.0f}")
    measured("public part (private rows erased)", path)
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")  # fmt: skip
    shutil.rmtree(folder)


def measured(name, path):
    """The check beside reading every leaf and hashing it once."""
    wall, cpu, ratio = [], [], []
    for _ in range(ROUNDS):
        reader = LogReader(path)
        size = reader.head().size
        began, used = time.perf_counter(), time.process_time()
        assert check_log(reader).ok
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
        reader.close()
        connection = sqlite3.connect(path)
        used = time.process_time()
        for (leaf,) in connection.execute("SELECT leaf FROM entry"):
            sha256(b"\0" + leaf).digest()
        ratio.append(cpu[-1] / (time.process_time() - used))
        connection.close()
    print(f"check of {size}, {name}: {spread(wall)} s, {spread(cpu)} s CPU, {spread(ratio)} x reading and hashing each leaf", flush=True)  # fmt: skip


def main(large=10_000_000, many=1_000_000):
    proofs(large)
    check(many)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
