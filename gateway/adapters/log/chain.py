"""The log's own file and the tree over it: whoever holds a `Chain` is the one that appends."""

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.adapters.log.schema import connect_writer
from gateway.domain.merkle import Frontier, leaf_hash
from gateway.domain.sealing import SealedEntry

_LOG = logging.getLogger(__name__)
_HASH = 32


class Chain:
    """Commits sealed entries. One thread at a time; one at a time over all processes.

    INVARIANT: `frontier` is that of the last commit.
    """

    def __init__(self, path: Path) -> None:
        self.connection = connect_writer(path)
        self.frontier = _stored_frontier(self.connection)

    def write(self, entries: Sequence[SealedEntry]) -> int | None:
        """Commit entries; the first one's position, or `None` if nothing of them was written."""
        grown = self.frontier.copy()
        first = grown.size + 1
        hashes = [leaf_hash(entry.leaf) for entry in entries]
        for hashed in hashes:
            grown.append(hashed)
        try:
            self._commit(first, entries, hashes, grown)
        except sqlite3.Error as error:
            _LOG.error("the log cannot be written: %s", error)
            return None
        self.frontier = grown
        return first

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _commit(
        self, first: int, entries: Sequence[SealedEntry], hashes: Sequence[bytes], grown: Frontier
    ) -> None:
        execute, execute_many = self.connection.execute, self.connection.executemany
        try:
            execute("BEGIN IMMEDIATE")
            execute_many(
                "INSERT INTO entry VALUES (?, ?, ?)",
                [
                    (at, entry.leaf, hashed)
                    for at, (entry, hashed) in enumerate(zip(entries, hashes, strict=True), first)
                ],
            )
            execute_many(
                "INSERT INTO private VALUES (?, ?, ?, ?)",
                [
                    (at, e.salt, e.words, e.subjects)
                    for at, e in enumerate(entries, first)
                    if e.words is not None or e.subjects is not None
                ],
            )
            execute(
                "INSERT OR REPLACE INTO head VALUES (1, ?, ?, ?)",
                (grown.size, grown.root(), b"".join(grown.hashes)),
            )
            execute("COMMIT")
        except sqlite3.Error:
            if self.connection.in_transaction:
                execute("ROLLBACK")
            raise


def _stored_frontier(connection: sqlite3.Connection) -> Frontier:
    row = connection.execute("SELECT size, frontier FROM head").fetchone()
    if row is None:
        return Frontier()
    size, packed = row
    return Frontier(size, [packed[i : i + _HASH] for i in range(0, len(packed), _HASH)])
