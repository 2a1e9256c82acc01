"""How each text ends: notice with its term, simple notice, joint end, the machtiging; judged, then felt."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from gateway.adapters.protocol_files import initial_events
from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.acts import Act, judge_act
from gateway.domain.lifecycle import EventKind, LifecycleEvent, Status, state_of
from gateway.domain.protocol_document import ProtocolDocument
from tests.builders import the_documents

DOCUMENTS: dict[str, ProtocolDocument] = {document.id: document for document in the_documents()}
K = EventKind
LETTER = "sha256:" + "d" * 64


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def done(
    protocol: str, kind: EventKind, by: str, when: str, party: str | None = None
) -> LifecycleEvent:
    document = DOCUMENTS[protocol]
    act = Act(kind=kind, by=by, party=party, document=LETTER)
    outcome = judge_act(document, initial_events(document), act, at(when))
    assert isinstance(outcome, LifecycleEvent)
    return outcome


def ended(protocol: str, events: Sequence[LifecycleEvent], when: str) -> set[str]:
    """The consumers for whom every flow is over at an instant."""
    document = DOCUMENTS[protocol]
    known = [*initial_events(document), *events]
    return {
        party
        for party in document.parties
        if document.receives(party)
        and all(
            state_of(document, known, at(when), party, flow).status is Status.ENDED
            for flow in document.flows
            if document.is_consumer(party, flow)
        )
    }


def consumers(protocol: str) -> set[str]:
    document = DOCUMENTS[protocol]
    return {party for party in document.parties if document.receives(party)}


@pytest.mark.parametrize(
    ("protocol", "by", "given", "last", "first", "whom"),
    [
        ("001", "kidslife", "2025-06-01T15:00:00+02:00", "2025-08-31T23:59:59+02:00",
         "2025-09-01T00:00:00+02:00", {"kidslife"}),
        ("001", "wewis", "2025-11-30T15:00:00+01:00", "2026-02-27T23:59:59+01:00",
         "2026-02-28T00:00:00+01:00", None),
        ("002", "avsb", "2023-03-15T00:00:00+01:00", "2024-03-14T23:59:59+01:00",
         "2024-03-15T00:00:00+01:00", None),
        ("002", "agii", "2024-02-29T23:59:59+01:00", "2025-02-27T23:59:59+01:00",
         "2025-02-28T00:00:00+01:00", None),
        ("003", "zele", "2024-10-15T09:00:00+02:00", "2025-01-14T23:59:59+01:00",
         "2025-01-15T00:00:00+01:00", None),
    ],
    ids=["001-31", "001 by the provider, clamped", "002-27", "002 clamped", "003-39"],
)  # fmt: skip
def test_notice_ends_it_after_its_term_for_whom_the_text_says(
    protocol: str, by: str, given: str, last: str, first: str, whom: set[str] | None
) -> None:
    notice = done(protocol, K.NOTICE, by, given)

    assert ended(protocol, [notice], last) == set()
    assert ended(protocol, [notice], first) == (whom or consumers(protocol))


@pytest.mark.parametrize(
    ("protocol", "by", "article"),
    [("000", "vlabel", "art. 9"), ("002", "agii", "art. 8"), ("003", "vutg", "art. 8"),
     ("004", "opgroeien", "art. 8")],
    ids=["000-19", "002", "003", "004-21"],
)  # fmt: skip
def test_a_simple_notice_of_the_provider_ends_it_at_once_and_needs_no_letter(
    protocol: str, by: str, article: str
) -> None:
    document, when = DOCUMENTS[protocol], "2025-03-10T12:00:00+01:00"
    outcome = judge_act(document, initial_events(document), Act(kind=K.END, by=by), at(when))

    assert isinstance(outcome, LifecycleEvent)
    assert (outcome.article, outcome.term) == (article, None)
    assert ended(protocol, [outcome], "2025-03-10T11:59:59+01:00") == set()
    assert ended(protocol, [outcome], when) == consumers(protocol)


def test_000_a_joint_end_wants_both_parties_and_counts_from_the_second() -> None:
    one = done("000", K.JOINT_END, "dv", "2025-03-10T12:00:00+01:00")
    twice = done("000", K.JOINT_END, "dv", "2025-03-11T12:00:00+01:00")
    other = done("000", K.JOINT_END, "vlabel", "2025-03-12T12:00:00+01:00")

    assert ended("000", [one, twice], "2030-01-01T00:00:00+01:00") == set()
    assert ended("000", [one, other], "2025-03-12T11:59:59+01:00") == set()
    assert ended("000", [one, other], "2025-03-12T12:00:00+01:00") == {"dv"}


def test_003_40_the_end_of_the_agreement_ends_it_by_law() -> None:
    over = done("003", K.AGREEMENT_ENDED, "zele", "2025-07-05T00:00:00+02:00")

    assert over.article == "art. 12"
    assert ended("003", [over], "2025-07-05T00:00:00+02:00") == {"zele"}


def test_001_34_an_inadequate_machtiging_stops_it_for_every_receiver_at_once() -> None:
    document = DOCUMENTS["001"]
    lost = done("001", K.AUTHORISATION_LOST, "infino", "2025-03-10T12:00:00+01:00", party="infino")
    events = [*initial_events(document), lost]

    states = {
        state_of(document, events, at("2025-03-10T12:00:00+01:00"), party, flow)
        for party in consumers("001")
        for flow in document.flows
    }

    assert {(state.status, state.article) for state in states} == {
        (Status.NO_INSTRUMENT, "art. 2 a 2°")
    }


@pytest.mark.parametrize(
    ("protocol", "by", "kind", "knows"),
    [
        ("000", "vlabel", K.SUSPENSION, "beeindiging (art. 9)"),
        ("000", "dv", K.NOTICE, "gezamenlijk-einde (art. 10)"),
        ("001", "wewis", K.END, "schorsing (art. 8)"),
        ("004", "opgroeien", K.NOTICE, "beeindiging (art. 8)"),
        ("004", "ahovoks", K.GROUND_LOST, "kwaliteitsmelding (art. 7)"),
    ],
    ids=["000-20", "000 no notice", "001-30", "004-22", "004 truncated"],
)
def test_what_a_text_does_not_know_is_refused_with_what_it_knows(
    protocol: str, by: str, kind: EventKind, knows: str
) -> None:
    document = DOCUMENTS[protocol]
    act = Act(kind=kind, by=by, document=LETTER)

    outcome = judge_act(document, initial_events(document), act, at("2025-03-10T12:00:00+01:00"))

    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.NO_SUCH_CLAUSE
    assert knows in outcome.grounds[0].remedy
