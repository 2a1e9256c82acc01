"""The journal on disk: a bounded table that follows the log, and can be asked."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Self

import msgspec

from gateway.adapters.log.reader import LogReader
from gateway.adapters.sqlite_file import as_wal, begin_file, pace
from gateway.adapters.still import Still
from gateway.contracts.faults import LogUnavailable
from gateway.domain.journal import Noted, noted

NAME = "journal.db"
BY_VALUE = Noted._fields[2:]
"""What can be asked for by its value, and counted by: all but position and instant."""
_CHUNK = 250
"""Small, so that requests meanwhile hardly wait for the interpreter."""
_NO_END = 2**62
_COLUMNS = ", ".join(Noted._fields)
_SCHEMA = f"""
CREATE TABLE item (
    n INTEGER PRIMARY KEY,
    position INTEGER NOT NULL,
    at TEXT NOT NULL,
    {", ".join(f"{name} TEXT" for name in BY_VALUE)}
) STRICT;
CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    last INTEGER NOT NULL,
    cleared INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES (1, 0, 0, 0);
"""  # noqa: S608  constants
_INSERT = f"INSERT INTO item (n, {_COLUMNS}) VALUES (?, {', '.join('?' * len(Noted._fields))})"  # noqa: S608  constants
_DROPPED = """
SELECT coalesce((SELECT min(n) FROM item) - 1, last) - cleared FROM head
"""


class _Words(msgspec.Struct):
    """Implements `gateway.domain.journal.Words`; whatever else an entry says is skipped unread."""

    e: str
    at: str
    credential: str | None = None
    user: str | None = None
    party: str | None = None
    unit: str | None = None
    channel: str | None = None
    listener: str | None = None
    service: str | None = None
    flow: str | None = None
    protocol: str | None = None
    outcome: str | None = None
    reasons: tuple[str, ...] = ()
    file: str | None = None


_words = msgspec.json.Decoder(_Words).decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items are asked for: words by value, instants (ISO 8601, both included), positions in the log."""

    words: Mapping[str, str] = field(default_factory=dict)
    since: str | None = None
    until: str | None = None
    positions: Collection[int] | None = None

    def where(self) -> tuple[str, list[Any]]:
        """The condition in SQL, and its values. Instants are compared as such: offsets differ over a year."""
        parts = [(f"{name} = ?", value) for name, value in self.words.items()]
        parts += [("julianday(at) >= julianday(?)", self.since)] if self.since else []
        parts += [("julianday(at) <= julianday(?)", self.until)] if self.until else []
        if self.positions is not None:
            listed = json.dumps(sorted(self.positions))
            parts.append(("position IN (SELECT value FROM json_each(?))", listed))
        return " AND ".join(["1", *(text for text, _ in parts)]), [value for _, value in parts]


ALL = Wanted()


class Item(NamedTuple):
    """A row with its number in the journal, which goes on when old ones are dropped."""

    n: int
    noted: Noted


