"""Every document answers the questions that stand in it, as it says itself; and every switch turns."""

from datetime import datetime
from typing import Any

import pytest

from gateway.adapters.protocol_files import plain_documents
from gateway.contracts.faults import Refusal
from gateway.domain.bundle import Bundle
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.protocol_document import Authentication, Fact
from gateway.domain.services import GIVEN
from tests.builders import PROTOCOLS, a_bundle

DOCUMENTS = plain_documents(PROTOCOLS)
BUNDLE = a_bundle()
FLOWS = {flow: document for document in BUNDLE.documents for flow in document.flows}
EXAMPLES = [e for document in DOCUMENTS.values() for e in document["examples"]]


def ask_of(example: dict[str, Any]) -> Ask:
    flow = FLOWS[example["flow"]].flows[example["flow"]]
    return Ask(
        party=example.get("party", example["unit"]),
        unit=example["unit"],
        flow=example["flow"],
        fields=frozenset(example.get("fields") or GIVEN[flow.service]),
        purpose=example.get("purpose"),
        case="G-1" if example.get("case") else None,
        authentication=_login(example),
        has_enduser=example.get("enduser", True),
        training=frozenset({"jobbonus"} if example.get("trained", True) else set()),
        duties_separated=example.get("duties_separated", True),
        stated=frozenset(example.get("stated", [])),
        used=example.get("used", 0),
    )


def _login(example: dict[str, Any]) -> Authentication | None:
    login = example.get("authentication", "eid")
    return Authentication(login) if login else None


def at_of(example: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(example["at"])


def outcome_of(example: dict[str, Any], bundle: Bundle = BUNDLE) -> Permit | Refusal:
    chosen = candidate(bundle, ask_of(example), at_of(example))
    if not isinstance(chosen, Candidate):
        return chosen
    return decide(chosen, {Fact(name): f"E-{name}" for name in example.get("facts", [])})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example["id"]))
def test_the_document_answers_as_its_example_says(example: dict[str, Any]) -> None:
    outcome = outcome_of(example)

    if example["expect"] == "permit":
        assert isinstance(outcome, Permit), outcome
        assert set(outcome.fields) >= set(example.get("gives", []))
    else:
        assert isinstance(outcome, Refusal)
        assert outcome.reason.value == example["expect"]
        assert outcome.grounds[0].remedy
        if "article" in example:
            assert outcome.grounds[0].article == example["article"]


def test_the_examples_cover_every_flow_and_speak_of_every_protocol() -> None:
    permitted = {example["flow"] for example in EXAMPLES if example["expect"] == "permit"}

    assert {example["id"].partition("-")[0] for example in EXAMPLES} == set(DOCUMENTS)
    assert permitted == set(FLOWS)
