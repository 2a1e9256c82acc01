"""The library of scenarios: each holds, a wrong expectation is told as such, and every article is accounted for."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from ruamel.yaml import YAML
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.simulation.library.matrix import matrix_of, read_causes
from gateway.simulation.library.report import matrix_fragment
from gateway.simulation.library.runner import Runner, runner
from gateway.simulation.library.scenario import SCENARIOS, Page, read_library, read_scenario
from tests.texts import law_of
from tests.unit.test_clause_off import CLAUSES

TESTS = Path(__file__).parents[1]
LISTED = YAML(typ="safe", pure=True).load((TESTS / "corpus/scenarios.yaml").read_text("utf-8"))
NOT_SHOWN = {
    "003 flows.zele-betaalbestand.authentication": "nothing weaker than a password can be shown"
}
PAGES = {page.scenario.id: page for page in read_library()}


@pytest.fixture(scope="module")
def hand() -> Iterator[Runner]:
    """One host for all of them; each scenario has a fresh space in it."""
    with runner() as made:
        yield made


@pytest.mark.parametrize("key", PAGES)
def test_a_scenario_holds(hand: Runner, key: str) -> None:
    result = hand.run(PAGES[key])

    assert [str(line) for line in result.failures] == []
    assert result.passed


def test_every_scenario_of_the_list_has_its_file() -> None:
    ids = [f"{text}-{number:02}" for text, numbers in LISTED.items() for number in numbers]

    assert len(ids) == len(set(ids)) == 129
    assert set(ids) <= PAGES.keys()


def cited() -> dict[str, list[Page]]:
    """The scenarios by the clauses without which they must fail."""
    found: dict[str, list[Page]] = {}
    for page in PAGES.values():
        for one in page.scenario.source:
            for clause in one.clauses:
                found.setdefault(f"{one.protocol} {clause}", []).append(page)
    return found


def test_every_clause_that_can_be_turned_off_is_named_by_a_scenario() -> None:
    assert CLAUSES.keys() - cited().keys() == NOT_SHOWN.keys()
    assert cited().keys() <= CLAUSES.keys()


SAMPLE = [
    "001 flows.jobbonusplus-verrichtingen.requires.0-registered",
    "002 flows.inburgering-jaarlijst.quota",
    "003 flows.zele-betaalbestand.windows",
    "004 flows.zorgtoeslag.fields.pijler1",
]


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in SAMPLE else pytest.mark.slow) for name in cited()],
)
def test_with_a_clause_turned_off_the_scenarios_that_name_it_fail(hand: Runner, name: str) -> None:
    clause = CLAUSES[name]
    law = law_of(name, lambda texts: clause.off(texts[clause.protocol])).compiled

    results = [hand.run(page, law) for page in cited()[name]]

    assert results
    assert [one.scenario.id for one in results if one.passed] == []
    assert not any(line.key.startswith("given") for one in results for line in one.failures)


def test_every_article_has_a_scenario_or_says_why_it_has_none() -> None:
    matrix = matrix_of(PAGES.values(), [], read_causes())
    without_causes = matrix_of(PAGES.values(), [], {})

    assert [(row.protocol, row.place) for row in matrix.uncovered] == []
    assert ("002", "art. 11") in [(row.protocol, row.place) for row in without_causes.uncovered]
    assert [row.place for row in matrix.rows if row.cause and row.scenarios] == []
    few = matrix_of([page for key, page in PAGES.items() if key != "001-42b"], [], read_causes())
    assert [(row.protocol, row.place) for row in few.uncovered] == [("001", "art. 11")]


def altered(folder: Path, key: str, old: str, new: str) -> Page:
    """A scenario with something else in it."""
    path = folder / PAGES[key].scenario.group / f"{key}.yaml"
    path.parent.mkdir(parents=True)
    text = (SCENARIOS / PAGES[key].scenario.group / f"{key}.yaml").read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    return read_scenario(path)


@pytest.mark.parametrize(
    ("key", "old", "new", "words"),
    [
        ("001-13", "reason: not-registered", "reason: no-data", "then.0.answer.reason: expected no-data; came not-registered (D-2)"),
        ("004-01", "pijler1: 4,", "pijler1: 5,", "then.0.answer.holds.erkenningen.0.pijler1: expected 5; came 4"),
        ("004-01", "released: [insz, ", "released: [", "came ['insz', 'periode.begin', 'periode.einde', 'pijler1']"),
        ("004-01", "lacks: [pijler2", "lacks: [pijler1", "then.0.answer.lacks: expected nothing of `pijler1`"),
        ("001-03", "count: 2", "count: 3", "then.1.file.count: expected 3; came 2"),
        ("001-03", "people: [karim, elif]}", "people: [karim, noor]}", "came ['elif', 'karim']"),
        ("001-03", "samengevoegd: 1", "samengevoegd: 0", "then.0.receipt.records.samengevoegd: expected 0; came 1"),
        ("001-27", "outcome: missing", "outcome: in time", "then.0.job.outcome: expected in time; came ['missing']"),
        ("001-37", "state: open", "state: overdue", "then.2.duty.state: expected overdue; came open"),
        ("001-31", "takes_effect: 2025-09-01", "takes_effect: 2025-09-02", "came 2025-09-01T00:00:00+02:00"),
        ("001-30", "state: in-force", "state: ended", "then.1.standing.state: expected ended; came in-force"),
        ("001-04", "code: O-19", "code: O-99", "then.3.finding.code: expected O-99"),
        ("004-13", "count: 4", "count: 1", "then.2.entries.count: expected 1; came 4"),
        ("000-01", "retention: geen geen-opslag", "retention: P1Y x", "then.0.answer.retention: expected P1Y x (art. 3); came geen"),
        ("002-18", "with: [day-late, zara]", "with: [day-late, noor]", "then.2.file.with: expected noor; came is not in the file"),
        ("X-01", "          - ahovoks-studietoelagen zorgtoeslag studietoelage\n", "", "then.0.answer.holds.open: expected ["),
        ("X-10", "broken_at: 2", "broken_at: 1", "then.1.log.broken_at: expected 1; came 2"),
        ("X-13", 'warning: "30004"', 'warning: "40143"', "then.3.answer.warning: expected 40143; came ['30004']"),
        ("X-16", "other-fields: 1", "other-fields: 2", "then.1.answer.holds.other-fields: expected 2; came 1"),
        ("001-07", "registered: {vutg-rechten: [karim]}", "registered: {vutg-audit: [], zorgkas-1: [karim]}", "given.registered.zorgkas-1: expected registered; came no-protocol"),
        ("001-40", "kind: publicatie, by: opgroeien", "kind: onbekend, by: opgroeien", "then.0.answer.status: expected 201; came 400"),
        ("001-01", "upload: {day: 2025-03-10,", "upload: {by: infino, day: 2025-03-10,", "when.0.upload: expected it is done; came "),
        ("001-13", "about: karim}", "about: elif}", ""),
    ],
)  # fmt: skip
def test_a_wrong_expectation_is_told_with_line_and_decision(
    hand: Runner, tmp_path: Path, key: str, old: str, new: str, words: str
) -> None:
    page = altered(tmp_path, key, old, new)

    result = hand.run(page)

    told = [str(line) for line in result.failures]
    assert result.passed is (words == "")
    assert any(words in line for line in told) is bool(words)
    assert all(line.startswith(f"{key}.yaml:") for line in told)


def test_what_happened_in_one_scenario_is_not_there_in_the_next(hand: Runner) -> None:
    first, again = hand.run(PAGES["001-31"]), hand.run(PAGES["001-13"])

    assert first.passed
    assert again.passed
    assert ("001", "art. 12") in first.cited
    assert ("001", "art. 12") not in again.cited


def test_a_failed_scenario_is_failed_in_the_matrix_and_the_rest_is_not_run(
    hand: Runner, tmp_path: Path
) -> None:
    good = hand.run(PAGES["004-01"])
    bad = hand.run(altered(tmp_path, "001-13", "reason: not-registered", "reason: no-data"))

    matrix = matrix_of(PAGES.values(), [good, bad], read_causes())

    rows = {(row.protocol, row.place): row for row in matrix.rows}
    assert rows["001", "art. 6"].outcome == "failed"
    assert rows["004", "art. 3, gegeven 2"].outcome == "passed"
    assert rows["001", "art. 8"].outcome == "not run"
    assert rows["004", "art. 3, gegeven 2"].scenarios == {"004-01": True, "X-16": None}
    assert "004-01" in rows["004", "art. 3"].proved
    fragment = matrix_fragment(matrix)
    assert '<span class="failed">001-13</span>' in fragment
    assert etree.fromstring(fragment).get("class") == "matrix"


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["scenario", *words])
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_list_show_and_run(tmp_path: Path) -> None:
    listed = json.loads(run("list", "004", "--json")[1])
    status, out, _ = run("run", "004-01", "--json", "--junit", str(tmp_path / "j.xml"), "--html", str(tmp_path / "r.html"))  # fmt: skip
    told = json.loads(out)

    assert {row["id"][:3] for row in listed} == {"004"}
    assert run("show", "001-13")[1].startswith("id: 001-13\n")
    assert (status, told["passed"], told["failed"]) == (0, 1, 0)
    assert [one["id"] for one in told["scenarios"]] == ["004-01"]
    assert {row["result"] for row in told["matrix"]} >= {"passed", "not run"}
    suite = etree.parse(tmp_path / "j.xml").getroot()
    assert [case.get("classname") for case in suite.iter("testcase")] == ["scenario.004"]
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "1 of 1 passed" in page
    assert '<span class="passed">004-01</span>' in page


def test_a_failing_run_ends_with_one_and_says_why(tmp_path: Path) -> None:
    altered(tmp_path / "own", "001-13", "reason: not-registered", "reason: no-data")

    status, out, _ = run("run", "--library", str(tmp_path / "own"), "--junit", str(tmp_path / "j.xml"))  # fmt: skip

    assert status == 1
    assert "FAILED  001-13" in out
    assert "then.0.answer.reason: expected no-data; came not-registered (D-2)" in out
    assert "0 of 1 scenarios passed" in out
    failure = etree.parse(tmp_path / "j.xml").find(".//failure")
    assert failure is not None
    assert "expected no-data" in str(failure.get("message"))


@pytest.mark.parametrize(
    "words", [("run", "001-99"), ("show", "x-99"), ("list", "--library", "{}")]
)
def test_what_is_not_there_or_does_not_hold_ends_with_three(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "001").mkdir()
    (tmp_path / "001/001-01.yaml").write_text("id: 001-01\n", "utf-8")

    status, out, err = run(*(word.format(tmp_path) for word in words))

    assert (status, out) == (3, "")
    assert "there is no scenario" in err or "001-01.yaml:1: then: is missing" in err
