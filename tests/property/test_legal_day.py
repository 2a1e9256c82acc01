"""Terms in Belgian days: months are clamped, the clock time is kept through both clock changes."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.legal_day import in_brussels, months_later, period_later

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
