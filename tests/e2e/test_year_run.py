"""`magda-sim run`: every expectation is looked at, the report shows it, and the same seed gives the same bytes."""

import json
import os
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from typer.testing import CliRunner, Result

from consumers.manifests import ManifestKeys
from gateway.cli.main import app
from gateway.simulation.yearrun import truth
from gateway.simulation.yearrun.conduct import conduct
from gateway.simulation.yearrun.order import Order
from gateway.simulation.yearrun.plan import find_run, read_plan
from gateway.simulation.yearrun.steps import Plan
from gateway.simulation.yearrun.truth import Known
from tests.corpus.cells import MATRIX
from tests.people import ELIF, KARIM, NOOR
from tests.waiting import eventually

SHORT, CROWD = "maart-2025", 50
FORMS = ("report.html", "junit.xml", "report.json", "timeline.ndjson")
ELSEWHERE = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LC_ALL": "C", "MAGDA_SIM_FIDELITY": "magda"}  # fmt: skip
"""Another machine: other hashes, another zone, another locale, and settings of its own."""


def plan_of(name: str, **changes: Any) -> Plan:
    """A named run, with one step of each id in `changes` expecting something else."""
    plan = read_plan(find_run(name))
    expected = {step.replace("_", "-"): word for step, word in changes.items()}
    steps = [
        step.model_copy(update={"expect": expected[step.id]}) if step.id in expected else step
        for step in plan.steps
    ]
    return plan.model_copy(update={"steps": steps})


