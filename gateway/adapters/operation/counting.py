"""Counters and timings as plain numbers: a request leaves a note, and notes are counted many at once."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping
from itertools import repeat
from threading import Lock
from typing import TypeVar

BUCKETS_S = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
MOST = 5_000
"""Label sets of one metric. The law and the credentials bound them; this holds whatever they say."""
OTHERS = "others"
_AT_ONCE = 256
"""Notes that are counted in one go. Noting one needs no lock; what others note meanwhile stays."""

Labels = tuple[str | int | None, ...]
T = TypeVar("T")


class Tally:
    """How often something happened, by its labels."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._noted: list[Labels] = []
        self._counts: dict[Labels, int] = {}
        self._lock = Lock()

    def add(self, labels: Labels, count: int = 1) -> None:
        """Count it."""
        if count != 1:
            with self._lock:
                self._count(labels, count)
            return
        self._noted.append(labels)
        if len(self._noted) >= _AT_ONCE:
            with self._lock:
                self._settle()

    def read(self) -> Mapping[Labels, int]:
        """The counts as they stand."""
        with self._lock:
            self._settle()
            return dict(self._counts)

    def _settle(self) -> None:
        for labels, count in Counter(_taken(self._noted)).items():
            self._count(labels, count)

    def _count(self, labels: Labels, count: int) -> None:
        known = self._counts.get(labels)
        if known is None and len(self._counts) >= MOST:
            labels = (OTHERS,) * len(self.names)
            known = self._counts.get(labels)
        self._counts[labels] = (known or 0) + count


class _Row:
    """What took its time under one set of labels."""

    __slots__ = ("counts", "noted", "total")

    def __init__(self) -> None:
        self.noted: list[float] = []
        self.counts = [0] * (len(BUCKETS_S) + 1)
        self.total = 0.0

    def settle(self) -> None:
        """Count what was noted."""
        taken = _taken(self.noted)
        self.total += sum(taken)
        for bucket, count in Counter(map(bisect_left, repeat(BUCKETS_S), taken)).items():
            self.counts[bucket] += count


class Timings:
    """How long something took, by its labels: a count for each bucket, the last for what took longer."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._rows: dict[Labels, _Row] = {}
        self._lock = Lock()

    def add(self, labels: Labels, seconds: float) -> None:
        """Count one that took so long."""
        row = self._rows.get(labels)
        if row is None:
            row = self._new(labels)
        row.noted.append(seconds)
        if len(row.noted) >= _AT_ONCE:
            with self._lock:
                row.settle()

    def read(self) -> Mapping[Labels, tuple[list[int], float]]:
        """The counts of each bucket by itself, and the sum of seconds."""
        with self._lock:
            for row in self._rows.values():
                row.settle()
            return {labels: (list(row.counts), row.total) for labels, row in self._rows.items()}

    def _new(self, labels: Labels) -> _Row:
        with self._lock:
            if len(self._rows) >= MOST:
                labels = (OTHERS,) * len(self.names)
            return self._rows.setdefault(labels, _Row())


def _taken(noted: list[T]) -> list[T]:
    """The notes until now, off the list."""
    count = len(noted)
    taken = noted[:count]
    del noted[:count]
    return taken
