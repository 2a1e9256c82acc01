"""The decision log with a meter on it: how many questions there were since the start, and how they ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.contracts.clock import Clock
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Entry, EventKind
from gateway.domain.weighed import OF_THE_MACHINE
from gateway.ports import DecisionLog
from gateway.ports.platform import Reading

_DECISION = EventKind.DECISION.value
_FAULTS = frozenset(reason.value for reason in OF_THE_MACHINE)


class MeteredLog:
    """Implements `gateway.ports.DecisionLog` and `Meter` in front of another log.

    It counts questions that named a service. A refusal is an answer; a fault is what the gateway or a
    source could not do. Durations are on the space's clock, so a clock that stands still shows none.
    """

    def __init__(self, inner: DecisionLog, clock: Clock) -> None:
        self._inner, self._clock = inner, clock
        self._start = clock.now()
        self._answers = self._faults = 0
        self._took = timedelta()
        self._answered: datetime | None = None
        self._failed: datetime | None = None
        self._asked: datetime | None = None

    async def append(self, entry: Entry) -> int:
        """Append, and count what became of the question."""
        try:
            position = await self._inner.append(entry)
        except LogUnavailable:
            self._count(entry, is_fault=True)
            raise
        self._count(entry, is_fault=not _FAULTS.isdisjoint(entry.own.get("reasons", ())))
        return position

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """Append; what blocks is no question."""
        return self._inner.append_all(entries)

    def reading(self) -> Reading:
        """The meter as it stands."""
        count = self._answers + self._faults
        return Reading(
            start=self._start,
            questions=count,
            answers=self._answers,
            faults=self._faults,
            last_question=self._asked,
            last_answer=self._answered,
            last_fault=self._failed,
            average=self._took / count if count else timedelta(),
        )

    def _count(self, entry: Entry, *, is_fault: bool) -> None:
        """A permitted question shares its words with others like it, and is no fault."""
        words = entry.own if entry.shared is None else entry.shared.words
        if words["e"] != _DECISION or words["service"] is None:
            return
        now = self._clock.now()
        self._asked = datetime.fromisoformat(entry.own["at"])
        self._took += now - self._asked
        if is_fault:
            self._faults, self._failed = self._faults + 1, now
        else:
            self._answers, self._answered = self._answers + 1, now
