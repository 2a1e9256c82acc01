"""The citizens of a run: what each is told is all that the log has of them, and whatever is not so is seen."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.flows.citizen_desk import CitizenDesk
from gateway.simulation.yearrun import citizens
from tests.year_run import lived, misses_of, plan_with, rows_of

DAY = "2025-03-06"
STEPS = [
    {"id": "nobody-yet", "do": "who-saw-me", "who": "noor", "at": "07:00", "expect": "nobody"},
    {"id": "opens", "do": "register", "by": "ahovoks-studietoelagen", "who": "noor"},
    {"id": "counts", "do": "care-allowance", "by": "ahovoks-studietoelagen", "who": "noor", "reference": "2024-12-31"},
    {"id": "another", "do": "care-allowance", "by": "ahovoks-andere", "who": "noor", "reference": "2024-12-31", "expect": "unit-not-listed"},
    {"id": "advice", "do": "advice", "by": "avsb", "who": "zara", "opening": "2025-01-01"},
    {"id": "calls", "do": "look", "by": "dv-cc1700", "who": "joris", "name": "Verzonnen", "first_name": "Joris", "amount": "437.50"},
    {"id": "mother", "do": "who-saw-me", "who": "sofie", "about": "noor", "at": "20:00", "expect": "answered"},
    {"id": "stranger", "do": "who-saw-me", "who": "karim", "about": "noor", "at": "20:00", "expect": "sender-mismatch"},
    {"id": "zara-looks", "do": "who-saw-me", "who": "zara", "at": "20:00", "expect": "answered"},
    {"id": "joris-looks", "do": "who-saw-me", "who": "joris", "at": "20:00", "expect": "answered"},
    {"id": "wilma-looks", "do": "who-saw-me", "who": "wilma", "at": "20:00", "expect": "nobody"},
]  # fmt: skip


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the day."""
    folder = tmp_path_factory.mktemp("citizens")
    lived(plan_with(DAY, STEPS), folder)
    return folder


def test_what_citizens_are_told_is_what_the_log_has_of_them(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))

    assert report["ok"], misses_of(report)
    assert [(one["who"], one["about"], one["given"], one["refused"], one["by"]) for one in report["citizens"]] == [
        ("noor", "noor", 0, 0, []),
        ("sofie", "noor", 1, 1, ["ahovoks-andere", "ahovoks-studietoelagen"]),
        ("zara", "zara", 2, 0, ["avsb", "magda"]),
        ("joris", "joris", 1, 0, ["dv-cc1700"]),
        ("wilma", "wilma", 0, 0, []),
    ]  # fmt: skip
    checks = {check["what"] for step in report["steps"] for check in step["checks"]}
    assert checks >= {"whom a citizen may look at", "what the log has of a citizen", "what was asked about a citizen"}  # fmt: skip


def test_looks_of_citizens_have_a_place_in_every_form(out: Path) -> None:
    (mother,) = [row for row in rows_of(out) if row["step"] == "mother"]

    assert (mother["kind"], mother["by"], mother["about"], mother["count"]) == ("citizen", "sofie", "noor", 2)  # fmt: skip
    assert "Burgers die keken" in (out / "report.html").read_text("utf-8")
    assert 'classname="mother" name="what the log has of a citizen"' in (out / "junit.xml").read_text()  # fmt: skip


def without_last(told: list[Any]) -> list[Any]:
    return told[:-1]


def with_one_twice(told: list[Any]) -> list[Any]:
    return [*told, {**told[0], "beslissing": "D-1"}]


def with_another_outcome(told: list[Any]) -> list[Any]:
    return [{**told[0], "uitkomst": "niet afgeleverd"}, *told[1:]]


@pytest.mark.parametrize("spoil", [without_last, with_one_twice, with_another_outcome])
def test_one_look_too_few_too_many_or_told_otherwise_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[list[Any]], list[Any]]
) -> None:
    told = citizens._items
    monkeypatch.setattr(citizens, "_items", lambda *given: spoil(list(told(*given))))
    steps = [step for step in STEPS if step["id"] in ("opens", "counts", "another", "mother")]

    report = lived(plan_with(DAY, steps), tmp_path)

    assert {step for step, _ in misses_of(report)} == {"mother"}
    assert ("mother", "what the log has of a citizen") in misses_of(report)


def test_a_question_that_stands_nowhere_in_the_log_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citizens, "_of_log", lambda *_: iter(()))
    monkeypatch.setattr(citizens, "_items", lambda *_: iter(()))
    steps = [step for step in STEPS if step["id"] in ("opens", "counts", "mother")]

    report = lived(plan_with(DAY, steps), tmp_path)

    assert set(misses_of(report)) == {("mother", "citizen"), ("mother", "what was asked about a citizen")}  # fmt: skip


def test_a_parent_who_may_see_nobody_or_anybody_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CitizenDesk, "sees", lambda self, _: self.citizens.all())
    steps: list[Mapping[str, Any]] = [step for step in STEPS if step["id"] == "stranger"]

    report = lived(plan_with(DAY, steps), tmp_path)

    assert set(misses_of(report)) == {("stranger", "citizen"), ("stranger", "whom a citizen may look at")}  # fmt: skip
