"""What stands between a question and its answer: in the order of the checks, and true to the decision."""

from datetime import datetime

import pytest

from gateway.adapters.protocol_files import plain_documents
from gateway.domain.explanation import Step, Way, explain
from gateway.domain.rights import rights_of
from gateway.domain.services import GIVEN
from gateway.simulation.accounts import callers
from tests.builders import NOON, PROTOCOLS, a_bundle

ORDER = (
    "credential", "message", "sender", "protocol", "flow", "unit", "purpose", "case",
    "authentication", "content", "listed", "window", "quota", "facts", "source", "filter",
    "entry", "answer", "afterwards",
)  # fmt: skip
CALLERS = callers()
INSTANTS = [
    NOON,
    *map(
        datetime.fromisoformat,
        ("2025-07-01T00:00:00+02:00", "2021-12-31T12:00:00+01:00", "2020-01-01T00:00:00+01:00"),
    ),
]
BUNDLE = a_bundle()


def steps(unit: str, flow: str, at: datetime = NOON) -> list[Step]:
    document = next(d for d in BUNDLE.documents if flow in d.flows)
    caller = CALLERS[unit]
    way = Way(bundle=BUNDLE, document=document, flow=document.flows[flow], party=caller.party,
              unit=caller.unit, at=at)  # fmt: skip
    return list(explain(way))


@pytest.mark.parametrize("at", INSTANTS, ids=str)
def test_a_step_fails_exactly_where_the_decision_would_refuse(at: datetime) -> None:
    """But for what depends on the caller's people or on counts, which no explanation can know."""
    for unit, caller in CALLERS.items():
        for right in rights_of(BUNDLE, caller, at, lambda *_: 0).flows:
            fails = any(step.holds is False for step in steps(unit, right.flow.key, at))
            refused = right.refusal is not None and right.refusal.reason.value != "training-missing"
            assert fails is refused, (unit, right.flow.key, right.refusal)


def test_steps_come_in_the_order_of_the_checks_each_with_its_article() -> None:
    for document in BUNDLE.documents:
        for unit in document.units.values():
            for flow in document.flows.values():
                way = Way(bundle=BUNDLE, document=document, flow=flow, party=unit.party,
                          unit=unit.key, at=NOON)  # fmt: skip
                found = explain(way)
                places = [ORDER.index(step.stage) for step in found]
                assert places == sorted(places), (unit.key, flow.key)
                assert all(step.article for step in found if step.stage != "message")


def test_what_leaves_and_what_stays_are_together_what_the_service_gives() -> None:
    listed = [step for step in steps("ahovoks-studietoelagen", "zorgtoeslag") if step.stage == "listed"]  # fmt: skip
    told = " ".join(step.clause for step in listed)

    assert [step.article for step in listed][:2] == ["art. 3, gegeven 1", "art. 3, gegeven 2"]
    assert all(name in told for name in GIVEN["GeefZorgtoeslag-02.00"])
    assert "pijler2" in listed[-1].clause
    assert "stays behind" in listed[-1].clause


def test_supervision_is_asked_for_a_case_and_the_person_for_an_open_right() -> None:
    found = {(step.stage, step.whom, step.article) for step in steps("vutg-toezicht", "jobbonusplus-verrichtingen")}  # fmt: skip

    assert ("case", "caller", "art. 2 b 2°") in found
    assert ("facts", "person", "art. 6") in found
    assert ("facts", "person", "art. 2 b 2°") in found
    rechten = steps("vutg-rechten", "jobbonusplus-verrichtingen")
    assert [step.article for step in rechten if step.stage == "facts"] == ["art. 6"]


@pytest.mark.parametrize(
    ("unit", "flow", "has_access", "has_purpose", "article"),
    [
        ("infino-audit", "jobbonusplus-verrichtingen", False, False, "art. 4"),
        ("dv-diensten", "jobbonus-dossier", False, False, "art. 4"),
        ("opgroeien-beleid", "jobbonusplus-verrichtingen", True, False, "art. 4"),
        ("opgroeien-kring", "jobbonusplus-verrichtingen", True, True, "art. 2 b 2°"),
    ],
)
def test_access_and_purpose_are_told_apart(
    unit: str,
    flow: str,
    has_access: bool,  # noqa: FBT001  columns of the table
    has_purpose: bool,  # noqa: FBT001
    article: str,
) -> None:
    found = {step.stage: step for step in steps(unit, flow)}

    assert (found["unit"].holds, found["unit"].article) == (has_access, article)
    assert found["purpose"].holds is has_purpose


def test_every_clause_of_the_flows_that_binds_is_on_the_way() -> None:
    documents = plain_documents(PROTOCOLS)
    told = " ".join(step.clause for step in steps("dv-cc1700", "jobbonus-dossier"))

    assert "PT15M" in told
    assert documents["000"]["flows"][0]["training"]["subject"] in told
    assert "nothing of it may be stored" in told
    zele = " ".join(step.clause for step in steps("zele-financien", "zele-betaalbestand"))
    assert "P1M" in zele
    assert "municipal-amount" in zele
