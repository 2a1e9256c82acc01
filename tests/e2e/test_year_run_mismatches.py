"""What must not be in a run is told where it is: each thing here is brought about on purpose."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner

from consumers.inbox import STATE
from gateway.bootstrap.log import LOG
from gateway.cli.main import app
from gateway.simulation.yearrun import filing, log_book, truth
from gateway.simulation.yearrun.chronicle import Chronicle
from gateway.simulation.yearrun.closing import CLOSING
from gateway.simulation.yearrun.conduct import conduct
from gateway.simulation.yearrun.order import Order
from gateway.simulation.yearrun.plan import find_run, read_plan
from gateway.simulation.yearrun.runner import VERBS
from gateway.simulation.yearrun.stage import Files, Stage
from gateway.simulation.yearrun.steps import Plan
from tests.people import NOOR

OTHERWISE = """UPDATE entry SET leaf = CAST(replace(leaf, '"space":"', '"space":"x') AS BLOB)"""
pytestmark = pytest.mark.timeout(300)
FIRST, LAST = date(2025, 3, 3), date(2025, 3, 6)


def plan_of(name: str, first: date, last: date, *steps: str) -> Plan:
    """A part of a named run, as a whole one: all steps of these days, or some of them."""
    plan = read_plan(find_run(name))
    mine = [step for step in plan.steps if not steps or step.id in steps]
    return plan.model_copy(update={"begin": first, "until": last, "steps": mine})


def failed(plan: Plan, out: Path) -> Mapping[str, Sequence[str]]:
    """What was not as expected, by step."""
    report = conduct(Order(name=plan.run, plan=plan, seed=42), out, lambda _: None)
    found = {
        step["id"]: [check["what"] for check in step["checks"] if check["failed"]]
        for step in report["steps"]
    }
    assert report["ok"] is not any(found.values())
    return {step: wrong for step, wrong in found.items() if wrong}


def test_what_is_wrong_in_the_log_is_told_when_the_books_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody collects, an entry is changed on disk, and what is looked for stands everywhere."""

    def change(stage: Stage, _: Any) -> None:
        with closing(sqlite3.connect(stage.exchange.space.data / LOG)) as log, log:
            log.execute(OTHERWISE)

    def otherwise(self: Chronicle, decision: str | None, _: str, *, refused: bool) -> None:
        if decision is not None:
            self.answers[int(decision.removeprefix("D-"))] = (
                "permit" if refused else "refusal",
                None,
            )

    monkeypatch.setitem(VERBS, "follow", change)
    monkeypatch.setattr(log_book, "golden", frozenset)
    monkeypatch.setattr(log_book, "holds_number", lambda leaf: b'"e":"decision"' in leaf)
    monkeypatch.setattr(Chronicle, "_remember", otherwise)

    assert failed(plan_of("maart-2025", FIRST, LAST), tmp_path) == {
        CLOSING: [
            "the log and its checkpoints",
            "files that nobody acknowledged",
            "files that were owed and never came",
            "disclosures outside the matrix",
            "entries that hold a person's number",
            "answers that the log has otherwise",
        ]
    }


def test_what_is_wrong_with_files_is_told_where_they_are_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is damaged where it lies, one is gone from who kept it, and of each more people are owed."""
    owe, collect = Files.owe, filing.collect

    def owe_more(self: Files, unit: str, flow: str, day: date, numbers: Sequence[str]) -> None:
        owe(self, unit, flow, day, [*numbers, NOOR])

    def damage(stage: Stage, step: Any) -> None:
        data = stage.exchange.space.data
        newest = max((data / "drop/kidslife/uit/jobbonusplus-mutaties").glob("*.json"))
        newest.write_bytes(newest.read_bytes()[:-1])
        collect(stage, step)
        kept = data / "agencies/vutg-rechten/inbox/jobbonusplus-mutaties"
        lines = (kept / STATE).read_text("utf-8").splitlines(keepends=True)
        others = [line for line in lines if json.loads(line)["sequence"] != 2]
        assert len(others) == len(lines) - 1
        (kept / STATE).write_text("".join(others), "utf-8")
        next(kept.glob("*_000002.json.manifest.jws")).unlink()

    monkeypatch.setattr(Files, "owe", owe_more)
    monkeypatch.setitem(VERBS, "collect", damage)

    found = failed(plan_of("maart-2025", FIRST, date(2025, 3, 11), "collects"), tmp_path)

    assert {"kidslife collects jobbonusplus-mutaties", "vutg-rechten list"} <= {*found["collects"]}
    assert "gaps in jobbonusplus-mutaties of vutg-rechten" in found[CLOSING]


def test_a_payment_file_with_others_than_the_world_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of("jaar-2025", date(2025, 7, 9), date(2025, 7, 10), "july-file")
    assert "july-file" not in failed(plan, tmp_path / "right")
    due = truth.payments
    monkeypatch.setattr(
        truth, "payments", lambda *of: (due(*of)[0], {**due(*of)[1], NOOR: Decimal("1.00")})
    )

    assert failed(plan, tmp_path / "wrong")["july-file"] == ["payment rows"]


MINE = """run: mine
title: Een dag
from: 2025-03-13
until: 2025-03-13
steps:
  - {id: rubbish, do: upload, tells: Een half bestand, on: 2025-03-13, day: 2025-03-11, who: karim, content: rubbish, expect: distributed}
"""


def test_the_command_ends_with_one_where_something_was_not_as_expected(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, "utf-8")

    done = CliRunner().invoke(
        app, ["run", str(tmp_path / "mine.yaml"), "--report", str(tmp_path / "out")]
    )

    assert done.exit_code == 1, done.output
    assert "NOT AS EXPECTED  rubbish: wewis upload: " in done.stdout
    assert "expected distributed, got quarantined" in done.stdout
    suite = etree.parse(tmp_path / "out/junit.xml").getroot()
    assert suite.get("failures") == "1"
