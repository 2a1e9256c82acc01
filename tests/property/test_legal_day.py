"""Terms in Belgian days: months are clamped, the clock time is kept through both clock changes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.acts import Act, judge_act
from gateway.domain.legal_day import (
    in_brussels,
    legal_day,
    months_later,
    period_later,
    start_of_day,
)
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from tests.builders import the_documents

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001  zoned below
    lambda naive: naive.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("at", "period", "then"),
    [
        ("2025-01-31T08:00:00+01:00", "P1M", "2025-02-28T08:00:00+01:00"),
        ("2024-01-31T08:00:00+01:00", "P1M", "2024-02-29T08:00:00+01:00"),
        ("2025-03-10T08:00:00+01:00", "P1M", "2025-04-10T08:00:00+02:00"),
        ("2025-10-20T08:00:00+02:00", "P10D", "2025-10-30T08:00:00+01:00"),
        ("2024-02-29T23:30:00+01:00", "P1Y", "2025-02-28T23:30:00+01:00"),
        ("2025-12-31T00:10:00+01:00", "P2M", "2026-02-28T00:10:00+01:00"),
        ("2025-02-28T02:30:00+01:00", "P1M", "2025-03-28T02:30:00+01:00"),
    ],
)
def test_a_period_ends_on_the_same_clock_time(at: str, period: str, then: str) -> None:
    end = period_later(datetime.fromisoformat(at), period)

    assert in_brussels(end).isoformat() == then


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(0, 600))
def test_months_later_is_in_the_right_month_and_never_past_the_day(day: date, months: int) -> None:
    later = months_later(day, months)

    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day
    assert later.day == day.day or later.day >= 28


@given(INSTANTS, st.integers(1, 120), st.sampled_from("DMY"))
def test_a_longer_period_ends_later(at: datetime, count: int, unit: str) -> None:
    assert at < period_later(at, f"P{count}{unit}") <= period_later(at, f"P{count + 1}{unit}")


# --- a naive clock: every hour of every day, one after the other --------------------------------


def last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= timedelta(days=1)
    return day


def hours_east(at: datetime) -> int:
    """By the rule itself: from the last Sunday of March to that of October, changing at 1 in UTC."""
    spring, autumn = last_sunday(at.year, 3), last_sunday(at.year, 10)
    begin = datetime(spring.year, spring.month, spring.day, 1, tzinfo=UTC)
    end = datetime(autumn.year, autumn.month, autumn.day, 1, tzinfo=UTC)
    return 2 if begin <= at < end else 1


def shown(at: datetime) -> datetime:
    """What a Belgian clock shows, without a zone."""
    return (at + timedelta(hours=hours_east(at))).replace(tzinfo=None)


def test_every_hour_of_five_years_lies_in_the_day_that_the_clock_on_the_wall_shows() -> None:
    at, begins = datetime(2023, 12, 30, tzinfo=UTC), dict[date, datetime]()
    while at < datetime(2028, 12, 31, tzinfo=UTC):
        wall = shown(at)
        begins.setdefault(wall.date(), at)
        assert legal_day(at) == wall.date()
        assert in_brussels(at).replace(tzinfo=None) == wall
        at += timedelta(hours=1)

    for day in list(begins)[1:]:
        assert start_of_day(day) == begins[day]
        assert legal_day(begins[day] - timedelta(milliseconds=1)) == day - timedelta(days=1)


def walked(day: date, months: int) -> date:
    """Months on, by turning one leaf of the calendar at a time."""
    at, turned = day, 0
    while turned < months:
        before, at = at.month, at + timedelta(days=1)
        turned += at.month != before
    while at.day < day.day and (at + timedelta(days=1)).month == at.month:
        at += timedelta(days=1)
    return at


def test_months_on_from_every_day_of_five_years_as_the_leaves_of_a_calendar_turn() -> None:
    day = date(2023, 12, 1)
    while day < date(2028, 3, 2):
        for months in (1, 3, 12):
            assert months_later(day, months) == walked(day, months)
        day += timedelta(days=1)


@pytest.mark.parametrize(("protocol", "by", "months"), [("001", "kidslife", 3), ("002", "avsb", 12), ("003", "zele", 3)])  # fmt: skip
def test_a_notice_given_on_any_day_at_any_hour_ends_as_a_day_by_day_simulation_says(
    protocol: str, by: str, months: int
) -> None:
    """001-31, 002-27, 003-39: the last day is bound whole, on the day after nothing moves."""
    (document,) = (d for d in the_documents() if d.id == protocol)
    day = date(2023, 12, 1)
    while day < date(2028, 3, 2):
        end = walked(day, months)
        for wall in (time(0), time(0, 30), time(2, 30), time(12), time(23, 59, 59)):
            given = naive_instant(day, wall)
            act = Act(kind=EventKind.NOTICE, by=by, document="sha256:letter", at=given)
            event = judge_act(document, (), act, given)
            assert isinstance(event, LifecycleEvent)
            assert shown(event.effective_at) == datetime.combine(end, time(0))
        day += timedelta(days=1)


def naive_instant(day: date, wall: time) -> datetime:
    """The first instant at which the wall clock shows this; in the hour that is skipped, an hour on."""
    for east in (2, 1):
        at = datetime.combine(day, wall, UTC) - timedelta(hours=east)
        if hours_east(at) == east:
            return at
    return datetime.combine(day, wall, UTC) - timedelta(hours=1)
