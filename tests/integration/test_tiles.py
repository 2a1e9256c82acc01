"""Tiles in the log's file: kept by both writers in the entries' own commit, gone on from, and found out when spoilt."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.adapters.log import LogReader, OrderedLog, SequencedLog, SqliteLog
from gateway.adapters.log.chain import Chain
from gateway.contracts.faults import LogBroken
from gateway.domain.log_check import Verification
from gateway.domain.log_entry import Entry
from gateway.domain.merkle import leaf_hash, root_of
from gateway.domain.sealing import LARGEST_LEAF, SealedEntry, seal
from gateway.domain.tiles import HASH, TileNodes
from gateway.domain.tree_proofs import inclusion_proof, proves_inclusion
from gateway.flows.audit_check import check_log

KINDS: list[type[SequencedLog] | type[SqliteLog]] = [SqliteLog, SequencedLog]


def entries(first: int, count: int) -> list[Entry]:
    return [Entry({"v": 2, "n": n}, {"insz": []}) for n in range(first, first + count)]


def sealed(first: int, count: int) -> list[SealedEntry]:
    return [SealedEntry(b"%d" % n, bytes(32), None, None) for n in range(first, first + count)]


def checked(path: Path) -> Verification:
    reader = LogReader(path)
    try:
        return check_log(reader)
    finally:
        reader.close()


def altered(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 66,000 short entries: two full levels of tiles, and the beginning of a third."""
    file = tmp_path_factory.mktemp("log") / "log.db"
    chain = Chain(file)
    assert chain.write(sealed(1, 66_000)) == 1
    chain.close()
    return file


@pytest.fixture
def path(written: Path, tmp_path: Path) -> Path:
    """The same, to be spoilt."""
    return Path(shutil.copy(written, tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_both_writers_keep_tiles_and_go_on_from_them(
    kind: type[SequencedLog] | type[SqliteLog], tmp_path: Path
) -> None:
    file, size = tmp_path / "log.db", 0
    for count in (1, 254, 1, 1, 300, 211):
        log = OrderedLog(kind(file, new_salt=lambda: os.urandom(32)))
        log.append_all(entries(size, count))
        size += count
        leaves = log.reader.leaves(1, size)
        nodes = TileNodes(log.reader.tile, size)

        assert log.reader.head().root == root_of(leaves)
        for index in {0, size // 2, size - 1}:
            proof = inclusion_proof(index, size, nodes)
            assert proves_inclusion(
                leaf_hash(leaves[index]), index, size, proof, log.reader.head().root
            )
        assert check_log(log.reader).ok
        log.close()
    with sqlite3.connect(file) as connection:
        widths = connection.execute("SELECT level, number, length(hashes) / 32 FROM tile ORDER BY 1, 2").fetchall()  # fmt: skip
    connection.close()
    assert widths == [(0, 0, 256), (0, 1, 256), (0, 2, 256), (1, 0, 3)]


def test_tiles_hold_the_hashes_of_the_entries(path: Path) -> None:
    reader = LogReader(path)
    verdict = check_log(reader)

    assert verdict == Verification(ok=True, size=66_000, root=verdict.root)
    assert reader.tile(0, 257, 208)[-HASH:] == leaf_hash(b"66000")
    assert len(reader.tile(1, 1, 1)) == len(reader.tile(2, 0, 1)) == HASH
    assert reader.tile(1, 0, 256)[:HASH] == root_of([b"%d" % n for n in range(1, 257)])
    for missing in ((0, 258, 1), (0, 257, 256), (1, 1, 2), (2, 0, 2), (3, 0, 1)):
        with pytest.raises(LookupError):
            reader.tile(*missing)
    reader.close()


@pytest.mark.parametrize(
    ("level", "number", "hashed", "at"),
    [(0, 5, 10, 5 * 256 + 11), (0, 257, None, None), (1, 0, 0, 1), (1, 0, 2, 2 * 256 + 1),
     (1, 1, 0, 65_536 + 1), (2, 0, 0, 1)],
)  # fmt: skip
def test_x_10_a_flipped_bit_of_a_tile_is_found_and_its_place_told(
    path: Path, level: int, number: int, hashed: int | None, at: int | None
) -> None:
    with sqlite3.connect(path) as connection:
        where = (level, number)
        row = connection.execute("SELECT hashes FROM tile WHERE (level, number) = (?, ?)", where).fetchone()  # fmt: skip
        assert (row is None) == (hashed is None)  # what is not full stands in the entries alone
        if row is not None and hashed is not None:
            flipped = bytearray(row[0])
            flipped[hashed * HASH] ^= 1
            connection.execute("UPDATE tile SET hashes = ? WHERE (level, number) = (?, ?)", (bytes(flipped), *where))  # fmt: skip
    connection.close()

    verdict = checked(path)

    assert (verdict.ok, verdict.broken_at) == (at is None, at)
    assert ("tile" in verdict.detail) == (at is not None)


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("DELETE FROM tile WHERE level = 0 AND number = 100", 100 * 256 + 1),
        ("DELETE FROM tile WHERE level = 1 AND number = 1", 65_536 + 1),
        ("UPDATE tile SET hashes = CAST(substr(hashes, 1, 8160) AS BLOB) WHERE number = 9", 9 * 256 + 1),
    ],
)  # fmt: skip
def test_a_missing_or_shorter_tile_is_found(path: Path, statement: str, at: int) -> None:
    altered(path, statement)

    verdict = checked(path)

    assert (verdict.ok, verdict.broken_at) == (False, at)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE head SET root = zeroblob(32)",
        "UPDATE head SET size = size - 1",
        "DELETE FROM entry WHERE position = 65999",
        "UPDATE entry SET hash = zeroblob(32) WHERE position = 66000",
        "DELETE FROM tile WHERE level = 1 AND number = 1",
        "UPDATE tile SET hashes = zeroblob(32) WHERE level = 2",
    ],
)
def test_nothing_is_added_to_a_log_whose_end_does_not_add_up(path: Path, statement: str) -> None:
    altered(path, statement)

    with pytest.raises(LogBroken, match="does not add up"):
        Chain(path)


