"""Passing on to third parties: notice, consent, never; by scenario."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.adapters.protocol_files import initial_events
from gateway.contracts.faults import Refusal
from gateway.domain.decision import candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.onward import Passed, Passing, judge_passing
from gateway.domain.third_party import plain_name
from tests.builders import NOON, a_bundle, an_ask, the_documents
from tests.people import KARIM

DOCUMENTS = {document.id: document for document in the_documents()}
K = EventKind


def act(protocol: str, kind: EventKind, by: str, **changes: Any) -> LifecycleEvent:
    event = LifecycleEvent(protocol=protocol, kind=kind, by=by, key=1,
                           effective_at=NOON, recorded_at=NOON)  # fmt: skip
    return replace(event, **changes)


def ask(
    protocol: str, by: str, to: str, *acts: LifecycleEvent, when: datetime = NOON, **more: Any
) -> Passed | Refusal:
    document = DOCUMENTS[protocol]
    events = [*initial_events(document), *acts]
    return judge_passing(document, events, Passing(by=by, to=to, **more), when)


def told(outcome: Passed | Refusal) -> str:
    if isinstance(outcome, Passed):
        return outcome.ground
    assert outcome.protocol is not None
    return outcome.reason.value


@pytest.mark.parametrize(
    ("protocol", "by", "other"),
    [("000", "dv", None), ("001", "infino", "kidslife"), ("002", "avsb", None)],
    ids=["000-14", "001", "002"],
)
def test_000_14_a_third_party_wants_the_consumers_own_notice_before(
    protocol: str, by: str, other: str | None
) -> None:
    notice = act(protocol, K.ONWARD_NOTICE, by, party="rekenhof")

    assert told(ask(protocol, by, "Rekenhof")) == "onward-not-notified"
    assert told(ask(protocol, by, "Rekenhof", notice)) == "doorgiftemelding G-1"
    assert told(ask(protocol, by, "Ander Bureau", notice)) == "onward-not-notified"
    if other is not None:
        assert told(ask(protocol, other, "rekenhof", notice)) == "onward-not-notified"


def test_a_notice_counts_from_its_instant_and_for_its_flow() -> None:
    flow = "jobbonusplus-verrichtingen"
    notice = act("001", K.ONWARD_NOTICE, "infino", party="rekenhof", flow=flow)
    before = NOON.replace(hour=10)

    assert told(ask("001", "infino", "rekenhof", notice, flow=flow)) == "doorgiftemelding G-1"
    assert told(ask("001", "infino", "rekenhof", notice, flow=flow, when=before)) == "onward-not-notified"  # fmt: skip
    assert told(ask("001", "infino", "rekenhof", notice, flow="jobbonusplus-mutaties")) == "onward-not-notified"  # fmt: skip
    assert told(ask("001", "infino", "rekenhof", notice)) == "onward-not-notified"


@pytest.mark.parametrize(
    ("protocol", "by", "third"),
    [
        ("001", "vutg", "Cegeka"),
        ("001", "parentia", "auditinstanties van de beheerautoriteit"),
        ("001", "opgroeien", "auditinstanties-van-de-beheerautoriteit"),
        ("002", "avsb", "zorgkas-3"),
        ("002", "avsb", "Zorgkas 3"),
        ("002", "avsb", "zorgkassen"),
    ],
)
def test_whom_the_text_names_may_have_it(protocol: str, by: str, third: str) -> None:
    outcome = ask(protocol, by, third)

    assert outcome == Passed(article="art. 4", ground="named-in-the-text")


def test_001_39_a_named_processor_never_becomes_a_consumer() -> None:
    processor = act("001", K.PROCESSOR, "vutg", party="cegeka")
    for unit in ("cegeka", "vutg-rechten"):
        question = an_ask(party="cegeka", unit=unit, flow="jobbonusplus-verrichtingen")
        refused = candidate(a_bundle(events=[processor]), question, NOON)
        assert isinstance(refused, Refusal)
        assert refused.reason == "no-protocol"


def test_003_36_zele_wants_explicit_consent_of_vutg_before() -> None:
    consent = act("003", K.ONWARD_CONSENT, "vutg", party="ocmw-zele")
    own_notice = act("003", K.ONWARD_NOTICE, "zele", party="ocmw-zele")
    own_consent = replace(consent, by="zele")

    assert told(ask("003", "zele", "OCMW Zele")) == "onward-not-consented"
    assert told(ask("003", "zele", "OCMW Zele", own_notice)) == "onward-not-consented"
    assert told(ask("003", "zele", "OCMW Zele", own_consent)) == "onward-not-consented"
    assert told(ask("003", "zele", "OCMW Zele", consent)) == "doorgiftetoestemming G-1"


def test_004_12_ahovoks_passes_nothing_on_and_the_notice_clause_opens_no_door() -> None:
    notice = act("004", K.ONWARD_NOTICE, "ahovoks", party="rekenhof")
    consent = act("004", K.ONWARD_CONSENT, "opgroeien", party="rekenhof")

    outcome = ask("004", "ahovoks", "rekenhof", notice, consent)

    assert told(outcome) == "onward-forbidden"
    assert isinstance(outcome, Refusal)
    assert outcome.grounds[0].article == "art. 4"


@pytest.mark.parametrize(
    ("protocol", "by", "when", "event", "reason"),
    [
        ("000", "dv", "2022-10-25T12:00:00+02:00", None, "protocol-not-in-force"),
        ("002", "avsb", "2025-03-10T13:00:00+01:00", K.END, "protocol-ended"),
        ("001", "infino", "2025-03-10T13:00:00+01:00", K.SUSPENSION, "protocol-suspended"),
    ],
)
def test_nothing_is_passed_on_before_the_start_after_the_end_or_while_suspended(
    protocol: str, by: str, when: str, event: EventKind | None, reason: str
) -> None:
    acts = [act(protocol, K.ONWARD_NOTICE, by, party="rekenhof")]
    if event is not None:
        acts.append(act(protocol, event, DOCUMENTS[protocol].provider))

    assert told(ask(protocol, by, "rekenhof", *acts, when=datetime.fromisoformat(when))) == reason


@pytest.mark.parametrize(
    ("protocol", "by", "unit", "reason"),
    [
        ("001", "wewis", None, "no-protocol"),
        ("001", "zele", None, "no-protocol"),
        ("003", "zele", "zele-burgerzaken", "unit-not-listed"),
        ("000", "dv", "dv-diensten", "unit-refused"),
        ("002", "zorgkas-1", "zorgkas-1", "onward-forbidden"),
    ],
)
def test_who_has_nothing_passes_nothing_on(
    protocol: str, by: str, unit: str | None, reason: str
) -> None:
    assert told(ask(protocol, by, "rekenhof", unit=unit)) == reason


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Rekenhof", "rekenhof"),
        ("  OCMW  Zele ", "ocmw-zele"),
        ("Zorgkas 1", "zorgkas-1"),
        ("Contactcenter 1700", "contactcenter-1700"),
        ("Ernst & Zonen", "ernst-&-zonen"),
        ("Coöperatie Één", "coöperatie-één"),
        (KARIM, None),
        (f"bureau {KARIM}", None),
        ("bureau 9.0.7.1.2", None),
        ("bureau 90-71-23", None),
        ("a" * 61, None),
        ("1700", None),
        ("", None),
        ("bureau\n", "bureau"),
        ("bureau/../x", None),
    ],
)
def test_a_name_is_an_organisations_word_and_never_a_number(name: str, plain: str | None) -> None:
    assert plain_name(name) == plain
