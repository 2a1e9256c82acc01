"""002 art. 4: AVSB has the list passed on, and each care fund sees its own members at that instant."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.domain.lifecycle import EventKind, LifecycleEvent
from tests.people import AMINA, KARIM, ZARA
from tests.running import RunningSpace, a_batch

LIST, MEMBERS = "inburgering-jaarlijst", "inburgering-jaarlijst-leden"
PASS_ON = "/v1/inburgering/jaarlijst/doorgiften"
FUNDS = [f"zorgkas-{number}" for number in range(1, 7)]


def with_list(space: RunningSpace) -> None:
    content = a_batch(AMINA, ZARA, KARIM, day="2025-01-01", flow=LIST)
    space.upload(f"{LIST}_2025-01-01.json", content, user="agii", flow=LIST)


def pass_on(space: RunningSpace, unit: str | None = "avsb", year: Any = 2025) -> httpx.Response:
    return space.post(unit, PASS_ON, {"jaar": year})


def found(space: RunningSpace) -> dict[str, list[list[str]]]:
    base = Path(space.host.space.store.root_of("x")).parent
    return {
        fund: [json.loads(one.read_bytes())["insz"]
               for one in sorted((base / fund / "uit" / MEMBERS).glob("*.json"))]
        for fund in FUNDS
    }  # fmt: skip


def test_each_fund_finds_its_own_members_and_nobody_else(space: RunningSpace) -> None:
    with_list(space)

    answer = pass_on(space)

    assert (answer.status_code, answer.json()["zorgkassen"]) == (201, 6)
    assert answer.json()["doorgifte"].startswith("B-")
    assert found(space) == {fund: [[]] for fund in FUNDS} | {
        "zorgkas-1": [[ZARA]], "zorgkas-2": [[AMINA]],
    }  # fmt: skip
    delivered = [leaf for leaf in space.leaves() if leaf["e"] == "file.delivered"]
    assert [(one["unit"], one["n"]) for one in delivered[1:]] == [
        ("zorgkas-1", 1), ("zorgkas-2", 1), *((fund, 0) for fund in FUNDS[2:]),
    ]  # fmt: skip
    assert space.verify().ok


def test_002_12_membership_is_that_of_the_instant(space: RunningSpace) -> None:
    with_list(space)
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.control("PUT", "/clock", {"at": "2025-07-01T00:00:00+02:00"})

    pass_on(space)

    assert found(space)["zorgkas-2"] == [[]]
    assert found(space)["zorgkas-3"] == [[AMINA]]


def test_asked_again_it_is_told_and_nothing_goes_out_twice(space: RunningSpace) -> None:
    with_list(space)
    first = pass_on(space)
    before = found(space)

    again = pass_on(space)

    assert (again.status_code, again.json()) == (200, first.json())
    assert found(space) == before


def test_without_a_list_there_is_nothing_to_pass_on(space: RunningSpace) -> None:
    answer = pass_on(space)

    assert (answer.status_code, answer.json()["reason"]) == (404, "no-data")


@pytest.mark.parametrize("unit", ["agii", "zorgkas-1", "infino", None])
def test_only_the_agency_passes_on(space: RunningSpace, unit: str | None) -> None:
    with_list(space)

    answer = pass_on(space, unit)

    assert answer.status_code == (401 if unit is None else 403)
    assert found(space) == {fund: [] for fund in FUNDS}
    refused = [leaf for leaf in space.leaves() if leaf["e"] == "decision"]
    assert [leaf["outcome"] for leaf in refused] == ["refusal"]


def test_after_the_end_nothing_is_passed_on(space: RunningSpace) -> None:
    with_list(space)
    now = space.host.space.clock.now()
    space.host.space.gateway.protocols.record(
        LifecycleEvent(protocol="002", kind=EventKind.END, effective_at=now,
                       recorded_at=now)
    )  # fmt: skip

    answer = pass_on(space)

    assert (answer.status_code, answer.json()["reason"]) == (403, "protocol-ended")
    assert found(space) == {fund: [] for fund in FUNDS}
