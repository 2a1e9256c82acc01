"""Rules of faults: what they mean, when they are drawn, and what is told of those that mean nothing."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.simulation.disturbance.board import Board
from gateway.simulation.disturbance.files import (
    FaultFileInvalid,
    about,
    parse_faults,
    profiles,
    read_faults,
)
from gateway.simulation.disturbance.kinds import AREAS, Stage
from gateway.simulation.disturbance.places import anywhere, here_with
from gateway.simulation.disturbance.rules import Fault, FaultsInvalid
from tests.people import KARIM, NOOR

DOCS = Path(__file__).parents[2] / "docs/disturbances.md"
NOW = datetime(2025, 3, 10, 7, tzinfo=UTC)
HERE = here_with(lambda: [{"key": "noor", "insz": NOOR}])
CARE, TRANSACTIONS = "source.zorgtoeslag", "source.jobbonusplus-verrichtingen"


def a_board(*faults: dict[str, Any], seed: int = 1, at: datetime = NOW) -> Board:
    board = Board(seed, lambda: at, HERE)
    board.put([Fault.model_validate(one) for one in faults])
    return board


def hits(board: Board, count: int, place: str = CARE, person: str | None = None) -> list[int]:
    """Which of so many occurrences went wrong."""
    return [n for n in range(1, count + 1) if board.draw(place, Stage.HAPPEN, person) is not None]


def test_a_board_without_rules_draws_nothing_and_says_so() -> None:
    board = a_board()

    assert board.is_still
    assert hits(board, 3) == []


def test_a_rule_counts_at_its_place_and_at_all_within() -> None:
    narrow = a_board({"where": CARE, "kind": "silent"})
    wide = a_board({"where": "source", "kind": "silent"})

    assert (hits(narrow, 1), hits(narrow, 1, TRANSACTIONS)) == ([1], [])
    assert (hits(wide, 1), hits(wide, 1, TRANSACTIONS)) == ([1], [1])


def test_a_place_is_not_taken_for_another_that_begins_alike() -> None:
    board = a_board({"where": CARE, "kind": "silent"})

    assert hits(board, 1, f"{CARE}-anders") == []


def test_only_the_nth_occurrence_goes_wrong() -> None:
    assert hits(a_board({"where": CARE, "kind": "silent", "nth": 3}), 5) == [3]


def test_a_share_goes_wrong_and_rate_zero_is_nothing() -> None:
    half = len(hits(a_board({"where": CARE, "kind": "silent", "rate": 0.5}), 1_000))

    assert 430 < half < 570
    assert hits(a_board({"where": CARE, "kind": "silent", "rate": 0.0}), 100) == []


def test_the_seed_decides_which() -> None:
    rule = {"where": CARE, "kind": "silent", "rate": 0.3}

    first, same, other = (hits(a_board(rule, seed=seed), 100) for seed in (1, 1, 2))

    assert first == same
    assert first != other


def test_what_one_rule_draws_does_not_depend_on_those_behind_it() -> None:
    rule = {"where": CARE, "kind": "silent", "rate": 0.3}
    more = {"where": CARE, "kind": "busy", "rate": 0.4}

    alone, both = a_board(rule), a_board(rule, more)

    kinds = [one.kind if (one := both.draw(CARE, Stage.HAPPEN)) else "" for _ in range(100)]
    assert [n for n, kind in enumerate(kinds, 1) if kind == "silent"] == hits(alone, 100)
    assert "busy" in kinds
    assert both.counts()[1]["seen"] == 100


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        ("2025-03-09T22:59:59+00:00", False), ("2025-03-09T23:00:00+00:00", True),
        ("2025-03-11T22:59:59+00:00", True), ("2025-03-11T23:00:00+00:00", False),
    ],
)  # fmt: skip
def test_days_are_belgian_and_the_last_is_meant_whole(*, at: str, counts: bool) -> None:
    rule = {"where": CARE, "kind": "silent", "from": "2025-03-10", "until": "2025-03-11"}

    board = a_board(rule, at=datetime.fromisoformat(at))

    assert hits(board, 1) == ([1] if counts else [])


def test_a_rule_counts_until_its_instant_and_not_at_it() -> None:
    rule = {"where": CARE, "kind": "silent", "until": "2025-03-10T08:00:00+01:00"}

    assert hits(a_board(rule, at=NOW), 1) == []
    assert hits(a_board(rule, at=datetime(2025, 3, 10, 6, 59, tzinfo=UTC)), 1) == [1]


@pytest.mark.parametrize("named", ["noor", NOOR, "12.63.14-002.09"])
def test_a_rule_about_a_person_leaves_others_alone(named: str) -> None:
    board = a_board({"where": CARE, "kind": "silent", "nth": 2, "person": named})

    assert hits(board, 1, person=KARIM) == []
    assert hits(board, 3, person=NOOR) == [2]


def test_what_bites_at_different_moments_can_come_together() -> None:
    board = a_board(
        {"where": CARE, "kind": "latency", "seconds": 2}, {"where": CARE, "kind": "silent"}
    )

    waits, goes_wrong = board.draw(CARE, Stage.WAIT), board.draw(CARE, Stage.HAPPEN)

    assert waits is not None
    assert goes_wrong is not None
    assert (waits.kind, waits.seconds, goes_wrong.kind) == ("latency", 2, "silent")


@given(st.lists(st.sampled_from([CARE, TRANSACTIONS]), max_size=40), st.integers(0, 5))
def test_each_place_has_its_draws_whatever_happens_elsewhere(places: list[str], seed: int) -> None:
    rules = [{"where": place, "kind": "silent", "rate": 0.5} for place in (CARE, TRANSACTIONS)]
    board, alone = a_board(*rules, seed=seed), a_board(*rules, seed=seed)

    mixed = [board.draw(place, Stage.HAPPEN) is not None for place in places]

    assert [hit for hit, place in zip(mixed, places, strict=True) if place == CARE] == [
        alone.draw(CARE, Stage.HAPPEN) is not None for place in places if place == CARE
    ]


def test_another_board_goes_on_where_one_stood() -> None:
    half: dict[str, Any] = {"where": CARE, "kind": "silent", "rate": 0.5}
    rules = [half, {"where": CARE, "kind": "busy"}]
    board, heir = a_board(*rules), a_board()
    hits(board, 7)

    heir.hold(board.held())

    assert heir.counts() == board.counts()
    assert board.counts()[0]["hit"] > 0
    assert hits(heir, 20) == hits(board, 20)


def test_a_rule_is_shown_as_it_was_put() -> None:
    shown = {"where": CARE, "kind": "silent", "rate": 1.0, "nth": None, "from": None, "until": None}
    more = shown | {"from": "2025-03-10", "person": "noor", "seconds": 1.5, "kind": "time-out"}

    board = a_board({"where": CARE, "kind": "silent"}, more)

    assert [one.row() for one in board.faults] == [shown, more]


@pytest.mark.parametrize(
    ("wrong", "member"),
    [
        ({"where": "source.elders"}, "where"), ({"where": "log"}, "where"), ({"where": ""}, "where"),
        ({"kind": "drip"}, "kind"), ({"person": "nobody"}, "person"), ({"seconds": -1}, "seconds"), ({"kind": "time-out", "seconds": 301}, "seconds"), ({"person": "85020100023"}, "person"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_told_and_changes_nothing(wrong: dict[str, Any], member: str) -> None:
    board = a_board({"where": CARE, "kind": "silent"})

    with pytest.raises(FaultsInvalid) as caught:
        board.put([Fault.model_validate({"where": CARE, "kind": "busy"} | wrong)])

    assert [(one.number, one.member) for one in caught.value.flaws] == [(0, member)]
    assert "8502" not in str(caught.value)
    assert [one.kind for one in board.faults] == ["silent"]


FILE = """# mine
- {where: source, kind: silent, rate: 0.5, from: 2025-03-10}
- where: source.zorgtoeslag
  kind: latency
  seconds: 3
