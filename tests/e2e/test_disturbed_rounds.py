"""A simulated provider on bad days: what it does, what the gateway makes of it, and what comes in the end."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gateway.simulation.disturbance.rules import Fault
from tests.people import KARIM
from tests.running import FLOW, RunningSpace, a_batch

PROVIDER = "provider.wewis"


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """A fresh space in which nothing goes wrong yet, at eight in the morning."""
    shared_space.begin_anew()
    shared_space.disturb()
    return shared_space


def today(space: RunningSpace) -> date:
    now = space.control("GET", "/clock").json()["now"]
    return datetime.fromisoformat(now).date()


def pass_days(space: RunningSpace, count: int = 1) -> list[str]:
    """What became of the provider's jobs."""
    jobs = space.control("POST", "/clock/advance", {"days": count}).json()["jobs"]
    return [
        f"{job['at'][11:16]} {job['outcome']}" for job in jobs if job["job"].startswith("provider.")
    ]


def wrong(space: RunningSpace, kind: str, where: str = PROVIDER, **more: Any) -> None:
    space.disturb(Fault.model_validate({"where": where, "kind": kind, "nth": 1, **more}))


def batches(space: RunningSpace, day: date) -> int:
    return space.space.gateway.ledger.last_number(FLOW, day)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("late", ["05:55 kept back", "07:55 delivered"]),
        ("half-written", ["05:55 half-written", "07:55 delivered"]),
        ("corrupted", ["05:55 corrupted", "07:55 delivered"]),
        ("duplicate", ["05:55 delivered twice"]),
    ],
)
def test_the_batch_comes_in_the_end(space: RunningSpace, kind: str, told: list[str]) -> None:
    wrong(space, kind)
    day, before = today(space), len(space.leaves())

    done = pass_days(space)

    new = space.leaves()[before:]
    assert done == told
    assert batches(space, day) == 1
    assert ("batch.missing" in [leaf["e"] for leaf in new]) == (kind != "duplicate")
    assert len([one for one in new if one["e"] == "file.delivered" and one["credential"] == "infino"]) == 1  # fmt: skip


def test_what_was_put_off_is_not_sent_again_where_it_came_meanwhile(space: RunningSpace) -> None:
    wrong(space, "late")
    day = today(space)
    space.control("PUT", "/clock", {"at": f"{day + timedelta(days=1)}T07:00:00+02:00"})
    receipt = space.upload(f"{FLOW}_{day}.json", a_batch(KARIM, day=str(day)))

    assert receipt["status"] == "verdeeld"
    assert pass_days(space)[0] == "07:55 not needed any more"
    last = [leaf for leaf in space.leaves() if leaf["e"] == "batch.received"]
    assert [leaf["outcome"] for leaf in last if leaf["day"] == str(day)] == ["verdeeld"]


def test_a_batch_that_is_kept_back_is_missing(space: RunningSpace) -> None:
    wrong(space, "missing")
    day = today(space)

    assert pass_days(space, 2) == ["05:55 kept back", "05:55 delivered"]

    assert (batches(space, day), batches(space, day + timedelta(days=1))) == (0, 1)
    missing = [leaf for leaf in space.leaves() if leaf["e"] == "batch.missing"]
    assert missing[-1]["day"] == day.isoformat()


def test_a_batch_comes_after_that_of_the_next_day(space: RunningSpace) -> None:
    wrong(space, "reordered")
    day = today(space)

    assert pass_days(space, 2) == ["05:55 kept back", "05:55 delivered", "05:56 delivered"]

    assert (batches(space, day), batches(space, day + timedelta(days=1))) == (1, 1)


def test_a_provider_whose_clock_is_slow_delivers_yesterday_again(space: RunningSpace) -> None:
    pass_days(space)
    wrong(space, "clock-skew")
    day = today(space)

    assert pass_days(space) == ["05:55 delivered"]

    assert batches(space, day) == 0
    receipts = [leaf for leaf in space.leaves() if leaf["e"] == "batch.received"]
    assert receipts[-1]["outcome"] == "ongewijzigd"


def test_an_upload_that_breaks_off_is_tried_again(space: RunningSpace) -> None:
    wrong(space, "disconnect", "drop.in.wewis")
    day = today(space)

    assert pass_days(space) == ["05:55 broken off", "06:00 delivered"]

    assert batches(space, day) == 1


def test_a_provider_that_is_told_to_wait_meets_nothing(space: RunningSpace) -> None:
    wrong(space, "late")
    space.control("PUT", "/providers/wewis", {"automatic": False})
    try:
        assert pass_days(space) == ["05:55 manual"]
    finally:
        space.control("PUT", "/providers/wewis", {"automatic": True})

    assert space.control("GET", "/faults/counts").json()[0]["seen"] == 0
