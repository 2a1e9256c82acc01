"""A bucket per consumer: what it lets through, when again, and that it is nobody else's."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.contracts.faults import RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.request import Caller
from gateway.flows.throttle import Limits, LimitsInvalid, Rate, Throttle, parse_rates
from gateway.settings import Settings
from tests.builders import a_caller

A, B = a_caller(key="a", party="p"), a_caller(key="b", party="p")
OTHER = a_caller(key="c", party="q")


@dataclass
class Now:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Desk:
    """A throttle whose clock is moved by hand."""

    limits: Limits
    now: Now = field(default_factory=Now)

    def __post_init__(self) -> None:
        self.throttle = Throttle(self.limits, self.now)

    def wait_of(self, caller: Caller = A) -> int | None:
        """`None` where it passed, else the seconds that it was told."""
        try:
            self.throttle.take(caller)
        except RefusedFault as fault:
            refusal = fault.refusal
        else:
            return None
        assert refusal.reason is Reason.TOO_MANY_REQUESTS
        assert refusal.retry_after is not None
        return refusal.retry_after


def test_without_a_limit_everything_passes_and_nothing_is_kept() -> None:
    desk = Desk(Limits())

    assert {desk.wait_of() for _ in range(1000)} == {None}
    assert desk.throttle._full_at == {}


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    desk = Desk(Limits(each=Rate(2, 3)))

    assert [desk.wait_of() for _ in range(4)] == [None, None, None, 1]
    desk.now.at += 0.49
    assert desk.wait_of() == 1
    desk.now.at += 0.02
    assert [desk.wait_of(), desk.wait_of()] == [None, 1]


def test_waiting_as_long_as_told_is_enough() -> None:
    desk = Desk(Limits(each=Rate(0.1, 1)))
    assert desk.wait_of() is None

    told = desk.wait_of()

    assert told == 10
    desk.now.at += told
    assert desk.wait_of() is None


def test_what_is_refused_takes_nothing() -> None:
    desk = Desk(Limits(each=Rate(1, 1)))
    assert desk.wait_of() is None

    for _ in range(100):
        assert desk.wait_of() == 1
    desk.now.at += 1

    assert desk.wait_of() is None


def test_a_pause_gives_no_more_than_the_burst() -> None:
    desk = Desk(Limits(each=Rate(10, 2)))
    desk.now.at += 3600

    assert [desk.wait_of() is None for _ in range(4)] == [True, True, False, False]


def test_each_credential_has_a_bucket_of_its_own() -> None:
    desk = Desk(Limits(each=Rate(1, 1)))

    assert [desk.wait_of(A), desk.wait_of(A)] == [None, 1]
    assert [desk.wait_of(B), desk.wait_of(OTHER)] == [None, None]


def test_the_rate_of_a_party_is_shared_and_that_of_a_credential_goes_before() -> None:
    desk = Desk(Limits(own={"p": Rate(1, 1)}))
    assert [desk.wait_of(A), desk.wait_of(B), desk.wait_of(OTHER)] == [None, 1, None]

    desk.throttle.put(Limits(own={"p": Rate(1, 1), "b": Rate(1, 2)}))
    assert [desk.wait_of(A), desk.wait_of(A)] == [None, 1]
    assert [desk.wait_of(B), desk.wait_of(B), desk.wait_of(B)] == [None, None, 1]


def test_a_burst_of_nothing_refuses_each() -> None:
    desk = Desk(Limits(each=Rate(1, 0)))
    desk.now.at += 3600

    assert desk.wait_of() == 1


def test_other_limits_count_at_once_and_fill_the_buckets() -> None:
    desk = Desk(Limits(each=Rate(1, 1)))
    assert [desk.wait_of(), desk.wait_of()] == [None, 1]

    desk.throttle.put(Limits(each=Rate(1, 1)))

    assert desk.wait_of() is None


def test_full_buckets_are_forgotten() -> None:
    desk = Desk(Limits(each=Rate(1, 1)))
    for n in range(5000):
        desk.now.at += 2
        assert desk.wait_of(a_caller(key=f"k{n}")) is None

    assert len(desk.throttle._full_at) <= 1024


@given(
    st.floats(0.01, 1000),
    st.integers(1, 20),
    st.lists(st.floats(0, 5), min_size=1, max_size=60),
)
def test_no_stretch_of_time_passes_more_than_rate_and_burst(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    desk = Desk(Limits(each=Rate(per_second, burst)))
    passed: list[float] = []
    for pause in pauses:
        desk.now.at += pause
        passed += [desk.now.at for _ in range(3) if desk.wait_of() is None]

    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            assert last - first + 1 <= burst + (end - begin) * per_second + 1e-3


def test_the_rate_is_told_as_magda_tells_it() -> None:
    assert str(Rate(10, 20)) == "10 per 1000 ms"
    assert str(Rate(2.5, 1)) == "2.5 per 1000 ms"
    assert str(Rate(0.25, 1)) == "1 per 4000 ms"


def test_rates_are_read_from_settings() -> None:
    settings = Settings(throttle_rate=10, throttle_own=" infino=1/5 , opgroeien=0.5/0,")

    assert settings.limits.each == Rate(10, 20)
    assert settings.limits.own == {"infino": Rate(1, 5), "opgroeien": Rate(0.5, 0)}
    assert Settings().limits == Limits()


@pytest.mark.parametrize(
    "text", ["infino", "infino=1", "infino=/5", "=1/5", "infino=0/5", "infino=-1/5", "infino=nan/5",
             "infino=1/-1", "infino=1/x", "infino=inf/5"],
)  # fmt: skip
def test_a_rate_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"infino|name a credential"):
        parse_rates(text)
    with pytest.raises(ValidationError):
        Settings(throttle_own=text)


def test_a_rate_for_somebody_who_is_not_here_is_refused() -> None:
    limits = Limits(own={"p": Rate(1, 1), "a": Rate(1, 1)})
    limits.require_known(_callers())

    with pytest.raises(LimitsInvalid, match="`nobody`"):
        Limits(own={"nobody": Rate(1, 1)}).require_known(_callers())


def _callers() -> Iterator[Caller]:
    yield from (A, OTHER)