def test_a_command_says_so_and_where_to_look(tmp_path: Path) -> None:
    data = tmp_path / "space"
    data.mkdir()
    chain = Chain(data / "log.db")
    chain.write(sealed(1, 3))
    chain.close()
    altered(data / "log.db", "UPDATE head SET root = zeroblob(32)")
    ports = ("--http-port", "0", "--https-port", "0", "--sftp-port", "0")

    ran = subprocess.run(
        [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(data), *ports],
        capture_output=True, text=True, timeout=50, check=False,
    )  # fmt: skip

    assert ran.returncode == 4
    assert "magda-sim audit verify" in ran.stderr
    assert "Traceback" not in ran.stderr


CRASHING = """
import os, sys
from pathlib import Path
from gateway.adapters.log.chain import Chain
from gateway.domain.sealing import SealedEntry
class Deadly:
    "A connection that ends the process at the statement that is to come next."
    def __init__(self, inner, word): self.inner, self.word = inner, word
    def __getattr__(self, name): return getattr(self.inner, name)
    def execute(self, statement, *rest):
        if self.word in statement: os._exit(9)
        return self.inner.execute(statement, *rest)
    def executemany(self, statement, *rest):
        if self.word in statement: os._exit(9)
        return self.inner.executemany(statement, *rest)
chain = Chain(Path(sys.argv[1]))
chain.connection = Deadly(chain.connection, sys.argv[2])
chain.write([SealedEntry(b"%d" % n, bytes(32), b"{}", None, n) for n in range(1, 300)])
print("it went on")
"""


@pytest.mark.parametrize(
    "word",
    [
        "BEGIN",
        "INTO entry",
        "INTO private",
        "INTO subject_index",
        "INTO sequel",
        "INTO tile",
        "INTO head",
        "COMMIT",
    ],
)
def test_a_crash_between_entries_and_tiles_leaves_neither(tmp_path: Path, word: str) -> None:
    file = tmp_path / "log.db"
    chain = Chain(file)
    chain.write(sealed(1, 200))
    chain.close()

    ran = subprocess.run(
        [sys.executable, "-c", CRASHING, str(file), word], capture_output=True, check=False
    )

    assert (ran.returncode, ran.stdout) == (9, b"")
    assert checked(file).size == 200
    assert checked(file).ok
    chain = Chain(file)
    assert chain.write(sealed(201, 100)) == 201
    chain.close()
    assert checked(file).ok


def test_a_log_of_before_there_were_tiles_gets_them(path: Path) -> None:
    root = checked(path).root
    altered(path, "DROP TABLE tile", "ALTER TABLE head ADD COLUMN frontier BLOB")

    chain = Chain(path)
    assert chain.write(sealed(66_001, 1)) == 66_001
    chain.close()

    assert checked(path).ok
    assert checked(path).root != root


def test_an_entry_that_could_not_be_served_is_never_written() -> None:
    bare = len(seal(Entry({"v": 2, "x": ""}), bytes(32)).leaf)

    largest = seal(Entry({"v": 2, "x": "y" * (LARGEST_LEAF - bare)}), bytes(32))

    assert len(largest.leaf) == LARGEST_LEAF
    with pytest.raises(ValueError, match="too large"):
        seal(Entry({"v": 2, "x": "y" * (LARGEST_LEAF - bare + 1)}), bytes(32))
