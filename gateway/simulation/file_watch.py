"""Brings files into line with the law: at once after an act, and again at the instant from which it counts."""

from collections.abc import Callable

from gateway.adapters.worker import Worker
from gateway.contracts.clock import Clock
from gateway.domain.legal_day import legal_day
from gateway.domain.lifecycle import LifecycleEvent
from gateway.simulation.jobs import Done, Handler, Job

SETTLE_JOB = "files.settle"


class FileWatch:
    """`settle` is the flow; it runs on the worker, like everything that touches files."""

    def __init__(
        self, worker: Worker, clock: Clock, settle: Callable[[], None], add: Callable[[Job], None]
    ) -> None:
        self._worker, self._clock, self._settle, self._add = worker, clock, settle, add

    def on_act(self, event: LifecycleEvent) -> None:
        """An act counts from now, or from an instant to come."""
        self._worker.submit(self._settle)
        if event.effective_at > self._clock.now():
            self._add(
                Job(
                    kind=SETTLE_JOB,
                    due_at=event.effective_at,
                    flow=event.flow or "",
                    party=event.party or "",
                    day=legal_day(event.effective_at).isoformat(),
                )
            )

    def handlers(self) -> dict[str, Handler]:
        """What to do when an act begins to count."""
        return {SETTLE_JOB: self._look}

    def _look(self, _: Job) -> Done:
        self._worker.call(self._settle).result()
        return Done("settled")
