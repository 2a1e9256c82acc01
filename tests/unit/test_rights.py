"""What a unit may do, until when, and why not: worked out from the decision itself."""

from datetime import date, datetime

import pytest

from gateway.domain.bundle import Bundle
from gateway.domain.decision import candidate
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.rights import Right, Rights, rights_of, window_of
from gateway.domain.services import GIVEN
from gateway.domain.standing import end_of, standing_versions, summary
from gateway.simulation.accounts import callers
from tests.builders import NOON, a_bundle

CALLERS = callers()
TRANSACTIONS = "jobbonusplus-verrichtingen"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def rights(unit: str, when: datetime = NOON, bundle: Bundle | None = None, used: int = 0) -> Rights:
    return rights_of(bundle or a_bundle(), CALLERS[unit], when, lambda *_: used)


def right(unit: str, flow: str, when: datetime = NOON, **more: object) -> Right:
    told = rights(unit, when, **more)  # type: ignore[arg-type]  # named like the parameters
    return next(one for one in told.flows if one.flow.key == flow)


def reason(one: Right) -> str:
    return one.refusal.reason.value if one.refusal else "may"


def an_act(
    kind: EventKind, effective: str, recorded: str, party: str | None = None
) -> LifecycleEvent:
    return LifecycleEvent(
        protocol="001", kind=kind, effective_at=at(effective), recorded_at=at(recorded), party=party
    )


NOTICE = an_act(
    EventKind.NOTICE, "2025-09-01T00:00:00+02:00", "2025-06-01T09:00:00+02:00", party="kidslife"
)


def test_supervision_may_ask_for_a_case_about_who_is_registered_and_whose_right_is_open() -> None:
    found = right("vutg-toezicht", TRANSACTIONS)

    assert reason(found) == "may"
    assert [(p.key, p.case_required) for p in found.purposes] == [("toezicht", True)]
    assert [fact.fact.value for fact in found.facts] == ["registered", "right-open"]
    assert found.facts[1].route == "raadpleeg de Groeipakketapplicatie"


def test_the_right_to_register_follows_from_a_flow_in_force_that_asks_for_it() -> None:
    assert rights("vutg-toezicht").registration is None
    assert rights("ahovoks-studietoelagen").registration is None
    closed = rights("zele-financien").registration
    assert closed is not None
    assert closed.reason.value == "no-protocol"


@pytest.mark.parametrize(
    ("unit", "flow", "when", "expected"),
    [
        ("infino-audit", TRANSACTIONS, NOON, "unit-not-listed"),
        ("opgroeien-beleid", TRANSACTIONS, NOON, "purpose-not-agreed"),
        ("dv-cc1700-onopgeleid", "jobbonus-dossier", NOON, "training-missing"),
        ("dv-diensten", "jobbonus-dossier", NOON, "unit-refused"),
        ("zele-financien", "zele-betaalbestand", NOON, "outside-window"),
        ("zele-financien", "zele-betaalbestand", at("2025-07-01T00:00:00+02:00"), "may"),
        ("avsb", "inburgering-advies", at("2021-12-31T12:00:00+01:00"), "flow-not-open"),
        ("wewis", TRANSACTIONS, NOON, "no-protocol"),
        ("kidslife", TRANSACTIONS, at("2025-03-03T12:00:00+01:00"), "protocol-not-in-force"),
    ],
)
def test_what_may_not_says_why(unit: str, flow: str, when: datetime, expected: str) -> None:
    found = right(unit, flow, when)

    assert reason(found) == expected
    if found.refusal is not None:
        assert all(ground.cited and ground.remedy for ground in found.refusal.grounds)


def test_a_running_notice_gives_the_end_to_its_own_party_only_and_not_before_it_was_given() -> None:
    bundle = a_bundle(events=[NOTICE])
    before, running = at("2025-05-31T12:00:00+02:00"), at("2025-06-02T12:00:00+02:00")

    ends = [
        right(unit, TRANSACTIONS, when, bundle=bundle).standing.end
        for unit, when in (("kidslife", before), ("kidslife", running), ("infino", running))
    ]

    assert ends[0] is None
    assert ends[1] is not None
    assert (ends[1].at, ends[1].article) == (at("2025-09-01T00:00:00+02:00"), "art. 12")
    assert ends[2] is None
    assert reason(right("kidslife", TRANSACTIONS, running, bundle=bundle)) == "may"
    over = at("2025-09-01T00:00:00+02:00")
    assert reason(right("kidslife", TRANSACTIONS, over, bundle=bundle)) == "protocol-ended"


