"""Every finding's switch turns its choice round: exactly the decisions that rest on it change, and it shows."""

from typing import Any

import pytest

from gateway.adapters.protocol_files import ProtocolInvalid, initial_events, load_protocols
from gateway.adapters.protocol_files.switches import parse_switches
from gateway.contracts.faults import Refusal
from gateway.domain.bundle import Bundle
from gateway.domain.decision_terms import Candidate
from tests.builders import PROTOCOLS
from tests.unit.test_protocol_examples import BUNDLE, DOCUMENTS, EXAMPLES, outcome_of

SWITCHES = [
    (key, finding["code"])
    for key, document in DOCUMENTS.items()
    for finding in document["findings"]
    if finding.get("turn")
]


def law(switch: str) -> Bundle:
    documents = load_protocols(PROTOCOLS, parse_switches(switch))
    return Bundle.of("sha256:turned", documents, [e for d in documents for e in initial_events(d)])


def told(bundle: Bundle, example: dict[str, Any]) -> tuple[Any, ...]:
    outcome = outcome_of(example, bundle)
    if isinstance(outcome, Refusal):
        return tuple((g.reason, g.article) for g in outcome.grounds)
    assert isinstance(outcome.candidate, Candidate)
    return (outcome.fields, outcome.candidate.obligations)


def changed(switch: str) -> set[str]:
    bundle = law(switch)
    return {e["id"] for e in EXAMPLES if told(bundle, e) != told(BUNDLE, e)}


@pytest.mark.parametrize(("key", "code"), SWITCHES)
def test_a_switch_makes_a_variant_that_says_so_and_touches_its_own_protocol_only(
    key: str, code: str
) -> None:
    (document,) = [d for d in law(f"{key}/{code}").documents if d.id == key]

    assert document.version == f"1.0.0+{code.lower()}"
    assert document.digest != next(d.digest for d in BUNDLE.documents if d.id == key)
    assert {example.partition("-")[0] for example in changed(f"{key}/{code}")} <= {key}


@pytest.mark.parametrize(
    ("switch", "examples"),
    [
        ("004/O-60", {"004-13"}),
        ("004/O-66", {"004-01", "004-03", "004-13", "004-16", "004-eid", "004-andere"}),
        (
            "003/O-32",
            {
                "003-22",
                "003-22-einde",
                "003-22-januari",
                "003-34-leven-welzijn",
                "003-34-algemeen-directeur",
            },
        ),
        ("001/O-22", {"001-24", "001-beleid"}),
        ("000/O-13", {"000-01", "000-22-na"}),
    ],
)
def test_exactly_what_rests_on_the_clause_changes(switch: str, examples: set[str]) -> None:
    assert changed(switch) == examples


@pytest.mark.parametrize("switch", ["004/O-99", "004/O-41"])
def test_an_unknown_switch_is_refused_with_those_that_are_there(switch: str) -> None:
    with pytest.raises(ProtocolInvalid, match="O-60"):
        load_protocols(PROTOCOLS, parse_switches(switch))
