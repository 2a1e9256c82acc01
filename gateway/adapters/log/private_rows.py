"""The private rows as erasure sees them: found by person or by age, marked, and gone from the file's bytes."""

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.adapters.log.schema import connect_reader, connect_writer
from gateway.contracts.faults import LogUnavailable
from gateway.domain.erasure import HeldRow
from gateway.domain.sealing import ERASED, without_subjects
from gateway.domain.subject_tags import pack_tags, tag_of

_WIDTH = 8
_PATIENCE_MS = 10_000
_ABOUT = """
SELECT position, leaf, words, subjects FROM private JOIN entry USING (position)
WHERE instr(words, :number) OR instr(subjects, :packed) ORDER BY position
"""
_ALL = "SELECT position, leaf FROM private JOIN entry USING (position) ORDER BY position"
_SUBJECTS = "SELECT salt, subjects FROM private WHERE position = ? AND subjects IS NOT NULL"


class SqlitePrivateRows:
    """Implements `gateway.ports.erasure.PrivateRows` on the log's file.

    Marking and erasing are two steps: rows go in the commit of the entry that says so, whichever process
    writes it, and what is marked without that entry stays. Persons are looked for in the rows themselves:
    who is to be forgotten must not depend on an index. `keys` are those of the index, by year.
    """

    def __init__(self, path: Path, keys: Callable[[], Mapping[str, bytes]]) -> None:
        self._path, self._keys = path, keys

    def about(self, number: str) -> Sequence[HeldRow]:
        """The rows that name a person, oldest first."""
        words = {"number": msgspec.json.encode(number), "packed": _packed(number)}
        with closing(connect_reader(self._path)) as connection:
            rows = connection.execute(_ABOUT, words).fetchall()
        return [_held(position, leaf) for position, leaf, *own in rows if _names(number, *own)]

    def until(self, at: datetime) -> Iterator[HeldRow]:
        """The rows of entries made until an instant, oldest first."""
        with closing(connect_reader(self._path)) as connection:
            for row in connection.execute(_ALL):
                held = _held(*row)
                if held.at > at:
                    return
                yield held

    def mark(self, positions: Iterable[int], number: str | None = None) -> None:
        """Mark rows for the next entry that erases; of a file with others in it only the one person.

        Raises:
            LogUnavailable: the file cannot be written.
        """
        try:
            with closing(connect_writer(self._path)) as connection:
                self._mark(connection, positions, number)
        except sqlite3.Error:
            raise LogUnavailable from None

    def sweep(self) -> bool:
        """Take what was erased out of the journal beside the file too; whether nobody stood in the way."""
        with closing(connect_writer(self._path)) as connection:
            connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MS}")
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def _mark(
        self, connection: sqlite3.Connection, positions: Iterable[int], number: str | None
    ) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM to_erase")
        tags = self._tags(number)
        marks = ((at, *_left_of(connection, at, number), tags) for at in positions)
        connection.executemany("INSERT INTO to_erase VALUES (?, ?, ?, ?)", list(marks))
        connection.execute("COMMIT")

    def _tags(self, number: str | None) -> bytes:
        if number is None:
            return b""
        return pack_tags(array("q", (tag_of(int(number), key) for key in self._keys().values())))


def _left_of(
    connection: sqlite3.Connection, position: int, number: str | None
) -> tuple[bytes | None, bytes | None]:
    """What is left of a file's row without one person; nothing where nobody else is in it."""
    row = connection.execute(_SUBJECTS, (position,)).fetchone()
    if number is None or row is None:
        return None, None
    salt, subjects = row
    salts, left = without_subjects(salt, subjects, {_packed(number)})
    return (salts, left) if left.strip(ERASED[:1]) else (None, None)


def _held(position: int, leaf: bytes) -> HeldRow:
    return HeldRow.of_leaf(position, msgspec.json.decode(leaf))


def _names(number: str, words: bytes | None, subjects: bytes | None) -> bool:
    """Whether a row names a person, and does not only look so."""
    if words is not None and number in msgspec.json.decode(words).get("insz", ()):
        return True
    packed = _packed(number)
    return subjects is not None and any(
        subjects[at : at + _WIDTH] == packed for at in _found(subjects, packed)
    )


def _found(subjects: bytes, packed: bytes) -> Iterator[int]:
    at = subjects.find(packed)
    while at >= 0:
        if at % _WIDTH == 0:
            yield at
        at = subjects.find(packed, at + 1)


def _packed(number: str) -> bytes:
    return int(number).to_bytes(_WIDTH, "big")
