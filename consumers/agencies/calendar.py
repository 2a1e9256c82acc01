"""Days as the law counts them: Belgian calendar days, terms in whole months and years."""

from calendar import monthrange
from datetime import date, datetime
from zoneinfo import ZoneInfo

_BRUSSELS = ZoneInfo("Europe/Brussels")


def legal_day(at: datetime) -> date:
    """The calendar day in Brussels at this instant."""
    return at.astimezone(_BRUSSELS).date()


def months_later(day: date, months: int) -> date:
    """The same day some months on, or where that month has no such day its last: never later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def years_later(day: date, years: int) -> date:
    """The same day some years on; a year after 29 February is 28 February."""
    return months_later(day, 12 * years)
