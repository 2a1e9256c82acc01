"""VUTG's staff in a run: in with key and one-time code alone, and the ready file holds what it should; else it is seen."""

from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.drop_secrets import OneTimeCodes
from gateway.simulation.in_process.door import Visitors
from gateway.simulation.yearrun import payments
from tests.people import NOOR
from tests.year_run import lived, misses_of, plan_with, rows_of

DAY, NEXT, LAST = "2025-07-02", "2025-07-03", "2025-07-04"
QUIET = {"id": "quiet", "do": "provider", "party": "wewis", "automatic": False, "at": "00:00"}
STEPS: list[dict[str, Any]] = [
    {"id": "wrong", "do": "ready-file", "who": "noor", "code": "wrong", "expect": "log-in-refused"},
    {"id": "places", "do": "ready-file", "who": ["noor", "lukas"]},
    {"id": "used", "do": "ready-file", "who": "bram", "code": "used", "expect": "log-in-refused"},
    {"id": "collects", "do": "collect", "by": "zele-financien", "flow": "zele-betaalbestand", "on": NEXT},
    {"id": "asks", "do": "payment-file", "by": "zele-leven-welzijn", "on": LAST},
]  # fmt: skip


def test_staff_comes_in_with_key_and_code_and_zele_finds_the_file(tmp_path: Path) -> None:
    report = lived(plan_with(DAY, [QUIET, *STEPS], LAST), tmp_path)

    assert misses_of(report) == []
    held = {(step["id"], check["what"]) for step in report["steps"] for check in step["checks"]}
    assert held >= {(step, "how VUTG came in") for step in ("wrong", "places", "used")}
    assert held >= {("collects", "payment rows"), ("asks", "payment rows"), ("places", "rows of a ready file")}  # fmt: skip
    uploads = [row["outcome"] for row in rows_of(tmp_path) if row["kind"] == "upload"]
    assert uploads == ["log-in-refused", "distributed", "log-in-refused"]
    assert NOOR not in (tmp_path / "timeline.ndjson").read_text("utf-8")


@pytest.mark.parametrize("lets_in", [True, False])
def test_a_code_that_counts_always_or_never_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lets_in: bool
) -> None:
    monkeypatch.setattr(OneTimeCodes, "take", lambda *_: lets_in)

    report = lived(plan_with(DAY, STEPS[:3]), tmp_path)

    wrong = {"wrong", "used"} if lets_in else {"places"}
    assert {step for step, what in misses_of(report) if what == "how VUTG came in"} == wrong
    assert {step for step, what in misses_of(report) if what == "ready file"} >= wrong


def test_a_file_that_zele_finds_with_other_rows_or_never_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def more(*given: Any) -> Any:
        content, rows = made(*given)
        return content, {**rows, "nobody": 1}

    made = payments.ready_file
    monkeypatch.setattr(payments, "ready_file", more)

    other = lived(plan_with(DAY, [QUIET, *STEPS[1:4:2]], NEXT), tmp_path / "other")
    never = lived(plan_with(DAY, [QUIET, STEPS[1]], NEXT), tmp_path / "never")

    assert set(misses_of(other)) == {("places", "rows of a ready file"), ("collects", "payment rows")}  # fmt: skip
    assert ("closing", "ready files that never came") in misses_of(never)


def test_each_code_is_of_a_later_step_and_of_none_that_is_too_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = iter([100, 100, 100, 100, 100, 100, 101, 101])
    monkeypatch.setattr("gateway.simulation.in_process.door._step", lambda: next(machine))
    visitors = Visitors(None, None, None)  # type: ignore[arg-type]  # only what it remembers is asked

    shown = [visitors.used.setdefault(user, visitors._next_step(user)) for user in ("a", "b")]
    visitors.used["a"] = visitors._next_step("a")
    last = visitors._next_step("a")

    assert shown == [100, 100]
    assert (visitors.used["a"], last) == (101, 102)
