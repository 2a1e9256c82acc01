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

_PROVES_S = 1.0
"""Machine time for which a commit shows that the next would do as well."""


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
        self._proved: float | None = None

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
            self._proved = None
            self._watch.not_entered()
            with self._lock:
                self._soon[:0] = soon
            raise
        self._proved = perf_counter()
        if positions:
            self._watch.entered([*soon, *entries], positions[0], self._proved - began)
        return positions[len(soon) :]

    def require(self) -> None:
        """Pass if the log could be written now; a commit of no entry at all shows it, once a second.

        Raises:
            LogUnavailable: it could not.
        """
        if self._proved is None or perf_counter() - self._proved >= _PROVES_S:
            self.append_all(())

    def append_soon(self, entry: Entry) -> None:
        """Enter it with the next one, or when `flush` is called.

        What it tells of had to pass `require`, so not many can wait for a log that is out of order.
        """
        with self._lock:
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
