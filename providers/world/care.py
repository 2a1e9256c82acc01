"""What follows from a recognised need for care: which months are paid, and when."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from providers.world.people import Recognition

_PAYDAY = 8
"""A month is paid on the eighth of the next one."""
_ENOUGH_PILLAR_1, _ENOUGH_IN_ALL = 4, 6
_TWO_WEEKS = timedelta(days=14)


def month_of(day: date) -> str:
    """The month that a day is in, as `yyyy-mm`."""
    return day.isoformat()[:7]


def months_later(month: str, count: int) -> str:
    """The month so many months after another."""
    whole = int(month[:4]) * 12 + int(month[5:]) - 1 + count
    return f"{whole // 12}-{whole % 12 + 1:02d}"


def payday(month: str) -> date:
    """When a month is paid, unless it is paid late."""
    return date.fromisoformat(f"{months_later(month, 1)}-{_PAYDAY:02d}")


def opens_allowance(one: Recognition) -> bool:
    """Whether a care allowance is paid on these points: 4 in pillar 1, or 6 in all."""
    return one.pillar1 >= _ENOUGH_PILLAR_1 or one.total >= _ENOUGH_IN_ALL


def paid_months(recognitions: Iterable[Recognition], until: str) -> tuple[str, ...]:
    """Every month up to `until` of a recognition that opens a care allowance."""
    return tuple(
        month for one in recognitions if opens_allowance(one) for month in _months(one, until)
    )


def arrears(recognitions: Iterable[Recognition], until: str) -> dict[str, date]:
    """The months whose payday was over when it was decided, with the day on which they are paid."""
    return {
        month: one.decided + _TWO_WEEKS
        for one in recognitions
        if opens_allowance(one)
        for month in _months(one, min(until, month_of(one.decided)))
        if payday(month) < one.decided
    }


def _months(one: Recognition, until: str) -> Iterator[str]:
    month, last = month_of(one.begin), min(until, month_of(one.end) if one.end else until)
    while month <= last:
        yield month
        month = months_later(month, 1)
