"""Who owes what: the fold over all five texts, by scenario."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from gateway.adapters.protocol_files import initial_events
from gateway.domain.decision import candidate
from gateway.domain.decision_terms import Candidate
from gateway.domain.duties import duties, terms
from gateway.domain.duty import Duty, DutyKind
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from tests.builders import NOON, a_bundle, an_ask, the_documents

DOCUMENTS: Mapping[str, ProtocolDocument] = {d.id: d for d in the_documents()}
K, D = EventKind, DutyKind
PAPER = "sha256:" + "b" * 64


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def act(
    protocol: str, key: int, kind: EventKind, by: str, when: str, **more: Any
) -> LifecycleEvent:
    """An act that happened when it became known, unless `known` says later."""
    known = more.pop("known", when)
    return LifecycleEvent(
        protocol=protocol, key=key, kind=kind, by=by, effective_at=at(when), recorded_at=at(known),
        article="art. 6", **more,
    )  # fmt: skip


def owed(protocol: str, when: str, *acts: LifecycleEvent) -> dict[str, Duty]:
    document = DOCUMENTS[protocol]
    found = duties(document, [*initial_events(document), *acts], at(when))
    assert len({duty.key for duty in found}) == len(found)
    return {duty.key: duty for duty in found}


def states(protocol: str, key: str, acts: list[LifecycleEvent], *when: str) -> list[str]:
    return [owed(protocol, instant, *acts)[key].state.value for instant in when]


@pytest.mark.parametrize(
    ("protocol", "reporter", "provider", "before", "due"),
    [
        ("000", "dv", "vlabel", "2025-02-28T09:59:59+01:00", "2025-02-28T10:00:00+01:00"),
        ("002", "avsb", "agii", "2025-02-14T09:59:59+01:00", "2025-02-14T10:00:00+01:00"),
    ],
    ids=["000-16", "002-25"],
)
def test_a_report_runs_from_the_finding_and_its_answer_closes_it(
    protocol: str, reporter: str, provider: str, before: str, due: str
) -> None:
    """A month after 31 January is the last of February; the report comes two days after the finding."""
    report = act(protocol, 1, K.QUALITY_REPORT, reporter, "2025-01-31T10:00:00+01:00",
                 known="2025-02-02T10:00:00+01:00")  # fmt: skip
    in_time = act(protocol, 2, K.QUALITY_ANSWER, provider, before)
    too_late = act(protocol, 2, K.QUALITY_ANSWER, provider, due)
    key = "quality-answer/G-1"

    duty = owed(protocol, before, report)[key]
    assert (duty.owes, duty.to, duty.article, duty.due) == (
        provider,
        (reporter,),
        "art. 7",
        at(due),
    )
    assert states(protocol, key, [report], before, due) == ["due", "overdue"]
    assert states(protocol, key, [report, in_time], due) == ["done"]
    assert states(protocol, key, [report, too_late], due) == ["breach"]


@pytest.mark.parametrize(
    ("protocol", "reporter"),
    [("001", "opgroeien"), ("003", "zele"), ("004", "ahovoks")],
    ids=["001-37", "003-42", "004 reasonable"],
)
def test_what_is_reasonable_never_turns_overdue(protocol: str, reporter: str) -> None:
    report = act(protocol, 1, K.QUALITY_REPORT, reporter, "2025-03-05T10:00:00+01:00")

    duty = owed(protocol, "2045-01-01T00:00:00+01:00", report)["quality-answer/G-1"]

    assert (duty.state.value, duty.due, duty.article) == ("open", None, "art. 7")
    assert duty.owes == DOCUMENTS[protocol].provider


def test_an_answer_closes_the_report_it_names_or_else_the_oldest_of_its_reach() -> None:
    reports = [
        act("002", n, K.QUALITY_REPORT, "avsb", f"2025-03-0{n}T10:00:00+01:00") for n in (1, 2, 3)
    ]
    named = act("002", 4, K.QUALITY_ANSWER, "agii", "2025-03-04T10:00:00+01:00", about="G-3")
    plain = act("002", 5, K.QUALITY_ANSWER, "agii", "2025-03-05T10:00:00+01:00")

    found = owed("002", "2025-03-06T10:00:00+01:00", *reports, named, plain)

    told = [found[f"quality-answer/G-{n}"].state.value for n in (1, 2, 3)]
    assert told == ["done", "due", "done"]


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ("2025-03-11T10:00:00+01:00", "done"),
        ("2025-03-11T10:00:01+01:00", "breach"),
        ("2025-03-11T10:01:00+01:00", "breach"),
    ],
)
def test_002_24_a_notice_after_24_hours_is_itself_a_breach(known: str, state: str) -> None:
    notice = act("002", 1, K.INCIDENT, "avsb", "2025-03-10T10:00:00+01:00", known=known)

    found = owed("002", "2025-03-12T10:00:00+01:00", notice)

    strict, general = found["leak-notice/G-1/1"], found["leak-notice/G-1/2"]
    assert (strict.article, strict.state.value) == ("art. 6", state)
    assert strict.due == at("2025-03-11T10:00:00+01:00")
    assert (general.article, general.state.value, general.due) == ("art. 9", "done", None)


def test_002_24_the_hours_are_machine_hours_when_the_clock_changes() -> None:
    spring = act("002", 1, K.INCIDENT, "avsb", "2025-03-29T10:00:00+01:00")
    autumn = act("002", 1, K.INCIDENT, "avsb", "2025-10-25T10:00:00+02:00")

    dues = [owed("002", "2025-12-01T00:00:00+01:00", one)["leak-notice/G-1/1"].due
            for one in (spring, autumn)]  # fmt: skip

    assert dues == [at("2025-03-30T11:00:00+02:00"), at("2025-10-26T09:00:00+01:00")]


def test_002_24_the_other_side_has_no_24_hours() -> None:
    notice = act("002", 1, K.INCIDENT, "agii", "2025-03-10T10:00:00+01:00",
                 known="2025-03-20T10:00:00+01:00")  # fmt: skip

    found = owed("002", "2025-03-21T10:00:00+01:00", notice)

    notices = [duty for key, duty in found.items() if key.startswith("leak-notice")]
    assert [(one.article, one.state.value, one.due) for one in notices] == [
        ("art. 9", "done", None)
    ]


@pytest.mark.parametrize(
    ("protocol", "by", "article"),
    [("000", "dv", "art. 8"), ("001", "infino", "art. 9"), ("002", "avsb", "art. 9"),
     ("003", "vutg", "art. 9"), ("004", "opgroeien", "art. 9")],
    ids=["000-17", "001", "002", "003", "004"],
)  # fmt: skip
def test_000_17_a_leak_opens_a_joint_consultation_of_all_parties(
    protocol: str, by: str, article: str
) -> None:
    notice = act(protocol, 1, K.INCIDENT, by, "2025-03-10T10:00:00+01:00")

    found = owed(protocol, "2035-01-01T00:00:00+01:00", notice)

    opened = [duty for duty in found.values() if duty.kind is D.CONSULTATION]
    assert {duty.owes for duty in opened} == set(DOCUMENTS[protocol].lifecycle.signatories)
    assert {(duty.state.value, duty.article, duty.due) for duty in opened} == {("open", article, None)}  # fmt: skip


def test_a_consultation_between_two_parties_is_theirs_and_evidence_of_it_closes_it() -> None:
    notice = act("001", 1, K.INCIDENT, "infino", "2025-03-10T10:00:00+01:00", party="wewis")
    minutes = act("001", 2, K.EVIDENCE, "wewis", "2025-03-11T10:00:00+01:00", about="G-1",
                  document=PAPER)  # fmt: skip

    found = owed("001", "2025-03-12T10:00:00+01:00", notice, minutes)

    told = {k: d.state.value for k, d in found.items() if d.kind is D.CONSULTATION}
    assert told == {"joint-consultation/G-1/wewis": "attested",
                    "joint-consultation/G-1/infino": "open"}  # fmt: skip
    assert found["joint-consultation/G-1/infino"].to == ("wewis",)
    measures = [d for d in found.values() if d.kind is D.MEASURE and d.owes == "wewis"]
    assert "attested" not in {d.state.value for d in measures}


def test_001_45_payers_are_asked_for_evidence_and_each_answers_for_itself() -> None:
    request = act("001", 1, K.EVIDENCE_REQUEST, "wewis", "2025-03-10T10:00:00+01:00")
    proof = act("001", 2, K.EVIDENCE, "infino", "2025-03-11T10:00:00+01:00", document=PAPER)

    found = owed("001", "2025-04-12T10:00:00+02:00", request, proof)

    told = {duty.owes: duty.state.value for duty in found.values() if duty.kind is D.EVIDENCE}
    assert told == {"opgroeien": "open", "vutg": "open", "infino": "done", "kidslife": "open",
                    "myfamily": "open", "parentia": "open"}  # fmt: skip
    answered = found["evidence/G-1/infino"]
    assert (answered.to, answered.due, answered.article) == (("wewis",), None, "art. 6")
    assert answered.settled == proof
    mine = [d for d in found.values() if d.kind is D.MEASURE and d.owes in ("infino", "kidslife")]
    assert {(d.owes, d.state.value) for d in mine} == {("infino", "attested"), ("kidslife", "not-attested")}  # fmt: skip


def test_evidence_from_before_a_request_does_not_answer_it() -> None:
    early = act("003", 1, K.EVIDENCE, "zele", "2025-03-09T10:00:00+01:00", document=PAPER)
    request = act("003", 2, K.EVIDENCE_REQUEST, "vutg", "2025-03-10T10:00:00+01:00")
    of_one = act("003", 3, K.EVIDENCE, "zele", "2025-03-11T10:00:00+01:00", about="functionaris",
                 document=PAPER)  # fmt: skip

    found = owed("003", "2025-03-12T10:00:00+01:00", early, request, of_one)

    assert found["evidence/G-2/zele"].state.value == "open"
    assert found["measure/functionaris/zele"].settled == of_one
    assert found["measure/veiligheidsbeleid/zele"].settled == early


def test_003_45_only_zele_can_be_asked() -> None:
    found = {duty.party for duty in DOCUMENTS["003"].workflows.evidence}

    assert found == {"zele"}
    assert DOCUMENTS["003"].lifecycle.acts[K.EVIDENCE_REQUEST.value].by == {"vutg"}


@pytest.mark.parametrize(
    ("protocol", "places"),
    [
        ("000", {"vlabel": None, "dv": None}),
        ("001", {"wewis": None, "opgroeien": "www.opgroeien.be", "vutg": "www.gpedia.be",
                 **dict.fromkeys(("infino", "kidslife", "myfamily", "parentia"),
                                 "eigen site of www.gpedia.be")}),
        ("002", {"agii": None, "avsb": None}),
        ("003", {"zele": None, "vutg": "gpedia.groeipakket.be"}),
        ("004", {"opgroeien": None, "ahovoks": None}),
    ],
    ids=["000-28", "001-40", "002-30", "003 X-04", "004 X-04"],
)  # fmt: skip
def test_x_04_each_party_publishes_where_its_text_says_and_until_then_it_is_missing(
    protocol: str, places: dict[str, str | None]
) -> None:
    first = next(iter(places))
    done = act(protocol, 1, K.PUBLICATION, first, "2025-03-10T10:00:00+01:00")

    found = owed(protocol, "2025-03-11T10:00:00+01:00", done)

    told = {d.owes: d for d in found.values() if d.kind is D.PUBLICATION}
    assert {party: duty.place for party, duty in told.items()} == places
    assert {p for p, duty in told.items() if duty.state.value == "done"} == {first}
    assert {d.state.value for p, d in told.items() if p != first} == {"missing"}


def test_000_28_a_missing_publication_leaves_the_protocol_usable() -> None:
    ask = an_ask()

    assert owed("004", "2025-03-10T12:00:00+01:00")["publication/ahovoks"].state.value == "missing"
    assert isinstance(candidate(a_bundle(), ask, NOON), Candidate)


def test_information_is_attested_by_its_own_evidence_only() -> None:
    for protocol, party in (("001", "wewis"), ("003", "zele")):
        bundle = act(protocol, 1, K.EVIDENCE, party, "2025-03-10T10:00:00+01:00", document=PAPER)
        own = replace(bundle, key=2, about="information")
        key, when = f"information/{party}", "2025-03-11T10:00:00+01:00"

        assert states(protocol, key, [], when) == ["not-attested"]
        assert states(protocol, key, [bundle], when) == ["not-attested"]
        assert states(protocol, key, [own], when) == ["attested"]
        assert owed(protocol, when)[key].article == "art. 10"


def test_the_register_of_processors_is_owed_by_who_uses_one() -> None:
    when = "2025-03-11T10:00:00+01:00"
    told = act("001", 1, K.PROCESSOR, "infino", "2025-03-10T10:00:00+01:00", party="cegeka")

    found = owed("001", when, told)
    asked_only = owed("004", when)

    assert found["processor-register/opgroeien"].state.value == "done"
    assert found["processor-register/kidslife"].state.value == "open"
    assert found["processor-register/infino"].settled == told
    assert "opgroeien" in found["processor-register/infino"].to
    assert (found["processor/G-1"].name, found["processor/G-1"].state.value) == ("cegeka", "done")
    assert asked_only["processor-register/ahovoks"].state.value == "on-request"


def test_measures_are_shown_as_enforced_by_the_gateway_or_as_attested_by_people() -> None:
    when = "2025-03-11T10:00:00+01:00"
    proof = act("002", 1, K.EVIDENCE, "avsb", "2025-03-10T10:00:00+01:00", document=PAPER)

    before, after = owed("002", when), owed("002", when, proof)

    separation = before["measure/functiescheiding/avsb"]
    assert (separation.state.value, separation.place) == ("enforced", "gateway.duties")
    assert before["measure/fraudepreventie/avsb"].state.value == "not-attested"
    shown = after["measure/fraudepreventie/avsb"]
    assert shown.state.value == "attested"
    assert shown.settled is not None
    assert (shown.settled.by, shown.settled.document) == ("avsb", PAPER)
    assert after["measure/veiligheidsplan-agii/agii"].state.value == "not-attested"
    for document in DOCUMENTS.values():
        for measure in document.workflows.measures:
            assert measure.is_by_people or measure.place.startswith("gateway.")


def test_002_the_security_plan_of_each_party_is_reviewed_every_year() -> None:
    key = "yearly-review/veiligheidsplan-agii/agii"
    proof = act("002", 1, K.EVIDENCE, "agii", "2024-02-29T10:00:00+01:00", document=PAPER)

    first_year = states("002", key, [], "2022-09-30T23:59:59+02:00", "2022-10-01T00:00:00+02:00")
    renewed = states("002", key, [proof], "2025-02-28T09:59:59+01:00", "2025-02-28T10:00:00+01:00")

    assert first_year == ["due", "overdue"]
    assert renewed == ["attested", "overdue"]
    assert states("002", key.replace("agii", "avsb"), [proof], "2024-03-01T00:00:00+01:00") == ["overdue"]  # fmt: skip


def test_a_review_that_returns_is_watched_at_its_next_turn() -> None:
    document = DOCUMENTS["002"]
    coming = terms(document, initial_events(document), NOON)

    assert {(term.party, term.due_at) for term in coming} == {
        ("agii", at("2025-10-01T00:00:00+02:00")), ("avsb", at("2025-10-01T00:00:00+02:00")),
    }  # fmt: skip


def test_004_19_the_assessment_that_the_text_requires_is_missing_until_it_is_shown() -> None:
    key, when = "impact-assessment/ahovoks", "2025-03-11T10:00:00+01:00"
    shown = act("004", 1, K.EVIDENCE, "ahovoks", "2025-03-10T10:00:00+01:00", about="dpia",
                document=PAPER)  # fmt: skip

    assert states("004", key, [], when) == ["missing"]
    assert states("004", key, [shown], when) == ["attested"]
    assert owed("004", when)[key].article == "art. 6"
    assert owed("004", when, shown)["measure/classificatie/ahovoks"].state.value == "not-attested"


def test_a_change_of_the_law_opens_a_review_by_every_party() -> None:
    change = act("001", 1, K.LAW_CHANGE, "vutg", "2025-03-10T10:00:00+01:00")
    addendum = act("001", 2, K.ADDENDUM, "wewis", "2025-06-01T10:00:00+02:00", document=PAPER)

    opened = owed("001", "2030-01-01T00:00:00+01:00", change)
    amended = owed("001", "2030-01-01T00:00:00+01:00", change, addendum)

    reviews = [key for key, duty in opened.items() if duty.kind is D.LAW_REVIEW]
    assert len(reviews) == 7
    assert {opened[key].state.value for key in reviews} == {"open"}
    assert {amended[key].state.value for key in reviews} == {"done"}
    assert opened["law-change-notice/G-1"].to == ("wewis",)


def test_a_joint_end_asks_the_other_party() -> None:
    one = act("000", 1, K.JOINT_END, "vlabel", "2025-03-10T10:00:00+01:00")

    found = owed("000", "2025-03-11T10:00:00+01:00", one)

    assert found["joint-end/vlabel"].state.value == "done"
    assert (found["joint-end/dv"].state.value, found["joint-end/dv"].article) == ("open", "art. 10")
    assert "joint-end/dv" not in owed("000", "2025-03-11T10:00:00+01:00")


def test_the_duties_are_those_that_were_known_then() -> None:
    late = act("002", 1, K.QUALITY_REPORT, "avsb", "2025-03-01T10:00:00+01:00",
               known="2025-03-20T10:00:00+01:00")  # fmt: skip

    assert "quality-answer/G-1" not in owed("002", "2025-03-19T10:00:00+01:00", late)
    assert owed("002", "2025-03-20T10:00:00+01:00", late)["quality-answer/G-1"].state.value == "overdue"  # fmt: skip


def test_a_term_that_was_over_before_it_became_known_is_looked_at_at_once() -> None:
    late = act("002", 1, K.INCIDENT, "avsb", "2025-03-01T10:00:00+01:00",
               known="2025-03-20T10:00:00+01:00")  # fmt: skip
    document = DOCUMENTS["002"]

    found = terms(document, [*initial_events(document), late], at("2025-03-20T10:00:00+01:00"))

    dues = {term.duty: term.due_at for term in found}
    assert dues["leak-notice/G-1/1"] == at("2025-03-20T10:00:00+01:00")
