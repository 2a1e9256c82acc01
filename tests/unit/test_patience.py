"""How a client bears a busy source, judged from when its questions came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from gateway.simulation.conformance.happened import Question
from gateway.simulation.conformance.patience import expect_patience
from gateway.simulation.conformance.verdict import Finding, Message

REPEATED, WAITED = "each time with the same Referte", "not before 0.2 s have passed"
FOUND, ANSWERED = "the source is found busy 2 times", "it is asked again until it is answered"
MOST, GROWS = "no more than 10 times", "each pause is longer than the one before it"


@dataclass
class Noted:
    """A stage that only notes."""

    findings: list[Finding] = field(default_factory=list)

    def expect(self, holds: object, expected: str, found: object = "") -> object:
        self.findings.append(Finding(expected, bool(holds), str(found)))
        return holds

    def remark(self, holds: object, expected: str, found: object = "") -> None:
        self.findings.append(Finding(expected, bool(holds), str(found), is_remark=True))


def tries(*begun: float, references: str = "", busy: int = 2) -> Sequence[Question]:
    """Questions that began at these seconds and were answered a tenth of a second later."""
    return [
        Question(
            position=number, service="s", flow="f", insz="i", asked=(), day=None,
            reference=references[number] if references else "r",
            outcome="refusal" if number < busy else "permit",
            reasons=["source-busy"] if number < busy else [],
            message=Message(method="POST", path="/", status=200, asked="", answered="",
                            decision=None, began=at, ended=at + 0.1),
        )
        for number, at in enumerate(begun)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        (tries(0, 0.5, 1.5), []),
        (tries(0, 0.5, 0.9), [GROWS]),
        (tries(0, 0.25, 1.5), [WAITED]),
        (tries(0, 0.5, 0.75), [WAITED, GROWS]),
        (tries(0, 0.5, 1.5, references="aab"), [REPEATED]),
        (tries(0, 0.5), [ANSWERED]),
        (tries(0), [FOUND, ANSWERED, WAITED]),
        ([], [FOUND, ANSWERED, REPEATED, WAITED]),
        (tries(*(2.0**n for n in range(12)), busy=2), [MOST]),
    ],
)  # fmt: skip
def test_pauses_references_and_the_answer_are_looked_at(
    asked: Sequence[Question], wrong: list[str]
) -> None:
    stage = Noted()

    expect_patience(stage, asked, times=2)  # type: ignore[arg-type]  # it only notes

    assert [one.expected for one in stage.findings if not one.holds] == wrong
    assert [one.expected for one in stage.findings if one.is_remark] == [GROWS]
