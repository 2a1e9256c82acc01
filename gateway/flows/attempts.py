"""Attempts without a valid credential: each has its entry, but a flood of them shares one with a count."""

from collections.abc import Callable, Sequence
from threading import Lock

from gateway.contracts.clock import Clock
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Event, EventKind
from gateway.ports import DecisionLog

WINDOW_S = 60.0


class AttemptGate:
    """Counts attempts per listener and minute of machine time.

    The first `limit` in a minute are entered one by one; what comes after is only counted, and the
    count is entered when the minute is over (`flush`, which must be called now and then).
    """

    def __init__(
        self,
        log: DecisionLog,
        clock: Clock,
        space: str,
        monotonic: Callable[[], float],
        limit: int = 100,
    ) -> None:
        self._log, self._clock, self._space, self._monotonic = log, clock, space, monotonic
        self._limit = limit
        self._lock = Lock()
        self._windows: dict[str, tuple[float, int]] = {}

    def is_flooded(self, listener: str) -> bool:
        """Count one attempt; whether it goes into the shared entry instead of its own."""
        now = self._monotonic()
        with self._lock:
            began, count = self._windows.get(listener, (now, 0))
            if now - began >= WINDOW_S and count <= self._limit:
                began, count = now, 0
            self._windows[listener] = (began, count + 1)
            return count >= self._limit

    def flush(self, *, closing: bool = False) -> None:
        """Enter the counts of the minutes that are over (all of them when closing)."""
        taken = self._take(closing=closing)
        for at, (listener, count) in enumerate(taken):
            words = {"listener": listener, "count": count}
            event = Event(EventKind.ATTEMPTS, self._clock.now(), self._space, words)
            try:
                self._log.append_all([event.entry()])
            except LogUnavailable:
                self._put_back(taken[at:])
                raise

    def _put_back(self, taken: Sequence[tuple[str, int]]) -> None:
        """What could not be entered is counted with the next minute that is over."""
        with self._lock:
            for listener, count in taken:
                began, counted = self._windows.get(listener, (self._monotonic() - WINDOW_S, 0))
                self._windows[listener] = (began, max(counted, self._limit) + count)

    def _take(self, *, closing: bool) -> list[tuple[str, int]]:
        now = self._monotonic()
        with self._lock:
            over = [
                (listener, count - self._limit)
                for listener, (began, count) in self._windows.items()
                if closing or now - began >= WINDOW_S
            ]
            for listener, _ in over:
                del self._windows[listener]
        return [(listener, count) for listener, count in over if count > 0]
