"""Counters and timings as plain numbers: a request costs a look into a dictionary, and a scrape the rest."""

from bisect import bisect_left
from collections.abc import Mapping
from threading import Lock

BUCKETS_S = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
)  # fmt: skip
MOST = 5_000
"""Label sets of one metric. The law and the credentials bound them; this holds whatever they say."""
OTHERS = "others"

Labels = tuple[str | int | None, ...]


class Tally:
    """How often something happened, by its labels."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._counts: dict[Labels, int] = {}
        self._lock = Lock()

    def add(self, labels: Labels, count: int = 1) -> None:
        """Count it."""
        with self._lock:
            known = self._counts.get(labels)
            if known is None and len(self._counts) >= MOST:
                labels = (OTHERS,) * len(self.names)
                known = self._counts.get(labels)
            self._counts[labels] = (known or 0) + count

    def read(self) -> Mapping[Labels, int]:
        """The counts as they stand."""
        with self._lock:
            return dict(self._counts)


class Timings:
    """How long something took, by its labels: a count for each bucket, the last for what took longer."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._rows: dict[Labels, tuple[list[int], list[float]]] = {}
        self._lock = Lock()

    def add(self, labels: Labels, seconds: float) -> None:
        """Count one that took so long."""
        with self._lock:
            row = self._rows.get(labels)
            if row is None:
                row = self._new(labels)
            row[0][bisect_left(BUCKETS_S, seconds)] += 1
            row[1][0] += seconds

    def read(self) -> Mapping[Labels, tuple[list[int], float]]:
        """The counts of each bucket by itself, and the sum of seconds."""
        with self._lock:
            return {
                labels: (list(counts), total[0]) for labels, (counts, total) in self._rows.items()
            }

    def _new(self, labels: Labels) -> tuple[list[int], list[float]]:
        if len(self._rows) >= MOST:
            labels = (OTHERS,) * len(self.names)
        return self._rows.setdefault(labels, ([0] * (len(BUCKETS_S) + 1), [0.0]))
