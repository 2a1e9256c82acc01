"""The space's clock: whole milliseconds, as entries in the log write them, and never back."""

from datetime import UTC, datetime, timedelta

from gateway.adapters.clock import SpaceClock
from gateway.domain.log_entry import timestamp

FINE = datetime(2025, 3, 10, 7, 0, 0, 123_999, tzinfo=UTC)


def test_an_instant_is_what_its_entry_says() -> None:
    frozen, running = SpaceClock(FINE), SpaceClock(FINE, running=True)

    for now in (frozen.now(), running.now()):
        assert datetime.fromisoformat(timestamp(now)) == now


def test_the_clock_does_not_go_back_where_it_is_stopped_started_or_moved() -> None:
    clock, seen = SpaceClock(FINE), [FINE.replace(microsecond=123_000)]
    for step in (clock.run, clock.freeze, clock.run, clock.freeze) * 20:
        step()
        seen.append(clock.now())
        clock.move_to(seen[-1] + timedelta(microseconds=400))
        seen.append(clock.now())

    assert seen == sorted(seen)
