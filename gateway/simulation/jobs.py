"""Jobs with a virtual due time: rows in the space's database, run in order when the clock passes them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from gateway.adapters.clock import SpaceClock
from gateway.domain.legal_day import in_brussels


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do at an instant. `day` is what it is about, as `yyyy-mm-dd`; `file` if it is one."""

    kind: str
    due_at: datetime
    flow: str
    party: str
    day: str
    file: str | None = None
    key: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job, and the jobs that follow from it."""

    outcome: str
    follow_ups: Sequence[Job] = field(default=())


class JobQueue(Protocol):
    """Jobs still to do, in order of due time, then of arrival."""

    def next(self) -> Job | None:
        """The job that is due first."""
        ...

    def add(self, *jobs: Job) -> None:
        """Put jobs in the queue, all or none."""
        ...

    def finish(self, job: Job, done: Done) -> None:
        """Note the outcome and queue what follows, in one transaction."""
        ...


Handler = Callable[[Job], Done]
Passing = Callable[[datetime, datetime], None]
"""Told before the clock goes from one instant to another."""


class Scheduler:
    """Runs what falls due. One at a time: callers take turns.

    `require` looks whether a job can be done, `keep` notes where the clock stands before it is.
    """

    def __init__(
        self,
        queue: JobQueue,
        clock: SpaceClock,
        handlers: Mapping[str, Handler],
        require: Callable[[], None],
        passing: Passing,
        keep: Callable[[], None],
    ) -> None:
        self._queue, self._clock, self._handlers, self._keep = queue, clock, handlers, keep
        self._require, self._passing, self._reached = require, passing, clock.now()

    def run_until(
        self, target: datetime, is_stopped: Callable[[], bool] = lambda: False
    ) -> list[dict[str, Any]]:
        """Move the clock to an instant, halting at each job on the way; what was run, in order.

        Told to stop, it leaves the clock at the last job that was run.

        Raises:
            LogUnavailable: the clock stands at the job that could not be done; it is still to do.
        """
        runs = []
        while (job := self._queue.next()) is not None and job.due_at <= target:
            self._move_to(job.due_at)
            self._keep()
            runs.append(self._run(job))
            if is_stopped():
                return runs
        self._move_to(target)
        return runs

    def next_due(self) -> Job | None:
        """The job that comes next."""
        return self._queue.next()

    def _move_to(self, target: datetime) -> None:
        if target > self._reached:
            self._passing(self._reached, target)
            self._reached = target
        self._clock.move_to(target)

    def _run(self, job: Job) -> dict[str, Any]:
        self._require()
        done = self._handlers[job.kind](job)
        self._queue.finish(job, done)
        return {
            "at": in_brussels(job.due_at).isoformat(),
            "job": job.kind,
            "flow": job.flow or None,
            "party": job.party,
            "outcome": done.outcome,
        }
