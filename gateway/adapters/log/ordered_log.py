"""Entries that nobody waits for: they stand before the next that somebody waits for, in one commit with it."""

import contextlib
from collections.abc import Awaitable, Sequence
from threading import Lock

from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.sequenced_log import SequencedLog
from gateway.adapters.log.sqlite_log import SqliteLog
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Entry

_MOST_WAITING = 10_000


class OrderedLog:
    """Implements `gateway.ports.DecisionLog` before one of the writers, with `append_soon`.

    INVARIANT: entries stand in the order in which they were handed over, whoever waits for theirs.
    """

    def __init__(self, inner: SqliteLog | SequencedLog) -> None:
        self.inner = inner
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

    def append(self, entry: Entry) -> Awaitable[int]:
        """Append one entry; its position once it is durable.

        Raises:
            LogUnavailable: it could not be made durable.
        """
        if self._soon:
            self.flush()
        return self.inner.append(entry)

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Append several entries, all or none; blocks the calling thread.

        Raises:
            LogUnavailable: they could not be made durable.
        """
        with self._lock:
            soon, self._soon = self._soon, []
        try:
            return self.inner.append_all([*soon, *entries])[len(soon) :]
        except LogUnavailable:
            with self._lock:
                self._soon[:0] = soon
            raise

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
