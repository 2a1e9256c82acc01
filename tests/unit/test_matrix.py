"""X-01: party, unit, flow and purpose over all five and the platform; what no cell opens is refused."""

from datetime import datetime
from itertools import product

import pytest

from gateway.contracts.faults import Refusal, RefusedFault
from gateway.contracts.reasons import Reason
from gateway.domain.admission import admit
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Candidate
from gateway.domain.platform_questions import AvailabilityQuestion
from gateway.domain.protocol_document import Fact
from gateway.domain.request import ANYBODY, Request
from gateway.domain.services import (
    PLATFORM_FIELDS,
    REGISTRATION_FLOW,
    SERVICES,
    STATUS_FLOW,
    Service,
)  # fmt: skip
from gateway.simulation.units import UNITS
from tests.builders import NOON, a_bundle, the_documents
from tests.corpus.cells import JULY, OF_PLATFORM, OPEN, ask_of_cell
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


def test_x_01_over_every_team_flow_and_purpose_exactly_the_reviewed_cells_are_open() -> None:
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


def opened_by_platform(flow: str) -> list[list[str]]:
    """The teams to which the platform gives this, whoever they are."""
    return [
        [party, unit, flow]
        for party, unit in TEAMS
        if isinstance(candidate(BUNDLE, ask_of_cell([party, unit, flow, ""]), NOON), Candidate)
    ]


def test_the_platforms_rows_are_the_reviewed_ones() -> None:
    """Registration has no purpose of its own; it is open to who has a flow that asks for it."""
    registering = [row for row in OF_PLATFORM if row[2] == REGISTRATION_FLOW]
    everybodys = {row[2] for row in OF_PLATFORM if row[0] in "*-"} & PLATFORM_FIELDS.keys()

    assert opened_by_platform(REGISTRATION_FLOW) == registering
    assert everybodys == PLATFORM_FIELDS.keys() - {REGISTRATION_FLOW}
    for flow in everybodys:
        assert len(opened_by_platform(flow)) == len(TEAMS)


@pytest.mark.parametrize("service", [s for s in SERVICES.values() if s.flow], ids=lambda s: s.key)
def test_without_a_credential_only_the_rows_with_a_dash_pass_the_door(service: Service) -> None:
    question = AvailabilityQuestion(flow=STATUS_FLOW)
    request = Request(service=service, question=question, reference="r", question_reference="r")
    dashed = {row[2] for row in OF_PLATFORM if row[0] == "-"}

    try:
        admitted = admit(request, ANYBODY).sender is ANYBODY
    except RefusedFault as fault:
        admitted = fault.refusal.reason is not Reason.CREDENTIAL_MISSING

    assert admitted == (service.flow in dashed)


def test_every_flow_and_every_document_has_a_cell() -> None:
    assert {flow for _, _, flow, _ in OPEN} == set(FLOWS)
    assert len(the_documents()) == len({d.id for d in the_documents()})
