"""A share of a run goes over SOAP: the same outcomes, and over both wires the same answers; else it is seen."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumers import wire_soap
from gateway.cli.main import app
from gateway.simulation.yearrun import closing
from gateway.simulation.yearrun.log_book import LogBook
from tests.year_run import lived, misses_of, plan_with, rows_of

DAY = "2025-03-11"
GRANT: dict[str, Any] = {"by": "ahovoks-studietoelagen", "reference": "2024-12-31"}
STEPS: list[dict[str, Any]] = [
    {"id": "opens", "do": "register", "by": "ahovoks-studietoelagen", "who": ["noor", "lukas"], "over": "soap"},
    {"id": "counts", "do": "care-allowance", **GRANT, "who": ["noor", "lukas", "bram"], "over": "both"},
    {"id": "closes", "do": "deregister", "by": "ahovoks-studietoelagen", "who": "lukas", "over": "soap"},
    {"id": "closed", "do": "care-allowance", **GRANT, "who": "lukas", "over": "both", "expect": "not-registered"},
    {"id": "advice", "do": "advice", "by": "avsb", "who": ["amina", "zara", "yusuf"], "opening": "2025-01-01", "over": "both"},
    {"id": "payer", "do": "register", "by": "infino", "who": ["karim", "elif"]},
    {"id": "money", "do": "transactions", "by": "infino", "who": ["karim", "elif"], "over": "both"},
    {"id": "early", "do": "transactions", "by": "infino", "who": "karim", "purpose": "audit", "over": "both", "expect": "purpose-not-agreed"},
]  # fmt: skip


def test_the_wires_tell_the_same_and_the_report_says_how_much_went_over_soap(
    tmp_path: Path,
) -> None:
    report = lived(plan_with(DAY, STEPS), tmp_path)

    assert misses_of(report) == []
    calls = [row for row in rows_of(tmp_path) if row["kind"] == "call"]
    over = [row for row in calls if row.get("over") == "soap"]
    assert (len(calls), len(over)) == (2 + 6 + 1 + 2 + 6 + 2 + 4 + 2, 2 + 3 + 1 + 1 + 3 + 2 + 1)
    assert report["totals"]["over_soap"] == len(over)
    held = {(step["id"], check["what"]): check["held"] for step in report["steps"] for check in step["checks"]}  # fmt: skip
    assert held["counts", "ahovoks-studietoelagen over both wires"] == 3
    assert held["closing", "questions over SOAP"] == 1


def test_an_answer_that_reads_otherwise_over_soap_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(inner: Any) -> Any:
        told = read(inner)
        return {**told, "verrichtingen": [{**one, "bedragtype": "2"} for one in told["verrichtingen"]]}  # fmt: skip

    read = wire_soap._transactions
    monkeypatch.setattr(wire_soap, "_transactions", wrong)
    steps = [step for step in STEPS if step["id"] in ("payer", "money")]

    report = lived(plan_with(DAY, steps), tmp_path)

    assert ("money", "infino over both wires") in misses_of(report)
    assert {step for step, _ in misses_of(report)} == {"money"}


def test_a_question_over_soap_that_the_log_has_otherwise_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(*answers: Any) -> LogBook:
        book = LogBook(*answers)
        book.channels["soap"] -= 1
        return book

    monkeypatch.setattr(closing, "LogBook", forgetful)

    report = lived(plan_with(DAY, STEPS[:1]), tmp_path)

    assert misses_of(report) == [("closing", "questions over SOAP")]


def test_what_is_stated_goes_over_one_wire(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "run: mine\ntitle: Mijn run\nfrom: 2025-03-11\nuntil: 2025-03-11\nsteps:\n"
        "  - {id: a, do: register, tells: x, on: 2025-03-11, by: infino, who: karim, over: both}\n"
    )

    told = CliRunner().invoke(app, ["run", str(mine), "--report", str(tmp_path / "out")])

    assert told.exit_code == 3
    assert "what is stated twice changes nothing: give rest or soap" in told.stderr
