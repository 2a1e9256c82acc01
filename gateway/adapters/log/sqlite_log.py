"""The log's writer: whatever one pass of the event loop brings together is committed at once."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.adapters.log.chain import Chain
from gateway.adapters.log.reader import LogReader
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Entry
from gateway.domain.sealing import SealedEntry, seal
from gateway.domain.subject_tags import YearKey, no_key


@dataclass(slots=True)
class _Gathering:
    """What the present pass of one event loop has brought so far."""

    entries: list[SealedEntry] = field(default_factory=list)
    futures: list[asyncio.Future[int | None]] = field(default_factory=list)
    first: int | None = None
    is_over: bool = False

    async def place(self, offset: int) -> int | None:
        """Where an entry came to stand, once that is known: at the end of the pass."""
        while not self.is_over:  # noqa: ASYNC110  what ends the pass stands in line already
            await asyncio.sleep(0)
        return None if self.first is None else self.first + offset


class SqliteLog:
    """Implements `gateway.ports.DecisionLog` on one SQLite file.

    INVARIANT: a waiter gets its position only after the commit that holds its entry. There is no
    waiting window: the entries of all requests that one pass of the event loop handles are committed
    together at its end, in that thread (ADR 0013 tells why not in another).
    """

    def __init__(
        self,
        path: Path,
        *,
        new_salt: Callable[[], bytes],
        year_key: YearKey = no_key,
        is_lasting: bool = True,
    ) -> None:
        self._new_salt, self._year_key = new_salt, year_key
        self._chain = Chain(path, is_lasting=is_lasting)
        self.reader = LogReader(path)
        self._lock = threading.Lock()
        self._gathering: dict[asyncio.AbstractEventLoop, _Gathering] = {}
        self._closed = False

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return self._chain.head.size

    async def append(self, entry: Entry) -> int:
        """Append one entry; its position once it is durable, also for whoever is told to stop meanwhile.

        Raises:
            LogUnavailable: it could not be made durable.
        """
        loop = asyncio.get_running_loop()
        gathering = self._gathering.get(loop)
        if gathering is None:
            gathering = self._gathering[loop] = _Gathering()
            loop.call_soon(self._commit_gathered, loop)
        future: asyncio.Future[int | None] = loop.create_future()
        offset = len(gathering.entries)
        gathering.entries.append(seal(entry, self._new_salt(), self._year_key))
        gathering.futures.append(future)
        try:
            position = await future
        except asyncio.CancelledError:
            position = await gathering.place(offset)
        if position is None:
            raise LogUnavailable
        return position

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Append several entries, all or none; blocks the calling thread.

        Raises:
            LogUnavailable: they could not be made durable.
        """
        first = self._write([seal(entry, self._new_salt(), self._year_key) for entry in entries])
        if first is None:
            raise LogUnavailable
        return range(first, first + len(entries))

    def set_pace(self, *, is_lasting: bool) -> None:
        """Wait for the disk from now on, or no longer."""
        with self._lock:
            self._chain.set_pace(is_lasting=is_lasting)

    def close(self) -> None:
        """Let go of the file; later appends find the log unavailable."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.reader.close()  # the writer is the last to go, and merges what waits beside the file
            self._chain.close()

    def _commit_gathered(self, loop: asyncio.AbstractEventLoop) -> None:
        gathering = self._gathering.pop(loop)
        first = gathering.first = self._write(gathering.entries)
        gathering.is_over = True
        for offset, future in enumerate(gathering.futures):
            if not future.done():
                future.set_result(None if first is None else first + offset)

    def _write(self, entries: Sequence[SealedEntry]) -> int | None:
        """Commit entries; the first one's position, or `None` if nothing of them was written."""
        with self._lock:
            return None if self._closed else self._chain.write(entries)
