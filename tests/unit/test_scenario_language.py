"""The language of scenarios: what is wrong in a file is told with its line, its key and how to mend it."""

from pathlib import Path

import pytest

from gateway.simulation.library.matching import differing, shown
from gateway.simulation.library.people import numbers_of, person_of
from gateway.simulation.library.scenario import ScenarioInvalid, read_library, read_scenario
from tests.people import NOOR

RIGHT = """id: 004-90
title: Somebody asks about a child
source: [{protocol: "004", articles: [art. 3]}]
given:
  registered: {ahovoks-studietoelagen: [noor]}
when:
  - as: first
    consult: {unit: ahovoks-studietoelagen, flow: zorgtoeslag, about: noor}
then:
  - answer: {of: first, outcome: answered}
"""


def told(folder: Path, text: str, name: str = "004-90", group: str = "004") -> list[str]:
    """What is said of a file."""
    path = folder / group / f"{name}.yaml"
    path.parent.mkdir()
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioInvalid) as caught:
        read_scenario(path)
    return str(caught.value).splitlines()


def test_a_scenario_is_read(tmp_path: Path) -> None:
    (tmp_path / "004").mkdir()
    (tmp_path / "004/004-90.yaml").write_text(RIGHT, "utf-8")

    (page,) = read_library(tmp_path)

    assert page.scenario.cites == [("004", "art. 3")]
    assert [act.verb for act in page.scenario.when] == ["consult"]
    assert page.line_of("then", 0, "answer", "outcome") == 10


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("outcome: answered", "outcom: answered", 10, "then.0.answer.outcom: unknown key; did you mean `outcome`?"),
        ("outcome: answered", "outcome: yes", 10, "`yes` is not known here; one of: answered, refused"),
        ("about: noor", "about: norr", 8, "when.0.consult.about: nobody is called `norr`; personas: amina"),
        ("unit: ahovoks-studietoelagen", "unit: ahovok", 8, "when.0.consult.unit: there is no unit `ahovok`"),
        ("art. 3", "art. 33", 3, "source.0.articles.0: 004 has no `art. 33`; the text has: art. 1;"),
        ("of: first", "of: second", 10, "then.0.answer.of: no act is called second; name one with `as`"),
        ("of: first", "of: 2", 10, "then.0.answer.of: no act is called 2"),
        ("id: 004-90", "id: 004-91", 1, "id: is not the name of the file; name it 004-91.yaml"),
        ("id: 004-90", "id: 001-90", 1, "id: lies in another folder; move it to 001/"),
        ("flow: zorgtoeslag", "flow: zorgtoeslagen", 8, "did you mean `zorgtoeslag`?"),
        ("  - as: first\n", "  - advance: {days: 1}\n", 7, "when.0: an act has one verb: act, advance"),
        ('protocol: "004"', "protocol: 004", 3, 'is not text; put it between quotes: "004"'),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_line_its_key_and_how_to_mend_it(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    assert old in RIGHT

    found = told(tmp_path, RIGHT.replace(old, new, 1).replace("    consult", "    consult", 1))

    (said,) = [one for one in found if words in one]
    assert said.startswith(f"004-90.yaml:{line}: ")


def test_an_advance_says_how_far_in_one_way(tmp_path: Path) -> None:
    wrong = RIGHT.replace("  - as: first", "  - advance: {days: 1, seconds: 2}\n  - as: first")

    (said,) = told(tmp_path, wrong)

    assert "when.0.advance: says how far in one way only" in said


def test_an_expectation_has_one_verb(tmp_path: Path) -> None:
    (said,) = told(tmp_path, RIGHT + "    log: {verifies: true}\n")

    assert "then.0: an expectation has one verb: answer, duty, entries" in said


def test_a_difference_is_told_by_its_place_and_nobody_by_a_number() -> None:
    wanted = {"a": [{"b": 1}, {"c": 2}], "d": "x"}

    assert list(differing(wanted, {"a": [{"b": 1, "z": 0}, {"c": 3}], "d": "x"})) == [("a.1.c", 2, 3)]  # fmt: skip
    assert list(differing({"a": [1]}, {"a": []})) == [("a", [1], [])]
    assert shown([NOOR, "74612515608"], {"noor": NOOR}) == "['noor', 'somebody']"


def test_invented_people_have_test_numbers_of_their_own_and_their_points_in_the_pillars(
    tmp_path: Path,
) -> None:
    people = """given:
  people:
    wout: {born: 2012-05-04, recognised: [{begin: 2020-01-01, points: [6, 12, 18]}]}
    wies: {born: 2012-05-04, recognised: [{begin: 2020-01-01, points: [4, 1, 0]}]}
"""
    (tmp_path / "004").mkdir()
    text = RIGHT.replace("given:\n", people)
    (tmp_path / "004/004-90.yaml").write_text(text, "utf-8")
    (page,) = read_library(tmp_path)
    invented = page.scenario.given.people

    numbers = numbers_of(invented)
    wout, wies = (person_of(key, invented[key], numbers) for key in ("wout", "wies"))

    assert numbers["wout"] != numbers["wies"]
    assert all(61 <= int(numbers[key][2:4]) <= 72 for key in ("wout", "wies"))
    assert [one.recognitions[0].total for one in (wout, wies)] == [36, 5]
    assert wout.recognitions[0].pillar2 == (3, 3, 3, 3)
    assert wout.recognitions[0].pillar3 == (6, 6, 6)
