"""Acts and what they do to a protocol: notice, ends, instruments, gates, versions; per party, by what was known."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.adapters.protocol_files import load_protocols
from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act, judge_act
from gateway.domain.bundle import Bundle
from gateway.domain.decision import candidate, decide
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent, Status, state_of
from gateway.domain.protocol_document import Fact, ProtocolDocument
from gateway.domain.services import GIVEN
from tests.builders import NOON, PROTOCOLS, a_bundle, an_ask, the_documents

DOCUMENTS: dict[str, ProtocolDocument] = {d.id: d for d in the_documents()}
K = EventKind
TRANSACTIONS = "jobbonusplus-verrichtingen"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def act(protocol: str, kind: EventKind, when: str, **changes: Any) -> LifecycleEvent:
    words: dict[str, Any] = {
        "protocol": protocol,
        "kind": kind,
        "effective_at": at(when),
        "recorded_at": at(when),
    }
    return LifecycleEvent(**(words | changes))


def asks(party: str, unit: str, flow: str, **changes: Any) -> Ask:
    service = next(d.flows[flow].service for d in DOCUMENTS.values() if flow in d.flows)
    return an_ask(party=party, unit=unit, flow=flow, fields=GIVEN[service], **changes)


def told(outcome: object) -> str:
    return outcome.reason.value if isinstance(outcome, Refusal) else "permit"


KIDSLIFE = asks("kidslife", "kidslife", TRANSACTIONS)
ZELE = asks("zele", "zele-financien", "zele-betaalbestand")
AVSB = asks("avsb", "avsb", "inburgering-advies")
CC1700 = asks("dv", "dv-cc1700", "jobbonus-dossier", training=frozenset({"jobbonus"}))


@pytest.mark.parametrize(
    ("ask", "event", "before", "after", "reason"),
    [
        (KIDSLIFE, act("001", K.NOTICE, "2025-09-01T00:00:00+02:00", party="kidslife"),
         "2025-08-31T23:59:59+02:00", "2025-09-01T00:00:00+02:00", "protocol-ended"),
        (KIDSLIFE, act("001", K.AUTHORISATION_LOST, "2025-04-01T00:00:00+02:00"),
         "2025-03-31T23:59:59+02:00", "2025-04-01T00:00:00+02:00", "instrument-not-active"),
        (KIDSLIFE, act("001", K.GROUND_LOST, "2025-04-01T00:00:00+02:00"),
         "2025-03-31T23:59:59+02:00", "2025-04-01T00:00:00+02:00", "protocol-ended"),
        (AVSB, act("002", K.NOTICE, "2024-03-15T00:00:00+01:00"),
         "2024-03-14T23:59:59+01:00", "2024-03-15T00:00:00+01:00", "protocol-ended"),
        (ZELE, act("003", K.NOTICE, "2025-01-15T00:00:00+01:00"),
         "2025-01-10T12:00:00+01:00", "2025-01-16T12:00:00+01:00", "protocol-ended"),
        (ZELE, act("003", K.AGREEMENT_ENDED, "2025-07-05T00:00:00+02:00"),
         "2025-07-04T23:59:59+02:00", "2025-07-05T00:00:00+02:00", "protocol-ended"),
        (CC1700, act("000", K.END, "2025-03-10T12:00:00+01:00"),
         "2025-03-10T11:59:59+01:00", "2025-03-10T12:00:00+01:00", "protocol-ended"),
        (an_ask(), act("004", K.END, "2025-03-10T12:00:00+01:00"),
         "2025-03-10T11:59:59+01:00", "2025-03-10T12:00:00+01:00", "protocol-ended"),
    ],
    ids=["001-31", "001-34", "001-ground", "002-27", "003-39", "003-40", "000-19", "004-21"],
)  # fmt: skip
def test_an_act_bites_at_its_instant_and_cites_its_article(
    ask: Ask, event: LifecycleEvent, before: str, after: str, reason: str
) -> None:
    bundle = a_bundle(events=[event])

    earlier, later = candidate(bundle, ask, at(before)), candidate(bundle, ask, at(after))

    assert told(earlier) == "permit"
    assert told(later) == reason
    assert isinstance(later, Refusal)
    rule = DOCUMENTS[event.protocol].lifecycle.acts[event.kind.value]
    assert later.grounds[0].article == rule.article


def test_f6_one_partys_notice_leaves_the_others_bound() -> None:
    bundle = a_bundle(events=[act("001", K.NOTICE, "2025-09-01T00:00:00+02:00", party="kidslife")])

    others = [candidate(bundle, asks(p, p, TRANSACTIONS), at("2026-01-01T00:00:00+01:00"))
              for p in ("infino", "myfamily", "parentia")]  # fmt: skip

    assert [told(one) for one in others] == ["permit"] * 3


def test_a_joint_end_needs_every_party() -> None:
    one = act("000", K.JOINT_END, "2025-01-01T00:00:00+01:00", by="vlabel")
    both = [one, act("000", K.JOINT_END, "2025-01-02T00:00:00+01:00", by="dv")]

    assert told(candidate(a_bundle(events=[one]), CC1700, NOON)) == "permit"
    assert told(candidate(a_bundle(events=both), CC1700, NOON)) == "protocol-ended"


@pytest.mark.parametrize(
    ("protocol", "knows", "knows_not"),
    [
        ("000", {K.END, K.JOINT_END, K.GROUND_LOST, K.ONWARD_NOTICE}, {K.SUSPENSION, K.NOTICE, K.ADDENDUM}),
        ("001", {K.SUSPENSION, K.LIFTING, K.NOTICE, K.AUTHORISATION_LOST, K.ADDENDUM}, {K.END, K.JOINT_END}),
        ("002", {K.END, K.NOTICE, K.GROUND_LOST}, {K.SUSPENSION, K.JOINT_END, K.AGREEMENT_ENDED}),
        ("003", {K.END, K.NOTICE, K.AGREEMENT_ENDED, K.ONWARD_CONSENT}, {K.SUSPENSION, K.ONWARD_NOTICE}),
        ("004", {K.END}, {K.SUSPENSION, K.NOTICE, K.GROUND_LOST, K.EVIDENCE_REQUEST, K.ONWARD_NOTICE}),
    ],
    ids=["000-20", "001-30", "002", "003", "004-22"],
)  # fmt: skip
def test_each_text_knows_its_own_acts_and_no_others(
    protocol: str, knows: set[EventKind], knows_not: set[EventKind]
) -> None:
    acts = DOCUMENTS[protocol].lifecycle.acts.keys()

    assert knows <= {K(kind) for kind in acts}
    assert not knows_not & {K(kind) for kind in acts}


@pytest.mark.parametrize(
    ("protocol", "kind", "by", "within"),
    [
        ("000", K.QUALITY_REPORT, {"dv"}, "P1M"),
        ("001", K.QUALITY_REPORT, {"opgroeien"}, None),
        ("002", K.QUALITY_REPORT, {"avsb"}, "P14D"),
        ("003", K.QUALITY_REPORT, {"zele"}, None),
        ("004", K.QUALITY_REPORT, {"ahovoks"}, None),
        ("001", K.NOTICE, {"wewis", "opgroeien", "vutg", "infino", "kidslife", "myfamily", "parentia"}, "P3M"),
        ("002", K.NOTICE, {"agii", "avsb"}, "P12M"),
        ("003", K.NOTICE, {"vutg", "zele"}, "P3M"),
        ("002", K.INCIDENT, {"agii", "avsb"}, "PT24H"),
        ("000", K.INCIDENT, {"vlabel", "dv"}, None),
        ("003", K.EVIDENCE_REQUEST, {"vutg"}, None),
        ("001", K.SUSPENSION, {"wewis"}, None),
    ],
)  # fmt: skip
def test_who_may_act_and_within_what(
    protocol: str, kind: EventKind, by: set[str], within: str | None
) -> None:
    rule = DOCUMENTS[protocol].lifecycle.acts[kind.value]

    assert rule.by == by
    assert rule.within == within


def test_an_act_that_is_recorded_late_counts_as_known_then_and_as_known_now() -> None:
    late = act("004", K.END, "2025-01-01T00:00:00+01:00", recorded_at=at("2025-02-01T00:00:00+01:00"))  # fmt: skip
    document, instant = DOCUMENTS["004"], at("2025-01-15T00:00:00+01:00")

    then = state_of(document, [late], instant, "ahovoks", "zorgtoeslag")
    now = state_of(document, [late], instant, "ahovoks", "zorgtoeslag", known_at=NOON)

    assert (then.status, now.status) == (Status.IN_FORCE, Status.ENDED)


def test_004_19_with_the_gate_turned_on_nothing_moves_before_the_assessment_is_there() -> None:
    lifecycle = replace(DOCUMENTS["004"].lifecycle, gate_article="art. 6")
    gated = replace(DOCUMENTS["004"], lifecycle=lifecycle)
    evidence = act("004", K.EVIDENCE, "2025-03-01T00:00:00+01:00", by="ahovoks")

    assert told(candidate(a_bundle([gated]), an_ask(), NOON)) == "instrument-not-active"
    assert told(candidate(a_bundle([gated], [evidence]), an_ask(), NOON)) == "permit"


def test_an_addendum_brings_the_new_version_in_at_its_instant() -> None:
    old = DOCUMENTS["001"]
    flow = old.flows[TRANSACTIONS]
    narrower = replace(flow, fields=flow.fields[:2])
    new = replace(old, version="1.1.0", supersedes="1.0.0", digest="sha256:new",
                  flows={**old.flows, TRANSACTIONS: narrower})  # fmt: skip
    addendum = act("001", K.ADDENDUM, "2025-06-01T00:00:00+02:00", document="sha256:new")
    bundle = a_bundle([old, new], [addendum])

    before = candidate(bundle, KIDSLIFE, at("2025-05-31T23:59:59+02:00"))
    after = candidate(bundle, KIDSLIFE, at("2025-06-01T00:00:00+02:00"))

    assert isinstance(before, Candidate)
    assert isinstance(after, Candidate)
    assert (before.protocol, after.protocol) == ("001@1.0.0", "001@1.1.0")
    assert len(after.fields) == 2


def test_000_23_the_new_protocol_replaces_what_was_before() -> None:
    older = replace(
        DOCUMENTS["000"], id="900", digest="sha256:older",
        lifecycle=replace(
            DOCUMENTS["000"].lifecycle, signed_on=at("2022-07-01T00:00:00+02:00").date(),
            replaces_article=None,
        ),
    )  # fmt: skip
    bundle = a_bundle([DOCUMENTS["000"], older])

    before = candidate(bundle, CC1700, at("2022-10-25T23:59:59+02:00"))
    after = candidate(bundle, CC1700, at("2022-10-26T00:00:00+02:00"))

    assert told(after) == "permit"
    assert isinstance(after, Candidate)
    assert isinstance(before, Candidate)
    assert (before.protocol, after.protocol) == ("900@1.0.0", "000@1.0.0")


def test_000_23_a_protocol_that_is_not_signed_by_all_replaces_nothing() -> None:
    lifecycle = replace(
        DOCUMENTS["000"].lifecycle, signed_on=at("2022-07-01T00:00:00+02:00").date(),
        replaces_article=None,
    )  # fmt: skip
    older = replace(DOCUMENTS["000"], id="900", digest="sha256:older", lifecycle=lifecycle)
    bundle = a_bundle([DOCUMENTS["000"], older])
    unsigned = [e for e in bundle.events["000"] if e.by != "dv"]
    waiting = Bundle.of("sha256:x", bundle.documents, [*unsigned, *bundle.events["900"]])

    outcome = candidate(waiting, CC1700, NOON)

    assert isinstance(outcome, Candidate)
    assert outcome.protocol == "900@1.0.0"


def test_missing_facts_are_told_one_at_a_time_and_mending_each_leads_on() -> None:
    """F13, and ADR 0014: nobody learns of the right before they may know of the registration."""
    chosen = candidate(a_bundle(), asks("vutg", "vutg-toezicht", TRANSACTIONS, case="G-1"), NOON)
    assert isinstance(chosen, Candidate)

    nothing = decide(chosen, {})
    only_right = decide(chosen, {Fact.RIGHT_OPEN: "GR-1"})
    registered = decide(chosen, {Fact.REGISTERED: "R-1"})

    assert [told(one) for one in (nothing, only_right)] == [Reason.NOT_REGISTERED] * 2
    assert isinstance(registered, Refusal)
    assert [g.reason for g in registered.grounds] == [Reason.RIGHT_ENDED]
    assert "Groeipakketapplicatie" in registered.grounds[0].remedy


def another_version(**changes: Any) -> ProtocolDocument:
    return replace(
        DOCUMENTS["001"], version="1.1.0", supersedes="1.0.0", digest="sha256:new", **changes
    )


ADDENDUM = act("001", K.ADDENDUM, "2025-06-01T00:00:00+02:00", document="sha256:new")
BEFORE, AFTER = at("2025-05-31T23:59:59+02:00"), at("2025-06-01T00:00:00+02:00")


def test_a_flow_that_only_one_version_has_is_open_while_that_version_is_in_force() -> None:
    old = DOCUMENTS["001"]
    flows = dict(old.flows)
    statistics = flows.pop("jobbonusplus-statistiek")
    added = replace(statistics, key="jobbonusplus-nieuw")
    bundle = a_bundle([old, another_version(flows={**flows, added.key: added})], [ADDENDUM])
    dropped = asks("opgroeien", "opgroeien-beleid", "jobbonusplus-statistiek")
    new = replace(dropped, flow=added.key)

    assert [told(candidate(bundle, dropped, t)) for t in (BEFORE, AFTER)] == [
        "permit",
        "no-protocol",
    ]
    assert [told(candidate(bundle, new, t)) for t in (BEFORE, AFTER)] == ["no-protocol", "permit"]


def test_a_protocol_that_ended_has_no_say_beside_the_one_that_was_concluded_after_it() -> None:
    old = DOCUMENTS["004"]
    new = replace(old, id="904", digest="sha256:heir")
    ended = act("004", K.END, "2025-03-01T00:00:00+01:00")

    alone = candidate(a_bundle([old], [ended]), an_ask(), NOON)
    both = candidate(a_bundle([old, new], [ended]), an_ask(), NOON)

    assert told(alone) == "protocol-ended"
    assert isinstance(both, Candidate)
    assert both.protocol == "904@1.0.0"


def test_004_19_the_text_knows_the_act_that_opens_its_own_gate() -> None:
    (gated,) = (d for d in load_protocols(PROTOCOLS, {"004": ("O-66",)}) if d.id == "004")
    done = Act(kind=K.EVIDENCE, by="ahovoks", document="sha256:dpia")

    event = judge_act(gated, (), done, NOON)

    assert isinstance(event, LifecycleEvent)
    assert event.article == "art. 6"
    assert told(candidate(a_bundle([gated]), an_ask(), NOON)) == "instrument-not-active"
    assert told(candidate(a_bundle([gated], [event]), an_ask(), NOON)) == "permit"


@pytest.mark.parametrize(
    ("protocol", "kind", "by", "reach", "element"),
    [
        ("004", K.END, "opgroeien", {"flow": "zorgtoeslag"}, "stroom"),
        ("004", K.END, "opgroeien", {"party": "ahovoks"}, "partij"),
        ("001", K.NOTICE, "kidslife", {"flow": TRANSACTIONS}, "stroom"),
        ("001", K.NOTICE, "wewis", {"party": "kidslife"}, "partij"),
        ("001", K.AUTHORISATION_LOST, "wewis", {"party": "kidslife"}, "partij"),
    ],
)
def test_an_act_that_concerns_the_whole_is_not_taken_for_a_part(
    protocol: str, kind: EventKind, by: str, reach: dict[str, str], element: str
) -> None:
    """It would end less than the text says, or, worse, more than who did it meant."""
    act = Act(kind=kind, by=by, document="sha256:x", **reach)  # type: ignore[arg-type]  # by name

    judged = judge_act(DOCUMENTS[protocol], (), act, NOON)

    assert isinstance(judged, Refusal)
    assert judged.reason is Reason.MESSAGE_INVALID
    assert judged.grounds[0].element == element


def test_who_gives_notice_may_name_itself() -> None:
    act = Act(kind=K.NOTICE, by="kidslife", party="kidslife", document="sha256:x")

    assert isinstance(judge_act(DOCUMENTS["001"], (), act, NOON), LifecycleEvent)
