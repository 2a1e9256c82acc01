"""Births, moves and deaths in a run: sources, rights and payment files follow from that day on; else it is seen."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.simulation.people_desk import PeopleDesk
from gateway.simulation.yearrun import payments
from tests.year_run import lived, misses_of, plan_with, rows_of

GRANT: dict[str, Any] = {"by": "ahovoks-studietoelagen", "who": "mila", "reference": "2025-06-30"}
QUIET = {"id": "quiet", "do": "provider", "party": "wewis", "automatic": False, "at": "00:00"}
BORN: dict[str, Any] = {
    "id": "born", "do": "birth", "called": "mila", "parents": ["oscar", "sofie"], "town": "Gent", "on": "2025-06-03",
    "recognised": {"decided": "2025-06-20", "from": "2025-06-03", "until": "2027-01-31", "pillars": [4, 5, 9]},
}  # fmt: skip
DISPUTE: dict[str, Any] = {"do": "transactions", "by": "opgroeien-geschillen", "who": "oscar", "case": "K-1"}  # fmt: skip
STEPS: list[dict[str, Any]] = [
    QUIET,
    {"id": "opens", "do": "register", "by": "ahovoks-studietoelagen", "who": "mila"},
    {"id": "unborn", "do": "care-allowance", **GRANT, "reference": "2025-06-01", "expect": "insz-unknown"},
    {"id": "dispute", "do": "register", "by": "opgroeien-geschillen", "who": "oscar"},
    {"id": "ended", **DISPUTE, "expect": "right-ended"},
    {"id": "fund", "do": "advice", "by": "avsb", "who": "zara", "opening": "2025-05-01", "fund": "zorgkas-1"},
    BORN,
    {"id": "newborn", "do": "care-allowance", **GRANT, "reference": "2025-06-04", "on": "2025-06-04", "expect": "no-data"},
    {"id": "runs", **DISPUTE, "on": "2025-06-04", "expect": "answered", "over": "both"},
    {"id": "moves", "do": "befalls", "who": "mila", "what": "moved", "town": "Zele", "on": "2025-06-10"},
    {"id": "joins", "do": "befalls", "who": "amina", "what": "joined", "fund": "zorgkas-5", "on": "2025-06-10"},
    {"id": "joined", "do": "advice", "by": "avsb", "who": "amina", "opening": "2025-06-01", "fund": "zorgkas-5", "on": "2025-06-11"},
    {"id": "dies", "do": "befalls", "who": "zara", "what": "died", "on": "2025-06-11"},
    {"id": "no-member", "do": "advice", "by": "avsb", "who": "zara", "opening": "2025-05-01", "fund": "zorgkas-1", "on": "2025-06-12", "expect": "not-a-member"},
    {"id": "counts", "do": "care-allowance", **GRANT, "on": "2025-07-01", "expect": "answered"},
    {"id": "july", "do": "payment-file", "by": "zele-financien", "on": "2025-07-10"},
]  # fmt: skip
FIRST, LAST = "2025-06-02", "2025-07-10"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of six weeks."""
    folder = tmp_path_factory.mktemp("lives")
    lived(plan_with(FIRST, STEPS, LAST), folder)
    return folder


def test_sources_rights_and_payments_follow_what_befalls_people(out: Path) -> None:
    report = json.loads((out / "report.json").read_text("utf-8"))

    assert misses_of(report) == []
    assert [(one["who"], one["on"], one["what"], one["of"]) for one in report["lives"]] == [
        ("mila", "2025-06-03", "born", "Gent"),
        ("mila", "2025-06-10", "moved", "Zele"),
        ("amina", "2025-06-10", "joined", "zorgkas-5"),
        ("zara", "2025-06-11", "died", ""),
    ]
    held = {(step["id"], check["what"]) for step in report["steps"] for check in step["checks"]}
    assert held >= {("born", "the right of a parent"), ("born", "happens today"), ("july", "payment rows")}  # fmt: skip
    assert [row["about"] for row in rows_of(out) if row["kind"] == "world"] == ["mila", "mila", "amina", "zara"]  # fmt: skip
    assert "geboren" in (out / "report.html").read_text("utf-8")


def test_a_newborn_that_moved_in_stands_in_the_payment_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def keep(*given: Any) -> str:
        rows.append(told(*given))
        return rows[-1]

    rows: list[str] = []
    told = payments._told
    monkeypatch.setattr(payments, "_told", keep)
    steps = [step for step in STEPS if step["id"] in ("quiet", "born", "moves", "july")]

    lived(plan_with(FIRST, steps, LAST), tmp_path / "moved")
    lived(plan_with(FIRST, [step for step in steps if step["id"] != "moves"], LAST), tmp_path)

    assert ["mila 300.00" in row for row in rows] == [True, True, False, False]


def test_what_the_world_does_not_get_to_know_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PeopleDesk, "put", lambda *_: {})
    steps = [step for step in STEPS if step["id"] in ("quiet", "dispute", "born", "runs", "joins", "dies")]  # fmt: skip

    report = lived(plan_with(FIRST, steps, "2025-06-12"), tmp_path)

    assert set(misses_of(report)) >= {
        ("born", "happens today"),
        ("born", "the right of a parent"),
        ("runs", "opgroeien-geschillen transactions"),
        ("joins", "happens today"),
        ("dies", "happens today"),
    }


def test_slips_of_such_steps_are_told_by_line_and_key(tmp_path: Path) -> None:
    head = "run: mine\ntitle: Mijn run\nfrom: 2025-03-10\nuntil: 2025-03-11\nsteps:\n"
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    first.write_text(
        f"{head}  - {{id: a, do: birth, tells: x, every: day, called: mila, parents: sofie, town: Gent}}\n"
        "  - {id: b, do: befalls, tells: x, on: 2025-03-10, who: mila, what: moved}\n"
    )
    second.write_text(
        f"{head}  - {{id: a, do: birth, tells: x, on: 2025-03-10, called: noor, parents: nobody, town: Atlantis}}\n"
    )

    wrong, others = (
        CliRunner().invoke(app, ["run", str(one), "--report", str(tmp_path / "out")])
        for one in (first, second)
    )

    assert (wrong.exit_code, others.exit_code) == (3, 3)
    assert "one is born on a day: give on" in wrong.stderr
    assert "who moves has a town, who joins a fund" in wrong.stderr
    assert "second.yaml:6: steps.0.called: somebody is called `noor`" in others.stderr
    assert "second.yaml:6: steps.0.town: there is no town `Atlantis`" in others.stderr
    assert "second.yaml:6: steps.0.who: nobody is called `nobody`" in others.stderr
