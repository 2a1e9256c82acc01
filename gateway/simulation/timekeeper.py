"""Moves a space's clock: everything that falls due on the way runs first, in order, one at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from errno import EDQUOT, EIO, ENOSPC, EROFS
from threading import Event, RLock
from time import monotonic
from typing import Any

from sqlalchemy.exc import OperationalError

from gateway.adapters.clock import SpaceClock
from gateway.contracts.faults import LogUnavailable, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import days_later, in_brussels
from gateway.simulation.jobs import Scheduler

_DISK = (EDQUOT, EIO, ENOSPC, EROFS)
_FIRST_S, _LAST_S = 0.5, 30.0
"""Machine time before something is tried again by itself: that, twice that, and so on."""


class Timekeeper:
    """The clock and the jobs of one space. Whoever moves the clock waits for whoever moves it now.

    `settle` waits until every file in hand is done; `require` lets pass while the log can be written;
    `keep` notes where the clock stands. One that begins at the instant of its next job stood there when
    the last process ended, and does it now; what lies further back waits for whoever moves the clock.
    """

    def __init__(
        self,
        clock: SpaceClock,
        scheduler: Scheduler,
        settle: Callable[[], None],
        require: Callable[[], None],
        keep: Callable[[], None],
    ) -> None:
        self._clock, self._scheduler = clock, scheduler
        self._settle, self._require, self._keep = settle, require, keep
        self._moving = RLock()
        self._stopped, self.awake = Event(), Event()
        self.awake.set()
        self._pause, self._not_before = 0.0, 0.0
        job = scheduler.next_due()
        self._is_behind = job is not None and job.due_at == clock.now()

    def advance(self, target: datetime) -> dict[str, Any]:
        """Move to an instant; returns when everything that fell due has run, and lists it in order.

        Raises:
            RefusedFault: `clock-backward`; `service-unknown` where the space went meanwhile.
            LogUnavailable: not now; what was still to do is done when it can be, at the latest when it
                is asked again.
        """
        with self._moving:
            self._require()
            before = self._clock.now()
            if target < before:
                raise refuse(
                    Reason.CLOCK_BACKWARD,
                    "the clock stands later already",
                    remedy="restore a snapshot of then, or reset the space",
                )
            try:
                jobs = self._run(target)
            finally:
                self._keep()
            if self._stopped.is_set():
                raise _gone()
            self._settle()
            return {"from": _shown(before), "to": _shown(self._clock.now()), "jobs": jobs}

    def advance_by(self, *, days: int | None, seconds: int | None) -> dict[str, Any]:
        """The same, by that many days (same clock time) or seconds; else up to the next job."""
        with self._moving:
            return self.advance(self._target(days, seconds))

    def view(self) -> dict[str, Any]:
        """The clock as `/_sim/clock` shows it."""
        job = self._scheduler.next_due()
        coming = {"at": _shown(job.due_at), "job": job.kind} if job else None
        return {"now": _shown(self._clock.now()), "mode": self._clock.mode, "next": coming}

    def set_mode(self, mode: str) -> None:
        """Let the clock run, or freeze it where it is."""
        with self._moving:
            if mode == "running":
                self._clock.run()
            else:
                self._clock.freeze()

    def run_due(self) -> None:
        """What fell due by now: while the clock runs, after a start, and after a disk that was in the way."""
        is_wanted = self._is_behind or self._clock.mode == "running"
        if is_wanted and monotonic() >= self._not_before:
            with self._moving:
                self._run(self._clock.now())

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nobody moves the clock meanwhile, and no job runs; who is at the drop server waits (`awake`)."""
        with self._moving:
            self.awake.clear()
            try:
                self._settle()
                yield
            finally:
                self.awake.set()

    def stop(self) -> None:
        """Begin no further job; the one in hand is finished."""
        self._stopped.set()

    def _run(self, target: datetime) -> list[dict[str, Any]]:
        try:
            jobs = self._scheduler.run_until(target, self._stopped.is_set)
        except Exception as error:
            self._is_behind = self._is_behind or _is_of_a_disk(error)
            self._pause = min(max(self._pause * 2, _FIRST_S), _LAST_S)
            self._not_before = monotonic() + self._pause
            raise
        self._is_behind, self._pause, self._not_before = False, 0.0, 0.0
        return jobs

    def _target(self, days: int | None, seconds: int | None) -> datetime:
        now = self._clock.now()
        if days is not None:
            return days_later(now, days)
        if seconds is not None:
            return now + timedelta(seconds=seconds)
        job = self._scheduler.next_due()
        return max(job.due_at, now) if job else now


def _is_of_a_disk(error: Exception) -> bool:
    """Whether it may be gone after a while, without anybody asking again."""
    is_full = isinstance(error, OSError) and error.errno in _DISK
    return is_full or isinstance(error, LogUnavailable | OperationalError)


def _gone() -> RefusedFault:
    return refuse(
        Reason.SERVICE_UNKNOWN,
        "the space was reset or deleted while its clock moved",
        remedy="`GET /_sim/spaces` lists those that are there",
    )


def _shown(at: datetime) -> str:
    return in_brussels(at).isoformat(timespec="seconds")