"""


def test_a_file_holds_the_same_rows() -> None:
    rules = parse_faults("mine.yaml", FILE.encode(), HERE)

    assert [(one.where, one.kind, one.rate, one.from_, one.seconds) for one in rules] == [
        ("source", "silent", 0.5, "2025-03-10", None),
        ("source.zorgtoeslag", "latency", 1.0, None, 3),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("kind: silent", "kind: drip", "mine.yaml:2: 0.kind: is no kind that happens at source"),
        ("rate: 0.5", "rate: 1.5", "mine.yaml:2: 0.rate: Input should be less than or equal to 1"),
        ("seconds: 3", "secs: 3", "mine.yaml:5: 1.secs: Extra inputs are not permitted"),
        ("  kind: latency\n", "", "mine.yaml:3: 1.kind: Field required"),
        ("source.zorgtoeslag", "source.elders", "mine.yaml:3: 1.where: is no place here"),
        ("from: 2025-03-10", "from: gisteren", "mine.yaml:2: 0.from: Value error, an instant is written"),
        ("  seconds", "\tseconds", "mine.yaml:5: document: a tab"),
        ("- where", "where", "mine.yaml:3: document: expected <block end>"),
        (FILE, "where: source", "mine.yaml:1: document: is no list of rows"),
        (FILE, "", "mine.yaml:1: document: is empty"),
    ],
)  # fmt: skip
def test_each_slip_in_a_file_is_told_with_its_line(old: str, new: str, told: str) -> None:
    with pytest.raises(FaultFileInvalid) as caught:
        parse_faults("mine.yaml", FILE.replace(old, new).encode(), HERE)

    assert str(caught.value).startswith(told)


def test_all_slips_are_told_at_once() -> None:
    text = FILE.replace("rate: 0.5", "rate: 2").replace("seconds: 3", "seconds: soon")

    with pytest.raises(FaultFileInvalid) as caught:
        parse_faults("mine.yaml", text.encode(), HERE)

    assert [one.line for one in caught.value.defects] == [2, 5]


def test_a_file_that_is_not_there_is_told_with_the_ready_ones(tmp_path: Path) -> None:
    with pytest.raises(FaultFileInvalid, match=r"cannot be read.*slow-sources"):
        read_faults(str(tmp_path / "none.yaml"), HERE)


@pytest.mark.parametrize("name", profiles())
def test_every_ready_profile_holds_and_is_in_the_docs(name: str) -> None:
    assert read_faults(name, anywhere())
    assert re.search(rf"^\| `{name}` \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert about(profiles()[name]).endswith(".")


def test_the_docs_list_every_kind_at_every_place_and_no_other() -> None:
    rows = {
        (area, kind, nature.sees, f"{nature.seconds:g}" if nature.seconds is not None else "–")
        for area, kinds in AREAS.items()
        for kind, nature in kinds.items()
    }
    found = re.findall(r"^\| `([\w.]+)` \| `([\w-]+)` \| (.+) \| (\S+) \|$", DOCS.read_text("utf-8"), re.MULTILINE)  # fmt: skip

    assert set(found) == rows
    assert len(found) == len(rows)


def test_every_place_is_named_in_the_docs() -> None:
    text = DOCS.read_text("utf-8")

    flows = {
        place.rpartition(".")[2]
        for area, within in HERE.places.items()
        for place in within
        if not area.startswith("drop.")
    }

    assert {area for area in HERE.places if f"`{area}" not in text} == set()
    assert {flow for flow in flows if f"{flow}`" not in text} == set()
