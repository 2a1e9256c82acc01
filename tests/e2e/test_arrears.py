"""Acts and files: one file that catches up once a suspension is lifted, and none after the end."""

from typing import Any

import httpx
import pytest

from gateway.settings import DEMO_CLOCK
from tests.people import ELIF, KARIM
from tests.running import FLOW, RunningSpace, a_batch

ACTS = "/v1/protocollen/001/gebeurtenissen"
DAYS = ["2025-03-10", "2025-03-11", "2025-03-12"]
EVIDENCE = f"sha256:{'0' * 64}"


def act(space: RunningSpace, kind: str, by: str = "wewis", **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {space.ready['control_token']}"}
    body = {"soort": kind, "door": by, "stuk": EVIDENCE, **more}
    answer = httpx.post(space.http + ACTS, json=body, headers=headers, timeout=30, trust_env=False)
    assert answer.status_code == 201, answer.text
    space.host.space.settle()
    found: dict[str, Any] = answer.json()
    return found


def suspend(space: RunningSpace, party: str) -> None:
    act(space, "schorsing", partij=party, stroom=FLOW, reden="proef")


def lift(space: RunningSpace, party: str) -> None:
    act(space, "opheffing", partij=party, stroom=FLOW)


def deliver(space: RunningSpace, day: str, *persons: str, number: int = 1) -> None:
    suffix = "" if number == 1 else f"_{number}"
    receipt = space.upload(f"{FLOW}_{day}{suffix}.json", a_batch(*persons, day=day, number=number))
    assert receipt["status"] == "verdeeld"


@pytest.fixture
def clock() -> str:
    return DEMO_CLOCK.replace("03-10", "03-12")


@pytest.fixture
def registered(space: RunningSpace) -> RunningSpace:
    space.register("infino", KARIM, ELIF)
    return space


def test_lifting_gives_one_file_with_everybody_who_was_missed(registered: RunningSpace) -> None:
    space = registered
    deliver(space, DAYS[0], KARIM)
    suspend(space, "infino")
    deliver(space, DAYS[1], ELIF)
    deliver(space, DAYS[2], ELIF, KARIM)

    lift(space, "infino")

    found = space.found("infino")
    assert [(one["dag"], one["volgnummer"], one["insz"]) for one in found] == [
        (DAYS[0], 1, [KARIM]), (DAYS[2], 2, [ELIF, KARIM]),
    ]  # fmt: skip
    kinds = [leaf["e"] for leaf in space.leaves()]
    assert kinds.count("file.catch-up") == 1
    assert space.verify().ok


def test_registrations_count_at_the_instant_of_lifting(space: RunningSpace) -> None:
    suspend(space, "infino")
    deliver(space, DAYS[0], KARIM)
    space.register("infino", KARIM)

    lift(space, "infino")

    assert [one["insz"] for one in space.found("infino")] == [[KARIM]]


def test_a_corrected_day_is_caught_up_with_its_last_list(registered: RunningSpace) -> None:
    space = registered
    suspend(space, "infino")
    deliver(space, DAYS[0], KARIM)
    deliver(space, DAYS[0], ELIF, number=2)

    lift(space, "infino")

    assert [one["insz"] for one in space.found("infino")] == [[ELIF]]


def test_nothing_is_caught_up_with_twice(registered: RunningSpace) -> None:
    space = registered
    suspend(space, "infino")
    deliver(space, DAYS[0], KARIM)
    lift(space, "infino")
    suspend(space, "infino")
    deliver(space, DAYS[1], ELIF)
    lift(space, "infino")
    space.host.space.gateway.files.arrears.settle()

    assert [one["insz"] for one in space.found("infino")] == [[KARIM], [ELIF]]


def test_the_others_see_nothing_of_it(registered: RunningSpace) -> None:
    space = registered
    suspend(space, "infino")
    deliver(space, DAYS[0], KARIM)
    lift(space, "infino")

    assert len(space.found("kidslife")) == 1


def test_001_31_files_are_withdrawn_at_the_end_of_notice_and_not_before(
    registered: RunningSpace,
) -> None:
    space = registered
    space.control("PUT", "/providers/wewis", {"automatic": False})
    deliver(space, DAYS[0], KARIM)
    done = act(space, "opzegging", by="infino")
    before = len(space.found("infino"))

    moved = space.control("PUT", "/clock", {"at": done["van_kracht"]})

    with space.sftp("infino") as consumer:
        after = consumer.files(FLOW)
    assert (moved.status_code, before, after) == (200, 1, [])
    assert [leaf["e"] for leaf in space.leaves()].count("file.withdrawn") == 1
    assert len(space.found("kidslife")) == 1


def test_what_was_acknowledged_is_withdrawn_too(registered: RunningSpace) -> None:
    space = registered
    deliver(space, DAYS[0], KARIM)
    with space.sftp("infino") as consumer:
        consumer.acknowledge(FLOW, f"{FLOW}_{DAYS[0]}_000001.json")
    space.host.space.settle()

    act(space, "grond-vervallen")

    kinds = [leaf["e"] for leaf in space.leaves()]
    assert kinds.count("file.withdrawn") == 6
