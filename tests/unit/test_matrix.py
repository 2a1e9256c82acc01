"""X-01: party, unit, flow and purpose over all five and the platform; what no cell opens is refused."""

from datetime import datetime
from itertools import product

import pytest
from ruamel.yaml import YAML

from gateway.contracts.faults import Refusal
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.protocol_document import Fact
from gateway.domain.services import REGISTRATION_FLOW
from gateway.simulation.units import UNITS
from tests.builders import NOON, a_bundle, the_documents
from tests.corpus.cells import JULY, OPEN, PLATFORM, ask_of_cell
from tests.texts import cells, shipped

BUNDLE = a_bundle()
PARTIES = sorted({p for d in BUNDLE.documents for p in d.parties})
TEAMS = sorted(
    {(unit.party, unit.key) for unit in UNITS}
    | {(u.party, u.key) for d in BUNDLE.documents for u in d.units.values()}
)
FLOWS = {key: flow for document in BUNDLE.documents for key, flow in document.flows.items()}
PURPOSES = sorted({p["id"] for text in shipped().values() for p in text["purposes"]})


def instant(flow: str) -> datetime:
    return JULY if FLOWS[flow].rhythm.months else NOON


def is_open(cell: list[str]) -> bool:
    return isinstance(candidate(BUNDLE, ask_of_cell(cell), instant(cell[2])), Candidate)


def test_over_every_team_flow_and_purpose_exactly_the_reviewed_cells_are_open() -> None:
    opened = [
        [party, unit, flow, purpose]
        for (party, unit), flow, purpose in product(TEAMS, FLOWS, PURPOSES)
        if is_open([party, unit, flow, purpose])
    ]

    assert sorted(opened) == sorted(OPEN)


def test_the_matrix_is_what_the_texts_say_read_without_the_engine() -> None:
    """Of a team that is trained or not, the credential and not the text tells; so teams, not credentials."""
    said = [
        [c.party, c.unit, c.flow, c.purpose] for text in shipped().values() for c in cells(text)
    ]

    assert sorted(said) == sorted(OPEN)


def test_a_unit_in_another_partys_name_opens_nothing() -> None:
    """The full product of parties and teams, over the flows and purposes that are open to somebody."""
    open_cells = {(flow, purpose) for _, _, flow, purpose in OPEN}
    strangers = [(p, unit) for p, (owner, unit) in product(PARTIES, TEAMS) if p != owner]

    opened = [
        (party, unit, flow, purpose)
        for (party, unit), (flow, purpose) in product(strangers, open_cells)
        if [party, unit, flow, purpose] not in OPEN and is_open([party, unit, flow, purpose])
    ]

    assert opened == []


@pytest.mark.parametrize("cell", OPEN, ids="/".join)
def test_an_open_cell_needs_its_facts_and_gives_what_its_flow_lists(cell: list[str]) -> None:
    chosen = candidate(BUNDLE, ask_of_cell(cell), instant(cell[2]))
    assert isinstance(chosen, Candidate)
    facts = dict.fromkeys(Fact, "E-1")

    permit = decide(chosen, facts)

    assert isinstance(permit, Permit)
    assert set(permit.fields) == {field.name for field in FLOWS[cell[2]].fields}
    for required in chosen.requires:
        without = {fact: value for fact, value in facts.items() if fact is not required.fact}
        assert isinstance(decide(chosen, without), Refusal)


def test_the_platforms_rows_are_the_reviewed_ones() -> None:
    """Registration has no purpose of its own; it is open to who has a flow that asks for it."""
    opened = [
        [party, unit, REGISTRATION_FLOW]
        for party, unit in TEAMS
        if isinstance(
            candidate(BUNDLE, ask_of_cell([party, unit, REGISTRATION_FLOW, ""]), NOON), Candidate
        )
    ]

    assert opened == YAML(typ="safe", pure=True).load(PLATFORM.read_text("utf-8"))


def test_every_flow_and_every_document_has_a_cell() -> None:
    assert {flow for _, _, flow, _ in OPEN} == set(FLOWS)
    assert len(the_documents()) == len({d.id for d in the_documents()})
