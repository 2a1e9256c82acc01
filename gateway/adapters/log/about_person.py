"""Entries about a person, as the index of persons leads to them and while their private rows stand."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.adapters.log.schema import connect_reader
from gateway.adapters.log.sequels import sequels
from gateway.adapters.log.subject_index import positions_about
from gateway.domain.citizen_view import Logged
from gateway.domain.log_entry import EventKind
from gateway.domain.subject_tags import tag_of

Keys = Callable[[], Mapping[str, bytes]]
"""Gives the keys of the index, by year."""
_ENTRY = "SELECT leaf, words FROM entry JOIN private USING (position) WHERE position = ?"


class Row(NamedTuple):
    """An entry, and the words that were kept apart from it."""

    position: int
    leaf: Mapping[str, Any]
    words: Mapping[str, Any]

    @property
    def decision(self) -> str:
        """`D-18`."""
        return f"D-{self.position}"


def rows_about(connection: sqlite3.Connection, numbers: Sequence[str], keys: Keys) -> Sequence[Row]:
    """The entries about somebody who has these numbers, oldest first."""
    tags = [tag_of(int(number), key) for number in numbers for key in keys().values()]
    rows = (_row(connection, position) for position in positions_about(connection, tags))
    return [row for row in rows if row is not None]


def lost_since(connection: sqlite3.Connection, position: int) -> frozenset[str]:
    """The decisions whose answer could not be handed over, as was entered after a position."""
    return frozenset(
        leaf["decision"] for _, leaf in sequels(connection, EventKind.NOT_DELIVERED, position)
    )


class SqliteSubjectHistory:
    """Implements `gateway.ports.citizens.SubjectHistory` on the log's file.

    Every question opens the file for itself, so it may be asked on any thread.
    """

    def __init__(self, path: Path, keys: Keys) -> None:
        self._path, self._keys = path, keys

    def about(self, numbers: Sequence[str]) -> Sequence[Logged]:
        """The entries about a person, and those that say that a file with them was handed out again."""
        with closing(connect_reader(self._path)) as connection:
            rows = rows_about(connection, numbers, self._keys)
            if not rows:
                return []
            lost = lost_since(connection, rows[0].position)
            again = list(_again(connection, rows))
        found = [Logged(one.position, one.leaf, is_lost=one.decision in lost) for one in rows]
        return sorted([*found, *again], key=lambda one: one.position)


def _again(connection: sqlite3.Connection, rows: Sequence[Row]) -> Iterator[Logged]:
    files = {row.decision: row.leaf for row in rows}
    for at, leaf in sequels(connection, EventKind.FILE_REDELIVERED, rows[0].position):
        if leaf["decision"] in files:
            yield Logged(at, leaf, repeats=files[leaf["decision"]])


def _row(connection: sqlite3.Connection, position: int) -> Row | None:
    """An entry; where its private row was erased, it is nobody's any more."""
    found = connection.execute(_ENTRY, (position,)).fetchone()
    if found is None:
        return None
    leaf, words = found
    return Row(position, msgspec.json.decode(leaf), msgspec.json.decode(words) if words else {})
