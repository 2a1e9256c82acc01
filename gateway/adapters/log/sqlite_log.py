"""The log's writer: whatever one pass of the event loop brings together is committed at once."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.schema import connect_writer
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Entry
from gateway.domain.merkle import Frontier, leaf_hash
from gateway.domain.sealing import SealedEntry, seal

_LOG = logging.getLogger(__name__)
_HASH = 32


@dataclass(slots=True)
class _Gathering:
    """What the present pass of one event loop has brought so far."""

    entries: list[SealedEntry] = field(default_factory=list)
    futures: list[asyncio.Future[int | None]] = field(default_factory=list)


class SqliteLog:
    """Implements `gateway.ports.DecisionLog` on one SQLite file.

    INVARIANT: a waiter gets its position only after the commit that holds its entry. There is no
    waiting window: the entries of all requests that one pass of the event loop handles are committed
    together at its end, in that thread (ADR 0013 tells why not in another).
    """

    def __init__(self, path: Path, *, new_salt: Callable[[], bytes]) -> None:
        self._new_salt = new_salt
        self._connection = connect_writer(path)
        self._frontier = _stored_frontier(self._connection)
        self.reader = LogReader(path)
        self._lock = threading.Lock()
        self._gathering: dict[asyncio.AbstractEventLoop, _Gathering] = {}
        self._closed = False

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return self._frontier.size

    def root(self) -> bytes:
        """The root over the durable entries."""
        return self._frontier.root()

    def head(self) -> tuple[int, bytes]:
        """Size and root of what is durable, taken together."""
        frontier = self._frontier
        return frontier.size, frontier.root()

    async def append(self, entry: Entry) -> int:
        """Append one entry; its position once it is durable.

        Raises:
            LogUnavailable: it could not be made durable.
        """
        loop = asyncio.get_running_loop()
        gathering = self._gathering.get(loop)
        if gathering is None:
            gathering = self._gathering[loop] = _Gathering()
            loop.call_soon(self._commit_gathered, loop)
        future: asyncio.Future[int | None] = loop.create_future()
        gathering.entries.append(seal(entry, self._new_salt()))
        gathering.futures.append(future)
        position = await future
        if position is None:
            raise LogUnavailable
        return position

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Append several entries, all or none; blocks the calling thread.

        Raises:
            LogUnavailable: they could not be made durable.
        """
        first = self._write([seal(entry, self._new_salt()) for entry in entries])
        if first is None:
            raise LogUnavailable
        return range(first, first + len(entries))

    def close(self) -> None:
        """Let go of the file; later appends find the log unavailable."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.reader.close()  # the writer is the last to go, and merges what waits beside the file
            self._connection.close()

    def _commit_gathered(self, loop: asyncio.AbstractEventLoop) -> None:
        gathering = self._gathering.pop(loop)
        first = self._write(gathering.entries)
        for offset, future in enumerate(gathering.futures):
            if not future.done():
                future.set_result(None if first is None else first + offset)

    def _write(self, entries: Sequence[SealedEntry]) -> int | None:
        """Commit entries; the first one's position, or `None` if nothing of them was written."""
        with self._lock:
            if self._closed:
                return None
            grown = self._frontier.copy()
            first = grown.size + 1
            hashes = [leaf_hash(entry.leaf) for entry in entries]
            for hashed in hashes:
                grown.append(hashed)
            try:
                self._commit(first, entries, hashes, grown)
            except sqlite3.Error as error:
                _LOG.error("the log cannot be written: %s", error)
                return None
            self._frontier = grown
            return first

    def _commit(
        self, first: int, entries: Sequence[SealedEntry], hashes: Sequence[bytes], grown: Frontier
    ) -> None:
        positions = range(first, first + len(entries))
        execute, execute_many = self._connection.execute, self._connection.executemany
        try:
            execute("BEGIN IMMEDIATE")
            execute_many(
                "INSERT INTO entry VALUES (?, ?, ?)",
                [(at, e.leaf, h) for at, e, h in zip(positions, entries, hashes, strict=True)],
            )
            execute_many(
                "INSERT INTO private VALUES (?, ?, ?, ?)",
                [
                    (at, e.salt, e.words, e.subjects)
                    for at, e in zip(positions, entries, strict=True)
                    if e.words is not None or e.subjects is not None
                ],
            )
            execute(
                "INSERT OR REPLACE INTO head VALUES (1, ?, ?, ?)",
                (grown.size, grown.root(), b"".join(grown.hashes)),
            )
            execute("COMMIT")
        except sqlite3.Error:
            if self._connection.in_transaction:
                execute("ROLLBACK")
            raise


def _stored_frontier(connection: sqlite3.Connection) -> Frontier:
    row = connection.execute("SELECT size, frontier FROM head").fetchone()
    if row is None:
        return Frontier()
    size, packed = row
    return Frontier(size, [packed[i : i + _HASH] for i in range(0, len(packed), _HASH)])
