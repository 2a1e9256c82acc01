"""Reads a log, also while a gateway writes it and from another process."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from gateway.adapters.log.schema import connect_reader
from gateway.adapters.log.tile_rows import tile_hashes
from gateway.domain.log_check import Head, StoredEntry

_CHUNK = 2_000


class LogReader:
    """Implements `gateway.ports.LogRecords` on the log's file."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_reader(path)
        self._lock = Lock()

    def head(self) -> Head:
        """Size and root as last written."""
        with self._lock:
            row = self._connection.execute("SELECT size, root FROM head").fetchone()
        return Head(*row) if row else Head.empty()

    def entries(self, first: int, last: int) -> Iterator[StoredEntry]:
        """The stored entries from one position to another, both included."""
        while first <= last:
            rows = self._chunk(first, min(last, first + _CHUNK - 1))
            if not rows:
                return
            yield from rows
            first = rows[-1].position + 1

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """The public part of the entries from one position to another: all that anybody may see."""
        with self._lock:
            rows = self._connection.execute(_LEAVES, (first, last)).fetchall()
        return [leaf for (leaf,) in rows]

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile.

        Raises:
            LookupError: they are not there.
        """
        with self._lock:
            return tile_hashes(self._connection, level, number, width)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _chunk(self, first: int, last: int) -> list[StoredEntry]:
        """Two walks side by side take less than a look-up of each entry's private row."""
        with self._lock:
            rows = self._connection.execute(_ENTRIES, (first, last)).fetchall()
            private = self._connection.execute(_PRIVATE, (first, last)).fetchall()
        kept = {position: rest for position, *rest in private}
        return [StoredEntry(*row, *kept.get(row[0], ())) for row in rows]


_LEAVES = "SELECT leaf FROM entry WHERE position BETWEEN ? AND ? ORDER BY position"
_ENTRIES = "SELECT position, leaf, hash FROM entry WHERE position BETWEEN ? AND ? ORDER BY position"
_PRIVATE = "SELECT position, salt, words, subjects FROM private WHERE position BETWEEN ? AND ?"
