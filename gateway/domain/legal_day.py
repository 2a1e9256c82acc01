"""The Belgian calendar day: the law counts days in Brussels, the machine counts instants in UTC."""

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")
_INSTANTS = 1_000
"""Instants whose day is remembered: a request asks for it several times, and many ask within one millisecond."""


def in_brussels(at: datetime) -> datetime:
    """The same instant on a Belgian clock."""
    return at.astimezone(BRUSSELS)


@lru_cache(maxsize=_INSTANTS)
def legal_day(at: datetime) -> date:
    """The calendar day in Brussels at this instant."""
    return at.astimezone(BRUSSELS).date()


def start_of_day(day: date) -> datetime:
    """The instant in UTC at which this day begins in Brussels."""
    return datetime.combine(day, time.min, BRUSSELS).astimezone(UTC)


def local_instant(day: date, clock_time: time) -> datetime:
    """The instant in UTC of a clock time in Brussels; in the hour that comes twice, the first."""
    return datetime.combine(day, clock_time, BRUSSELS).astimezone(UTC)


def days_later(at: datetime, days: int) -> datetime:
    """The same clock time in Brussels some days later, as an instant in UTC."""
    local = in_brussels(at)
    return local_instant(local.date() + timedelta(days=days), local.timetz().replace(tzinfo=None))


def period_later(at: datetime, period: str) -> datetime:
    """The same clock time in Brussels an ISO 8601 period on, as an instant; hours are machine hours.

    Months are clamped: a month after 31 January is the last day of February. Known are days, weeks,
    months and years (`P14D`, `P2W`, `P1M`, `P5Y`), hours and minutes (`PT24H`, `PT15M`).
    """
    count, unit = int(period.strip("PTDWMYH")), period[-1]
    if period.startswith("PT"):
        return at + timedelta(hours=count) if unit == "H" else at + timedelta(minutes=count)
    if unit in "DW":
        return days_later(at, count * (7 if unit == "W" else 1))
    local = in_brussels(at)
    day = months_later(local.date(), count * (12 if unit == "Y" else 1))
    return local_instant(day, local.timetz().replace(tzinfo=None))


def period_earlier(at: datetime, period: str) -> datetime:
    """An instant that is a period ago, or a little less: no later one has seen the whole of it."""
    longest = {"D": 1, "W": 7, "M": 28, "Y": 365, "H": 0}
    count, unit = int(period.strip("PTDWMYH")), period[-1]
    return days_later(at, 0 if period.startswith("PT") else -count * longest[unit])


def times(period: str, count: int) -> str:
    """The period so many times over: `P1Y` three times is `P3Y`."""
    digits = period.strip("PTDWMYH")
    return period.replace(digits, str(int(digits) * count))


def months_later(day: date, months: int) -> date:
    """The same day of the month some months on, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
