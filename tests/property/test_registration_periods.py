"""Periods against the plainest model there is: a set of days."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.registration import Period, cut, join

FIRST = date(2025, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(40)]


@st.composite
def periods(draw: st.DrawFn) -> Period:
    begin = draw(st.integers(0, 30))
    length = draw(st.none() | st.integers(0, 10))
    end = None if length is None else FIRST + timedelta(days=begin + length)
    return Period(FIRST + timedelta(days=begin), end)


def days_of(found: tuple[Period, ...]) -> set[date]:
    return {day for day in DAYS if any(period.holds(day) for period in found)}


@given(st.lists(st.tuples(st.booleans(), periods()), max_size=8))
def test_joins_and_cuts_do_what_sets_of_days_do(steps: list[tuple[bool, Period]]) -> None:
    found: tuple[Period, ...] = ()
    model: set[date] = set()
    for adds, period in steps:
        days = {day for day in DAYS if period.holds(day)}
        found = join(found, period) if adds else cut(found, period)
        model = model | days if adds else model - days

        assert days_of(found) == model


@given(st.lists(periods(), max_size=8))
def test_joined_periods_never_touch(added: list[Period]) -> None:
    found: tuple[Period, ...] = ()
    for period in added:
        found = join(found, period)

    assert all(not a.touches(b) for a in found for b in found if a is not b)


@given(periods(), periods())
def test_covering_is_having_every_day(one: Period, other: Period) -> None:
    open_ended = Period(one.begin, None)

    assert one.covers(one)
    assert open_ended.covers(Period(max(one.begin, other.begin), other.end))
    if one.covers(other):
        assert {d for d in DAYS if other.holds(d)} <= {d for d in DAYS if one.holds(d)}


@given(st.lists(st.tuples(st.booleans(), periods()), max_size=5))
def test_the_ends_of_the_calendar_are_days_like_others(steps: list[tuple[bool, Period]]) -> None:
    found: tuple[Period, ...] = (Period(date.max, date.max), Period(date.min, date.min))
    for adds, period in steps:
        found = join(found, period) if adds else cut(found, period)
    whole = join(found, Period(date.min, date.max))

    assert whole in ((Period(date.min, date.max),), (Period(date.min, None),))
    assert cut(whole, Period(date.min, None)) == cut(found, Period(date.min, date.max)) == ()
