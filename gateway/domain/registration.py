"""Periods of registration as sets of days: joined when they touch, cut when part is taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days from `begin` to `end`, both included; without `end` it goes on."""

    begin: date
    end: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.begin <= day and (self.end is None or day <= self.end)

    def covers(self, other: "Period") -> bool:
        """Whether every day of the other lies in it."""
        ends_later = self.end is None or (other.end is not None and other.end <= self.end)
        return self.begin <= other.begin and ends_later

    def touches(self, other: "Period") -> bool:
        """Whether both share a day, or one begins the day after the other ends."""
        return _reaches(self, other) and _reaches(other, self)


def join(periods: Iterable[Period], added: Period) -> tuple[Period, ...]:
    """The periods with another one added; those that touch become one."""
    apart = [period for period in periods if not period.touches(added)]
    together = [added, *(period for period in periods if period.touches(added))]
    ends = [period.end for period in together]
    end = None if None in ends else max(day for day in ends if day is not None)
    return tuple(sorted((*apart, Period(min(p.begin for p in together), end)), key=_by_begin))


def cut(periods: Iterable[Period], removed: Period) -> tuple[Period, ...]:
    """The periods without the days of another one."""
    return tuple(rest for period in periods for rest in _without(period, removed))


def _reaches(first: Period, second: Period) -> bool:
    """NOTE: the last day that there is has no next one, so days are subtracted and not added."""
    return first.end is None or second.begin - first.end <= _DAY


def _without(period: Period, removed: Period) -> Iterable[Period]:
    if period.begin < removed.begin:
        before = removed.begin - _DAY
        yield Period(period.begin, before if period.end is None else min(period.end, before))
    if removed.end is not None and removed.end < (period.end or date.max):
        yield Period(max(period.begin, removed.end + _DAY), period.end)


def _by_begin(period: Period) -> date:
    return period.begin
