"""What a scenario expects is looked at, line by line: one that expects everything wrongly is told of each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.simulation.library.expected import Answer, Expectation, Repeated
from gateway.simulation.library.given import Given
from gateway.simulation.library.judging import Judging
from gateway.simulation.library.runner import Runner, runner
from gateway.simulation.library.said import Said, Story, compared
from gateway.simulation.library.scenario import read_scenario

WRONG = """id: 001-99
title: Every line is expected wrongly
source: [{protocol: "001", articles: [art. 5]}]
given:
  registered: {infino: [karim]}
when:
  - {as: sent, upload: {day: 2025-03-10, records: [{insz: "90712301137"}, {insz: "12"}]}}
  - {as: asked, consult: {unit: infino, flow: jobbonusplus-verrichtingen, about: karim}}
  - {as: refused, consult: {unit: infino, flow: jobbonusplus-verrichtingen, about: elif}}
  - {act: {protocol: "001", kind: kwaliteitsmelding, by: opgroeien, party: vutg}}
then:
  - receipt: {of: sent, status: geweigerd}
  - receipt: {of: sent, lines: {"2": field-not-listed}}
  - receipt: {of: sent, consumers: {infino: opgeschort}}
  - file: {unit: infino, flow: jobbonusplus-mutaties, without: [karim]}
  - file: {unit: infino, flow: jobbonusplus-mutaties, lacks: [schema]}
  - file: {unit: infino, flow: jobbonusplus-mutaties, members: [insz]}
  - file: {unit: infino, flow: jobbonusplus-mutaties, there: false}
  - file: {unit: infino, flow: jobbonusplus-mutaties, readable: false}
  - file: {unit: infino, flow: jobbonusplus-mutaties, day: 2025-03-11}
  - answer: {of: asked, withheld: [insz]}
  - answer: {of: asked, protocol: "004"}
  - answer: {of: asked, outcome: refused}
  - answer: {of: refused, code: "30001"}
  - answer: {of: refused, article: art. 3}
  - answer: {of: refused, same_as: asked}
  - entries: {kind: file.delivered, says: {protocol: "004@1.0.0"}}
  - finding: {protocol: "001", code: O-19, article: art. 3}
  - standing: {protocol: "001", stage: advice}
  - standing: {protocol: "001", holds: {state: ended}}
  - duty: {protocol: "001", duty: quality-answer/G-1, owes: infino}
  - duty: {protocol: "001", duty: quality-answer/G-1, article: art. 3}
  - duty: {protocol: "001", duty: quality-answer/G-1, has_term: true}
  - duty: {protocol: "001", duty: quality-answer/G-9}
  - log: {verifies: false}
"""


@pytest.fixture(scope="module")
def hand() -> Iterator[Runner]:
    """One host for both."""
    with runner() as made:
        yield made


def test_no_line_of_what_is_expected_is_passed_over(hand: Runner, tmp_path: Path) -> None:
    path = tmp_path / "001/001-99.yaml"
    path.parent.mkdir()
    path.write_text(WRONG, "utf-8")
    page = read_scenario(path)

    told = [line.key for line in hand.run(page).failures]

    lines = [(number, one.verb) for number, one in enumerate(page.scenario.then)]
    assert [one for one in lines if not any(key.startswith(f"then.{one[0]}.{one[1]}.") for key in told)] == []  # fmt: skip
    assert len(told) == len(lines)


def test_what_two_wires_or_two_plays_say_otherwise_is_told(hand: Runner) -> None:
    rest, soap = Said(reason="no-data", code="30001"), Said(reason="no-data", code="30002")
    story, words = Story(), ("answer", "repeated")
    story.add(1, None, compared(rest, soap))
    lines = [Expectation(answer=Answer(reason="no-data")), Expectation(repeated=Repeated(same=True))]  # fmt: skip

    with hand._stage.scene(Given()) as scene:
        judging = Judging(scene, story, lambda: "another")
        found = [one for n, line in enumerate(lines) for one in judging.differences(n, line)]

    assert [one.place[1:3] for one in found] == list(enumerate(words))
    assert found[0].came == "SOAP said no-data 30002"
