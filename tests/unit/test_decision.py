"""The decision for 001 and 004: order of checks, dates, units, purposes, fields."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import Authentication, Fact
from gateway.domain.services import SERVICES
from tests.builders import NOON, a_bundle, an_ask, the_documents

TRANSACTIONS = "jobbonusplus-verrichtingen"
FIELDS_OF = {
    "zorgtoeslag": frozenset(SERVICES["GeefZorgtoeslag-02.00"].paths),
    TRANSACTIONS: frozenset(SERVICES["GeefJobbonusPlusVerrichtingen-01.00"].paths),
    "jobbonusplus-mutaties": frozenset({"insz"}),
    "jobbonusplus-statistiek": frozenset({"fiscaalJaar", "verrichtingbedrag"}),
}


def reasons(outcome: Candidate | Permit | Refusal) -> list[Reason]:
    return [g.reason for g in outcome.grounds] if isinstance(outcome, Refusal) else []


def a_transaction_ask(unit: str = "vutg-rechten", party: str = "vutg", **changes: object) -> Ask:
    return an_ask(party=party, unit=unit, flow=TRANSACTIONS, fields=FIELDS_OF[TRANSACTIONS], **changes)  # fmt: skip


def event(kind: EventKind, **changes: object) -> LifecycleEvent:
    words: dict[str, object] = {"protocol": "001", "kind": kind, "effective_at": NOON, "recorded_at": NOON}  # fmt: skip
    return LifecycleEvent(**(words | changes))  # type: ignore[arg-type]  # as the test says


def test_004_01_the_first_step_gives_what_article_3_lists_with_every_article() -> None:
    outcome = candidate(a_bundle(), an_ask(fields=FIELDS_OF["zorgtoeslag"]), NOON)

    assert isinstance(outcome, Candidate)
    assert outcome.fields == ("insz", "pijler1", "periode.begin", "periode.einde")
    assert {one.name for one in outcome.withheld} == FIELDS_OF["zorgtoeslag"] - set(outcome.fields)
    assert {one.article for one in outcome.withheld} == {"art. 3"}
    assert {"art. 2", "art. 3, gegeven 2", "art. 4"} <= set(outcome.articles)
    assert outcome.purpose == "studietoelage"


def test_the_second_step_wants_every_required_fact() -> None:
    chosen = candidate(a_bundle(), an_ask(), NOON)
    assert isinstance(chosen, Candidate)

    without, with_it = decide(chosen, {}), decide(chosen, {Fact.REGISTERED: "R-1"})

    assert reasons(without) == [Reason.NOT_REGISTERED]
    assert isinstance(with_it, Permit)
    assert with_it.evidence == {Fact.REGISTERED: "R-1"}


@pytest.mark.parametrize(
    ("start", "ask"),
    [
        (datetime(2025, 3, 3, 23, tzinfo=UTC), a_transaction_ask()),
        (datetime(2021, 7, 26, 22, tzinfo=UTC), an_ask()),
    ],
    ids=["001-43", "004"],
)
def test_x_02_the_protocol_starts_at_midnight_in_brussels(start: datetime, ask: Ask) -> None:
    bundle, tick = a_bundle(), timedelta(milliseconds=1)

    before, after = candidate(bundle, ask, start - tick), candidate(bundle, ask, start)

    assert reasons(before) == [Reason.PROTOCOL_NOT_IN_FORCE]
    assert isinstance(after, Candidate)


def test_001_33_six_of_seven_signatures_put_nothing_in_force() -> None:
    bundle = a_bundle()
    events = [e for e in bundle.events["001"] if e.by != "parentia"]
    unsigned = replace(bundle, events={"001": tuple(events)})

    assert reasons(candidate(unsigned, a_transaction_ask(), NOON)) == [Reason.PROTOCOL_NOT_IN_FORCE]


@pytest.mark.parametrize(
    ("scope", "party", "flow", "is_refused"),
    [
        ({}, "vutg", TRANSACTIONS, True),
        ({"party": "parentia"}, "parentia", TRANSACTIONS, True),
        ({"party": "parentia"}, "vutg", TRANSACTIONS, False),
        ({"party": "parentia", "flow": TRANSACTIONS}, "parentia", "jobbonusplus-mutaties", False),
        ({"flow": TRANSACTIONS}, "vutg", TRANSACTIONS, True),
    ],
)
def test_001_28_a_suspension_bites_in_its_scope_only(
    scope: dict[str, str], party: str, flow: str, *, is_refused: bool
) -> None:
    unit = {"vutg": "vutg-rechten", "parentia": "parentia"}[party]
    ask = an_ask(party=party, unit=unit, flow=flow, fields=FIELDS_OF[flow])

    outcome = candidate(a_bundle(events=[event(EventKind.SUSPENSION, **scope)]), ask, NOON)

    assert (reasons(outcome) == [Reason.PROTOCOL_SUSPENDED]) is is_refused
    if isinstance(outcome, Refusal):
        assert outcome.grounds[0].article == "art. 8"


def test_a_lifted_suspension_is_over_and_an_end_is_for_ever() -> None:
    later = NOON + timedelta(hours=1)
    lifted = [event(EventKind.SUSPENSION), event(EventKind.LIFTING, effective_at=later, recorded_at=later)]  # fmt: skip
    ended = [event(EventKind.END), event(EventKind.LIFTING, effective_at=later, recorded_at=later)]

    assert isinstance(candidate(a_bundle(events=lifted), a_transaction_ask(), later), Candidate)
    assert reasons(candidate(a_bundle(events=ended), a_transaction_ask(), later)) == [
        Reason.PROTOCOL_ENDED
    ]


def test_an_event_that_is_recorded_later_is_not_known_yet() -> None:
    later = event(EventKind.SUSPENSION, recorded_at=NOON + timedelta(days=1))

    assert isinstance(candidate(a_bundle(events=[later]), a_transaction_ask(), NOON), Candidate)


@pytest.mark.parametrize(
    ("ask", "reason", "article"),
    [
        (an_ask(party="vutg", unit="vutg-rechten"), Reason.NO_PROTOCOL, "art. 8"),
        (an_ask(unit="ahovoks-andere"), Reason.UNIT_NOT_LISTED, "art. 4"),
        (a_transaction_ask(unit="infino-audit", party="infino"), Reason.UNIT_NOT_LISTED, "art. 4"),
        (a_transaction_ask(unit="vutg-rechten", party="infino"), Reason.UNIT_NOT_LISTED, "art. 4"),
        (an_ask(purpose="rechtentoekenning"), Reason.PURPOSE_NOT_AGREED, "art. 2"),
        (
            a_transaction_ask(unit="opgroeien-beleid", party="opgroeien"),
            Reason.PURPOSE_NOT_AGREED,
            "art. 2",
        ),
        (a_transaction_ask(unit="vutg-audit"), Reason.CASE_REQUIRED, "art. 2 b"),
        (an_ask(authentication=Authentication.PASSWORD), Reason.AUTHENTICATION_TOO_WEAK, "art. 6"),
        (an_ask(authentication=None), Reason.AUTHENTICATION_TOO_WEAK, "art. 6"),
        (an_ask(fields=frozenset({"insz", "totaal"})), Reason.NOTHING_PERMITTED, "art. 3"),
        (an_ask(fields=frozenset()), Reason.NOTHING_PERMITTED, "art. 3"),
    ],
    ids=[
        "004-25", "004-other-unit", "001-18", "unit of another party", "purpose", "001-24",
        "case", "004-eid", "004-no-eid", "004-03", "nothing asked",
    ],
)  # fmt: skip
def test_each_refusal_has_its_reason_and_cites_its_article(
    ask: Ask, reason: Reason, article: str
) -> None:
    outcome = candidate(a_bundle(), ask, NOON)

    assert isinstance(outcome, Refusal)
    (ground,) = outcome.grounds
    assert ground.reason is reason
    assert article in (ground.article or "")
    assert ground.remedy


def test_a_unit_that_is_refused_is_refused_to_its_own_party_only() -> None:
    """Of another party's unit nothing is told but that it is not listed."""
    ask = an_ask(
        party="dv", unit="dv-diensten", flow="jobbonus-dossier", fields=frozenset({"loon"})
    )

    assert reasons(candidate(a_bundle(), ask, NOON)) == [Reason.UNIT_REFUSED]
    documents = the_documents()
    shared = replace(documents[0].flows["jobbonus-dossier"], consumers=frozenset({"dv", "vlabel"}))
    widened = replace(documents[0], flows={shared.key: shared})
    other = candidate(a_bundle([widened]), replace(ask, party="vlabel"), NOON)
    assert reasons(other) == [Reason.UNIT_NOT_LISTED]