class Journal:
    """A table of at most `most` items. It takes what the log has since, when it is told to or asked.

    `position` is that of the last entry that it has seen.

    It holds no word that a public entry does not have, and can be made again from the log. So it waits
    for no disk, and a killed process loses nothing of it.
    """

    def __init__(self, connection: sqlite3.Connection, records: LogReader, most: int) -> None:
        self._connection, self._records, self._most = connection, records, most
        self._lock = Lock()
        (self.position,) = connection.execute("SELECT position FROM head").fetchone()

    @classmethod
    def opened(cls, path: Path, records: LogReader, most: int) -> Self:
        """The journal of a running space."""
        if not path.exists():
            begin_file(path, as_wal(_empty()), is_lasting=False)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute(pace(is_lasting=False))
        return cls(connection, records, most)

    @classmethod
    def copied(cls, path: Path, records: LogReader) -> Self:
        """A copy in memory of the journal as it lies there, to read beside whoever writes it."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        if path.exists():
            with closing(Still.found(path).connect()) as found:
                found.backup(connection)
        else:
            connection.executescript(_SCHEMA)
        return cls(connection, records, _NO_END)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def catch_up(self) -> None:
        """Take in what became durable in the log since, and let go of what is too much."""
        with self._lock:
            for last in iter(self._take_chunk, None):
                self.position = last

    def page(self, wanted: Wanted, after: int, limit: int) -> Sequence[Item]:
        """The items behind a number, oldest first."""
        where, values = wanted.where()
        query = f"SELECT n, {_COLUMNS} FROM item WHERE n > ? AND {where} ORDER BY n LIMIT ?"  # noqa: S608  constants
        return [Item(n, Noted(*row)) for n, *row in self._ask(query, [after, *values, limit])]

    def last(self, wanted: Wanted, limit: int) -> Sequence[Item]:
        """The newest items, oldest first."""
        where, values = wanted.where()
        query = f"SELECT n, {_COLUMNS} FROM item WHERE {where} ORDER BY n DESC LIMIT ?"  # noqa: S608  constants
        return [Item(n, Noted(*row)) for n, *row in self._ask(query, [*values, limit])][::-1]

    def find(self, n: int) -> Item | None:
        """The item of a number, if it is kept."""
        return next((one for one in self.page(ALL, n - 1, 1) if one.n == n), None)

    def counts(
        self, wanted: Wanted, by: Sequence[str]
    ) -> Sequence[tuple[tuple[str | None, ...], int]]:
        """How many items there are of each kind of value in these columns, most first."""
        where, values = wanted.where()
        names = "".join(f"{name}, " for name in by)
        grouped = f"GROUP BY {', '.join(by)} ORDER BY 2 DESC" if by else ""
        query = f"SELECT {names}count(*) AS many FROM item WHERE {where} {grouped}"  # noqa: S608  constants
        rows = [(tuple(row[:-1]), row[-1]) for row in self._ask(query, values)]
        return sorted(rows, key=lambda row: (-row[1], [word or "" for word in row[0]]))

    def dropped(self) -> int:
        """How many items had to go because there were too many."""
        return int(self._ask(_DROPPED, [])[0][0])

    def clear(self) -> None:
        """Begin anew; numbers go on, and what goes now counts as nothing dropped."""
        self.catch_up()
        with self._lock, self._connection as connection:
            connection.execute("DELETE FROM item")
            connection.execute("UPDATE head SET cleared = last")

    def _ask(self, query: str, values: Sequence[Any]) -> list[Any]:
        """The rows of a query.

        Raises:
            LogUnavailable: the journal cannot take in what is new, so it would not tell the whole.
        """
        try:
            self.catch_up()
        except sqlite3.OperationalError:
            raise LogUnavailable from None
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _take_chunk(self) -> int | None:
        """Take in some entries; the position of the last one, `None` where there is none."""
        first = self.position + 1
        leaves = self._records.leaves(first, first + _CHUNK - 1)
        if not leaves:
            return None
        last: int = first + len(leaves) - 1
        self._connection.execute("BEGIN")
        with self._connection as connection:
            (count,) = connection.execute("SELECT last FROM head").fetchone()
            rows = [(n, *one) for n, one in enumerate(_rows(first, leaves), count + 1)]
            connection.executemany(_INSERT, rows)
            newest = count + len(rows)
            connection.execute("DELETE FROM item WHERE n <= ?", (newest - self._most,))
            connection.execute("UPDATE head SET position = ?, last = ?", (last, newest))
        return last


def _rows(first: int, leaves: Sequence[bytes]) -> Iterator[Noted]:
    for position, leaf in enumerate(leaves, first):
        one = noted(position, _words(leaf))
        if one is not None:
            yield one


@cache
def _empty() -> bytes:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        connection.executescript(_SCHEMA)
        return connection.serialize()