def test_until_is_told_for_the_whole_only_where_it_ends_for_everybody() -> None:
    lost = an_act(EventKind.GROUND_LOST, "2025-08-01T00:00:00+02:00", "2025-06-01T09:00:00+02:00")
    when = at("2025-06-02T12:00:00+02:00")
    told = []
    for events in ([], [NOTICE], [NOTICE, lost]):
        bundle = a_bundle(events=events)
        document = next(d for d in standing_versions(bundle, when) if d.id == "001")
        told.append(summary(bundle, document, when).until)

    assert told == [None, None, at("2025-08-01T00:00:00+02:00")]


def test_a_joint_end_counts_when_the_last_party_agreed() -> None:
    days = {"vlabel": "2025-04-01T00:00:00+02:00", "dv": "2025-05-01T00:00:00+02:00"}
    events = [
        LifecycleEvent(
            protocol="000", kind=EventKind.JOINT_END, by=party,
            effective_at=at(day), recorded_at=NOON,
        )
        for party, day in days.items()
    ]  # fmt: skip
    bundle = a_bundle(events=events)
    document = next(d for d in bundle.documents if d.id == "000")

    found = [
        end_of(document, seen, NOON, "dv", "jobbonus-dossier")
        for seen in (bundle.events_of(document)[:-1], bundle.events_of(document))
    ]

    assert found[0] is None
    assert found[1] is not None
    assert found[1].at == at(days["dv"])


@pytest.mark.parametrize(("used", "left", "expected"), [(0, 1, "may"), (1, 0, "quota-spent")])
def test_a_quota_tells_what_is_left_of_it_this_year(used: int, left: int, expected: str) -> None:
    asked = []

    def count(party: str, flow: str, year: int) -> int:
        asked.append((party, flow, year))
        return used

    told = rights_of(a_bundle(), CALLERS["avsb"], NOON, count)
    found = next(one for one in told.flows if one.flow.key == "inburgering-jaarlijst")

    assert found.quota is not None
    assert (found.quota.allowed, found.quota.left, found.quota.article) == (1, left, "art. 5")
    assert reason(found) == expected
    assert ("avsb", "inburgering-jaarlijst", 2025) in asked


@pytest.mark.parametrize(
    ("today", "is_open", "following"),
    [
        ("2025-01-31", True, "2025-07-01"),
        ("2025-02-01", False, "2025-07-01"),
        ("2025-07-01", True, "2026-01-01"),
        ("2025-12-31", False, "2026-01-01"),
    ],
)
def test_the_next_window_opens_on_the_first_of_its_month(
    today: str,
    is_open: bool,  # noqa: FBT001  a column of the table
    following: str,
) -> None:
    flow = right("zele-financien", "zele-betaalbestand").flow

    window = window_of(flow, date.fromisoformat(today))

    assert window is not None
    assert (window.is_open, window.next_day.isoformat()) == (is_open, following)


def test_rights_say_what_the_decision_says_for_every_unit() -> None:
    bundle = a_bundle()
    for unit, caller in CALLERS.items():
        for one in rights(unit, bundle=bundle).flows:
            purposes: list[str | None] = [purpose.key for purpose in one.purposes] or [None]
            asks = [
                Ask(party=caller.party, unit=caller.unit, flow=one.flow.key, purpose=purpose,
                    fields=GIVEN[one.flow.service], case="G-1", training=caller.training,
                    authentication=caller.authentication)
                for purpose in purposes
            ]  # fmt: skip
            may = any(isinstance(candidate(bundle, ask, NOON), Candidate) for ask in asks)
            assert may is (one.refusal is None), (unit, one.flow.key)
