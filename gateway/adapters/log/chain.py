"""The log's own file and the tree over it: whoever holds a `Chain` is the one that appends."""

import logging
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from gateway.adapters.log.erasing import ERASES, erase_marked
from gateway.adapters.log.many_rows import put_rows
from gateway.adapters.log.schema import connect_writer, put_tiles
from gateway.adapters.log.sequels import note_sequels, without_private
from gateway.adapters.log.subject_index import index_subjects
from gateway.adapters.log.tile_rows import stored_tree
from gateway.adapters.sqlite_file import pace
from gateway.contracts.faults import LogBroken, LogUnavailable
from gateway.domain.log_check import Head
from gateway.domain.merkle import leaf_hash
from gateway.domain.sealing import SealedEntry
from gateway.domain.tiles import Tile, TiledTree

_LOG = logging.getLogger(__name__)


class Chain:
    """Commits sealed entries. One thread at a time; one at a time over all processes.

    INVARIANT: `head` is that of the last commit. The tree in memory is that of the last commit too, or
    there is none because a commit failed; then it is read again.

    Raises:
        LogBroken: at the start, when the file's last tiles do not add up to its root.
        LogUnavailable: at the start, when the file cannot be had.
    """

    def __init__(self, path: Path, *, is_lasting: bool = True) -> None:
        try:
            self.connection = connect_writer(path, is_lasting=is_lasting)
            tree = stored_tree(self.connection)
        except sqlite3.Error as error:
            _LOG.error("the log %s cannot be opened: %s", path, error)
            raise LogUnavailable from None
        self._tree: TiledTree | None = tree
        self.head = Head(tree.size, tree.root())

    def write(self, entries: Sequence[SealedEntry]) -> int | None:
        """Commit entries; the first one's position, or `None` if nothing of them was written."""
        try:
            return self._write(entries)
        except (sqlite3.Error, LogBroken) as error:
            _LOG.error("the log cannot be written: %s", error)
            return None

    def set_pace(self, *, is_lasting: bool) -> None:
        """Wait for the disk from now on, or no longer."""
        self.connection.execute(pace(is_lasting=is_lasting))

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _write(self, entries: Sequence[SealedEntry]) -> int:
        tree, self._tree = self._tree or stored_tree(self.connection), None
        first = tree.size + 1
        hashes = [leaf_hash(entry.leaf) for entry in entries]
        tiles = tree.extend(hashes)
        head = Head(tree.size, tree.root())
        self._commit(first, entries, hashes, tiles, head)
        self._tree, self.head = tree, head
        return first

    def _commit(
        self,
        first: int,
        entries: Sequence[SealedEntry],
        hashes: Sequence[bytes],
        tiles: Sequence[Tile],
        head: Head,
    ) -> None:
        execute = self.connection.execute
        try:
            execute("BEGIN IMMEDIATE")
            put_rows(
                self.connection,
                "entry",
                [
                    (at, entry.leaf, hashed)
                    for at, (entry, hashed) in enumerate(zip(entries, hashes, strict=True), first)
                ],
            )
            put_rows(
                self.connection,
                "private",
                [
                    (at, e.salt, e.words, e.subjects)
                    for at, e in enumerate(entries, first)
                    if e.words is not None or e.subjects is not None
                ],
            )
            index_subjects(self.connection, first, entries)
            leaves = without_private(first, entries)
            note_sequels(self.connection, leaves)
            if any(ERASES in leaf for _, leaf in leaves):
                erase_marked(self.connection)
            if tiles:
                put_tiles(self.connection, tiles)
            execute("INSERT OR REPLACE INTO head VALUES (1, ?, ?)", (head.size, head.root))
            execute("COMMIT")
        except sqlite3.Error:
            if self.connection.in_transaction:
                execute("ROLLBACK")
            raise