def lived(plan: Plan, out: Path, **more: Any) -> Mapping[str, Any]:
    """Live a plan and give what its report holds."""
    return conduct(Order(name=SHORT, plan=plan, seed=42, **more), out, lambda _: None)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of three weeks on seed 42."""
    folder = tmp_path_factory.mktemp("run")
    lived(plan_of(SHORT), folder, people=CROWD)
    return folder


def told(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return found


def test_three_weeks_go_as_expected_and_every_step_was_looked_at(out: Path) -> None:
    report = told(out)

    assert report["ok"]
    assert report["expectations"]["failed"] == 0
    for step in report["steps"]:
        assert step["checks"], step["id"]
        assert all(check["held"] for check in step["checks"]), step["id"]


def test_the_report_counts_what_happened(out: Path) -> None:
    report = told(out)

    totals = report["totals"]
    assert totals["people"] > CROWD
    assert totals["file.delivered"] == totals["file.acknowledged"] > 100
    assert totals["protocol.act"] == 4
    assert totals["euros_consulted"]["infino"] != "0"
    reasons = {(row["reason"], row["protocol"], row["article"]) for row in report["refusals"]}
    assert ("protocol-suspended", "001", "art. 8") in reasons
    assert ("outside-window", "003", "art. 5") in reasons
    assert ("credential-missing", "platform", "AVG art. 32") in reasons
    answered = [row for row in report["terms"] if row["duty"] == "quality-answer"]
    assert [(row["met"], row["state"]) for row in answered] == [(True, "done")]
    assert {row["article"]: row["result"] for row in report["coverage"]}["001 art. 8"] == "held"


def test_another_process_zone_locale_and_environment_give_the_same_bytes(
    out: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "gateway", "run", SHORT, "--seed", "42", "--people", str(CROWD), "--report", str(tmp_path)]  # fmt: skip

    done = subprocess.run(command, env=os.environ | ELSEWHERE, capture_output=True, text=True, check=False, timeout=300)  # fmt: skip

    assert done.returncode == 0, done.stderr
    for form in FORMS:
        ours, theirs = ((folder / form).read_text("utf-8") for folder in (out, tmp_path))
        assert ours == theirs, form


def test_no_number_of_a_person_stands_in_any_form_of_the_report(out: Path) -> None:
    for form in FORMS:
        text = (out / form).read_text("utf-8")
        assert not any(number in text for number in (KARIM, ELIF, NOOR)), form
        assert not re.search(r"(?<![0-9a-f])\d{11}(?![0-9a-f])", text), form


def test_the_page_fetches_nothing_and_can_be_read_by_everybody(out: Path) -> None:
    page = (out / "report.html").read_text("utf-8")
    tree = etree.fromstring(page, etree.HTMLParser())

    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert not re.search(r"url\(|@import|<script", page)
    assert "default-src 'none'" in page
    assert tree.get("lang") == "nl"
    assert "prefers-color-scheme: dark" in page
    assert len(tree.findall(".//h1")) == 1
    assert tree.find(".//svg").get("role") == "img"  # type: ignore[union-attr]  # it is there
    assert all(cell.get("scope") for cell in tree.iter("th"))
    assert told(out)["digests"]["decisions"] in page


def test_the_timeline_is_in_order_and_says_what_run_it_is(out: Path) -> None:
    rows = [json.loads(line) for line in (out / "timeline.ndjson").read_text("utf-8").splitlines()]

    head, happened = rows[0], rows[1:]
    assert (head["run"], head["seed"]) == (SHORT, 42)
    assert [row["n"] for row in happened] == list(range(1, len(happened) + 1))
    assert [row["at"] for row in happened] == sorted(row["at"] for row in happened)
    deliveries = [row["outcome"] for row in happened if row.get("job") == "provider.deliver"]
    assert deliveries[:3] == ["not owed", "delivered", "delivered"]
    (suspension,) = [row for row in happened if row.get("what") == "schorsing"]
    assert suspension["article"] == "art. 8"
    refused = [row for row in happened if row.get("reason") == "protocol-suspended"]
    assert [row.get("over") for row in refused] == [None, "soap"]
    assert {(row["about"], row["step"]) for row in refused} == {("elif", "suspended")}
    assert all(re.fullmatch(r"D-\d+", row["decision"]) for row in refused)


def test_what_is_not_as_expected_is_told_in_every_form(tmp_path: Path) -> None:
    plan = plan_of(SHORT, suspended="answered", registers="not-registered")

    report = lived(plan, tmp_path, until=date(2025, 3, 13))

    assert not report["ok"]
    suspended, both = next(step for step in report["steps"] if step["id"] == "suspended")["checks"]
    assert (
        suspended["misses"]
        == ["2025-03-12T09:01:00+01:00 elif: expected answered, got protocol-suspended"] * 2
    )
    assert (both["what"], both["held"], both["failed"]) == ("parentia over both wires", 1, 0)
    suite = etree.parse(tmp_path / "junit.xml").getroot()
    wrong = {case.get("classname") for case in suite if case.find("failure") is not None}
    assert wrong == {"suspended", "registers"}
    assert "Niet alles zoals verwacht" in (tmp_path / "report.html").read_text("utf-8")
    assert {row["article"]: row["result"] for row in report["coverage"]}["001 art. 8"] == "failed"


def test_an_answer_that_is_not_as_the_world_has_it_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Known(((date(2025, 3, 4), 1, 2024, Decimal("601.00")),))
    monkeypatch.setattr(truth, "transactions", lambda *_: other)
    monkeypatch.setattr(truth, "advice", lambda *_: Known(("NOK",)))

    report = lived(plan_of(SHORT), tmp_path, until=date(2025, 3, 7))

    misses = {
        step["id"]: check["misses"][0]
        for step in report["steps"]
        for check in step["checks"]
        if check["failed"]
    }
    assert set(misses) == {"follows", "advice", "closing"}
    assert misses["advice"].endswith(
        "amina: expected answered, got answered, but not as the world has it"
    )


def test_where_things_go_wrong_on_purpose_every_expectation_still_comes_true(
    tmp_path: Path,
) -> None:
    rules = tmp_path / "bad-days.yaml"
    rules.write_text(
        "- {where: source, kind: busy, rate: 0.2}\n- {where: door.rest, kind: reset, rate: 0.1}\n"
        "- {where: door.rest, kind: garbled, rate: 0.1}\n- {where: drop.out, kind: disconnect, rate: 0.1}\n"
        "- {where: drop.out, kind: missing, rate: 0.1}\n- {where: drop.out, kind: corrupted, rate: 0.1}\n"
        "- {where: provider.wewis, kind: late, rate: 0.3}\n"
    )
    plan = plan_of(SHORT).model_copy(update={"until": date(2025, 3, 12)})

    report = lived(plan, tmp_path / "out", faults=str(rules))

    wrong = [step["id"] for step in report["steps"] for check in step["checks"] if check["failed"]]
    assert wrong == []
    assert sum(row["hit"] for row in report["faults"]) > 10
    assert "Wat met opzet fout ging" in (tmp_path / "out/report.html").read_text("utf-8")
    assert '"kind":"disturbed"' in (tmp_path / "out/timeline.ndjson").read_text("utf-8")


def test_a_run_can_stop_at_the_first_mismatch(tmp_path: Path) -> None:
    report = lived(plan_of(SHORT, not_registered="answered"), tmp_path, stops_at_first=True)

    rows = [json.loads(line) for line in (tmp_path / "timeline.ndjson").read_text().splitlines()]
    assert not report["ok"]
    assert rows[-1]["kind"] == "mismatch"
    assert rows[-1]["at"] == "2025-03-04T08:00:00+01:00"


@pytest.mark.slow
def test_a_run_that_is_told_to_end_leaves_no_space_behind(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "run", "jaar-2025", "--report", str(tmp_path / "out")],
        env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    eventually(lambda: any(tmp_path.glob("magda-sim-*/**/log.db")), within_s=60)

    process.terminate()

    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    assert not list(tmp_path.glob("magda-sim-*"))


def test_what_lies_before_from_happens_and_is_not_told(out: Path, tmp_path: Path) -> None:
    report = lived(
        plan_of(SHORT), tmp_path, people=CROWD, since=date(2025, 3, 12), until=date(2025, 3, 13)
    )

    whole, part = ((f / "timeline.ndjson").read_text("utf-8").splitlines() for f in (out, tmp_path))
    told_of = [_bare(row) for row in part[1:]]
    assert report["ok"]
    assert told_of
    assert told_of == [
        row for row in map(_bare, whole[1:]) if "2025-03-12" <= row["at"] < "2025-03-14"
    ]


def _bare(line: str) -> dict[str, Any]:
    """A row of the timeline without its place in it."""
    return {name: value for name, value in json.loads(line).items() if name != "n"}


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["run", *words])


def test_a_run_file_of_ones_own_is_told_its_slips_by_line_and_key(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(
        "run: mine\ntitle: Mijn run\nfrom: 2025-03-10\nuntil: 2025-03-09\nsteps:\n"
        "  - {id: a, do: collect, tells: x, on: 2025-03-10, by: infino, flow: y, extra: 1}\n"
    )
    first = run(str(mine), "--report", str(tmp_path / "out"))
    mine.write_text(
        "run: mine\ntitle: Mijn run\nfrom: 2025-03-10\nuntil: 2025-03-11\nsteps:\n"
        "  - {id: a, do: collect, tells: x, on: 2025-03-10, by: infinity, flow: y}\n"
        "  - {id: a, do: transactions, tells: x, every: day, by: infino, who: nobody, expect: nothing-at-all}\n"
    )
    second = run(str(mine), "--report", str(tmp_path / "out"))

    assert (first.exit_code, second.exit_code) == (3, 3)
    assert "mine.yaml:6: steps.0.extra: unknown key" in first.stderr
    assert "mine.yaml:6: steps.0.by: no unit `infinity`" in second.stderr
    assert "mine.yaml:7: steps.1.who: nobody is called `nobody`" in second.stderr
    assert "mine.yaml:7: steps.1.expect: `nothing-at-all` is no outcome" in second.stderr
    assert "mine.yaml:7: steps.1.id: `a` twice" in second.stderr
    assert not (tmp_path / "out").exists()


def test_a_run_that_is_not_there_and_a_day_that_is_none_are_told(tmp_path: Path) -> None:
    unknown = run("jaar-1825", "--report", str(tmp_path / "out"))
    no_fault = run(SHORT, "--faults", "drizzle", "--report", str(tmp_path / "out"))
    no_day = run(SHORT, "--until", "tomorrow", "--report", str(tmp_path / "out"))

    assert (unknown.exit_code, no_day.exit_code, no_fault.exit_code) == (3, 3, 3)
    assert "jaar-2025, maart-2025" in unknown.stderr
    assert "days are YYYY-MM-DD" in no_day.stderr


def test_a_key_with_a_plus_in_it_can_be_pinned() -> None:
    raw = b"\x01" + b"\xfb" * 32
    pinned = b64encode(raw).decode()

    assert pinned.count("+") > 1
    ManifestKeys.pinned(f"magda-sim.local/demo+0a1b2c3d+{pinned}")


def test_the_matrix_of_a_run_is_the_reviewed_one() -> None:
    ours = Path(find_run(SHORT)).parents[1] / "matrix.yaml"

    assert ours.read_text("utf-8") == MATRIX.read_text("utf-8")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_year_goes_as_expected_and_twice_the_same(tmp_path: Path) -> None:
    reports = []
    for turn in ("one", "two"):
        command = [sys.executable, "-m", "gateway", "run", "jaar-2025", "--seed", "42", "--no-scenarios", "--report", str(tmp_path / turn)]  # fmt: skip
        own = ELSEWHERE if turn == "two" else {}
        done = subprocess.run(command, env=os.environ | own, capture_output=True, text=True, check=False, timeout=420)  # fmt: skip
        assert done.returncode == 0, done.stdout
        reports.append(told(tmp_path / turn))

    assert reports[0] == reports[1]
    assert reports[0]["totals"]["file.acknowledged"] > 1_500
    assert [row for row in reports[0]["coverage"] if row["result"] != "held"] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_library_played_beside_a_run_covers_every_article(tmp_path: Path) -> None:
    report = lived(plan_of(SHORT), tmp_path, until=date(2025, 3, 4), plays_library=True)

    assert len(report["scenarios"]) > 100
    assert [one["id"] for one in report["scenarios"] if not one["passed"]] == []
    rows = {row["article"]: row for row in report["coverage"]}
    assert {key[:3] for key in rows} >= {"000", "001", "002", "003", "004"}
    assert rows["001 art. 12"]["result"] == "held"
    assert "not-yet" in rows["001 art. 12"]["steps"]
    uncovered = [
        key for key, row in rows.items() if row["is_article"] and row["result"] == "uncovered"
    ]
    assert uncovered == []
    suite = etree.parse(tmp_path / "junit.xml").getroot()
    assert sum("scenario." in str(case.get("classname")) for case in suite) == len(
        report["scenarios"]
    )
