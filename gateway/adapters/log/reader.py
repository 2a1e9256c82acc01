"""Reads a log, also while a gateway writes it and from another process."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock

from gateway.adapters.log.schema import connect_reader
from gateway.adapters.log.tile_rows import tile_hashes
from gateway.domain.log_check import Head, StoredEntry, StoredPage
from gateway.domain.tiles import WIDTH

_PAGE = 2 * WIDTH
"""How many entries are read at a time: whole tiles, and no more than the processor keeps at hand."""


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
        for page in self.pages(first, last):
            yield from page.entries()

    def pages(self, first: int, last: int) -> Iterator[StoredPage]:
        """The same, many together."""
        while first <= last:
            page = self._page(first, min(last, first + _PAGE - 1))
            if page is None:
                return
            yield page
            first = page.positions[-1] + 1

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

    def _page(self, first: int, last: int) -> StoredPage | None:
        """Two walks side by side take less than a look-up of each entry's private row."""
        with self._lock:
            rows = self._connection.execute(_ENTRIES, (first, last)).fetchall()
            private = self._connection.execute(_PRIVATE, (first, last)).fetchall()
        if not rows:
            return None
        positions, leaves, hashes = zip(*rows, strict=True)
        return StoredPage(positions, leaves, hashes, {row[0]: row[1:] for row in private})


_LEAVES = "SELECT leaf FROM entry WHERE position BETWEEN ? AND ? ORDER BY position"
_ENTRIES = "SELECT position, leaf, hash FROM entry WHERE position BETWEEN ? AND ? ORDER BY position"
_PRIVATE = "SELECT position, salt, words, subjects FROM private WHERE position BETWEEN ? AND ?"