def test_the_first_failing_stage_answers_with_all_its_reasons() -> None:
    problem = Ground(reason=Reason.INSZ_INVALID)
    ask = a_transaction_ask(unit="infino-audit", party="infino", problems=(problem,))
    suspended = a_bundle(events=[event(EventKind.SUSPENSION)])

    outcome = candidate(suspended, ask, NOON)

    assert reasons(outcome) == [Reason.PROTOCOL_SUSPENDED, Reason.UNIT_NOT_LISTED]


def test_content_is_judged_before_fields_and_after_authentication() -> None:
    problem = Ground(reason=Reason.INSZ_INVALID)
    nothing = frozenset({"insz"})

    weak = an_ask(problems=(problem,), authentication=Authentication.PASSWORD)
    empty = an_ask(problems=(problem,), fields=nothing)

    assert reasons(candidate(a_bundle(), weak, NOON)) == [Reason.AUTHENTICATION_TOO_WEAK]
    assert reasons(candidate(a_bundle(), empty, NOON)) == [Reason.INSZ_INVALID]


def test_two_protocols_for_one_flow_refuse_instead_of_being_united() -> None:
    """F7: fields of two protocols are never put together."""
    documents = the_documents()
    twin = replace(documents[4], id="904", digest="sha256:twin")

    outcome = candidate(a_bundle([*documents, twin]), an_ask(), NOON)

    assert reasons(outcome) == [Reason.NO_PROTOCOL]


def test_a_protocol_that_refuses_instead_of_filtering_says_which_field() -> None:
    documents = the_documents()
    strict_flow = replace(documents[4].flows["zorgtoeslag"], refuses_unlisted=True)
    strict = replace(documents[4], flows={"zorgtoeslag": strict_flow})

    outcome = candidate(a_bundle([strict]), an_ask(fields=frozenset({"pijler1", "totaal"})), NOON)

    assert reasons(outcome) == [Reason.FIELD_NOT_LISTED]


def test_registration_is_open_to_units_whose_flow_requires_it() -> None:
    ask = an_ask(flow="repertorium", fields=frozenset({"resultaat"}))

    granted = candidate(a_bundle(), ask, NOON)
    stranger = candidate(a_bundle(), replace(ask, party="zele", unit="zele-financien"), NOON)
    statistics = candidate(
        a_bundle(), replace(ask, party="opgroeien", unit="opgroeien-beleid"), NOON
    )

    assert isinstance(granted, Candidate)
    assert granted.protocol == "platform"
    assert reasons(stranger) == [Reason.NO_PROTOCOL]
    assert isinstance(statistics, Refusal)
