"""Entries that nobody waits for: they stand before the next that somebody waits for, in one commit with it."""

import contextlib
from collections.abc import Sequence
from threading import Lock
from time import perf_counter

from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.sequenced_log import SequencedLog
from gateway.adapters.log.sqlite_log import SqliteLog
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Entry
from gateway.ports.operation import Unwatched, Watch

_MOST_WAITING = 10_000


class OrderedLog:
    """Implements `gateway.ports.DecisionLog` before one of the writers, with `append_soon`.

    The watch is told of whatever became durable, and of what could not be made so.

    INVARIANT: entries stand in the order in which they were handed over, whoever waits for theirs.
    """

    def __init__(self, inner: SqliteLog | SequencedLog, watch: Watch | None = None) -> None:
        self.inner = inner
        self._watch = watch or Unwatched()
        self._soon: list[Entry] = []
        self._lock = Lock()

    @property
    def reader(self) -> LogReader:
        """The log as a checker reads it: what is durable."""
        return self.inner.reader

    @property
    def size(self) -> int:
        """How many entries are durable."""
        return self.inner.size

    @property
    def waiting(self) -> int:
        """How many entries nobody waits for, and are not durable yet."""
        return len(self._soon)

    async def append(self, entry: Entry) -> int:
        """Append one entry; its position once it is durable.

        Raises:
            LogUnavailable: it could not be made durable.
        """
        if self._soon:
            self.flush()
        began = perf_counter()
        try:
            position = await self.inner.append(entry)
        except LogUnavailable:
            self._watch.not_entered()
            raise
        self._watch.entered((entry,), position, perf_counter() - began)
        return position

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Append several entries, all or none; blocks the calling thread.

        Raises:
            LogUnavailable: they could not be made durable.
        """
        with self._lock:
            soon, self._soon = self._soon, []
        began = perf_counter()
        try:
            positions = self.inner.append_all([*soon, *entries])
        except LogUnavailable:
            self._watch.not_entered()
            with self._lock:
                self._soon[:0] = soon
            raise
        if positions:
            self._watch.entered([*soon, *entries], positions[0], perf_counter() - began)
        return positions[len(soon) :]

    def append_soon(self, entry: Entry) -> None:
        """Enter it with the next one, or when `flush` is called.

        Raises:
            LogUnavailable: too many wait already, because none could be made durable for long.
        """
        with self._lock:
            if len(self._soon) >= _MOST_WAITING:
                raise LogUnavailable
            self._soon.append(entry)

    def flush(self) -> None:
        """Enter what was to be entered soon."""
        if self._soon:
            self.append_all(())

    def close(self) -> None:
        """Let go of the file; later appends find the log unavailable."""
        if self._soon:
            with contextlib.suppress(LogUnavailable):
                self.flush()
        self.inner.close()
