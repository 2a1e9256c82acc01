"""Which step happens when: every occurrence of a plan, in order."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from gateway.domain.legal_day import local_instant
from gateway.simulation.yearrun.steps import AnyStep, Plan

_FRIDAY, _MONDAY = 4, 0
Occurrence = tuple[datetime, AnyStep]


def occurrences(plan: Plan) -> Sequence[Occurrence]:
    """All of them, by instant and within it as they stand in the file."""
    numbered = [
        (local_instant(day, time.fromisoformat(step.hour)), number, step)
        for number, step in enumerate(plan.steps)
        for day in _days(plan, step)
    ]
    numbered.sort(key=lambda one: one[:2])
    return [(at, step) for at, _, step in numbered]


def first_instant(plan: Plan) -> datetime:
    """When the clock of the run starts: the first midnight."""
    return local_instant(plan.begin, time(0))


def last_instant(plan: Plan) -> datetime:
    """When it stops: the last midnight."""
    return local_instant(plan.until + timedelta(days=1), time(0))


def _days(plan: Plan, step: AnyStep) -> Iterator[date]:
    if step.on_day is not None:
        if plan.begin <= step.on_day <= plan.until:
            yield step.on_day
        return
    day = max(plan.begin, step.begin or plan.begin)
    while day <= min(plan.until, step.until or plan.until):
        if _is_due(day, step):
            yield day
        day += timedelta(days=1)


def _is_due(day: date, step: AnyStep) -> bool:
    """A week has its Monday, a month its first day."""
    match step.every:
        case "workday":
            return day.weekday() <= _FRIDAY
        case "week":
            return day.weekday() == _MONDAY
        case "month":
            return day.day == 1
        case _:
            return True
