"""From draft to in force: worked out from document and events (scenarios 001-33, 001-42, X-05)."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from gateway.adapters.protocol_files import ProtocolInvalid, initial_events, read_document
from gateway.domain.decision import candidate
from gateway.domain.duties import duties
from gateway.domain.duty import DutyKind, DutyState
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import Lifecycle
from gateway.domain.stage import stage_of
from gateway.domain.workflow_clauses import Advice
from tests.builders import NOON, PROTOCOLS, a_bundle, an_ask, the_documents

DOCUMENTS = {document.id: document for document in the_documents()}
SEVEN = DOCUMENTS["001"].lifecycle.signatories


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def signature(protocol: str, party: str, when: str) -> LifecycleEvent:
    return LifecycleEvent(protocol=protocol, kind=EventKind.SIGNATURE, by=party,
                          effective_at=at(when), recorded_at=at(when))  # fmt: skip


def signed(*parties: str) -> list[LifecycleEvent]:
    return [signature("001", party, "2025-03-03T10:00:00+01:00") for party in parties]


@pytest.mark.parametrize(
    ("when", "parties", "stage"),
    [
        ("2024-11-04T23:59:59+01:00", (), "draft"),
        ("2024-11-05T00:00:00+01:00", (), "advice"),
        ("2025-02-13T23:59:59+01:00", (), "advice"),
        ("2025-02-14T00:00:00+01:00", (), "advised"),
        ("2025-03-03T09:59:59+01:00", SEVEN[:6], "advised"),
        ("2025-03-03T10:00:00+01:00", SEVEN[:6], "signing"),
        ("2030-01-01T00:00:00+01:00", SEVEN[:6], "signing"),
        ("2025-03-03T10:00:00+01:00", SEVEN, "in-force"),
    ],
)
def test_001_33_the_stage_follows_from_advice_and_signatures(
    when: str, parties: tuple[str, ...], stage: str
) -> None:
    assert stage_of(DOCUMENTS["001"], signed(*parties), at(when)).value == stage


def test_a_protocol_that_starts_on_a_date_is_signed_until_then() -> None:
    later = replace(DOCUMENTS["002"].lifecycle, in_force_from=date(2021, 11, 1))
    document = replace(DOCUMENTS["002"], lifecycle=later)

    assert stage_of(document, initial_events(document), at("2021-10-15T12:00:00+02:00")) == "signed"


def test_001_33_six_of_seven_signatures_are_in_force_for_nobody() -> None:
    document, missing = DOCUMENTS["001"], SEVEN[6]
    for absent in SEVEN:
        events = signed(*(party for party in SEVEN if party != absent))
        bundle = replace(a_bundle([document]), events={"001": tuple(events)})
        for party in ("infino", "parentia"):
            ask = an_ask(party=party, unit=party, flow="jobbonusplus-verrichtingen")
            told = candidate(bundle, ask, NOON)
            assert getattr(told, "reason", None) == "protocol-not-in-force"
    waiting = duties(document, signed(*SEVEN[:6]), NOON)
    unsigned = [d.owes for d in waiting if d.kind is DutyKind.SIGNATURE and d.is_to_do]
    assert unsigned == [missing]
    assert all(d.kind in (DutyKind.ADVICE, DutyKind.SIGNATURE) for d in waiting)


def test_what_a_draft_still_waits_for_is_told() -> None:
    waiting = duties(DOCUMENTS["001"], [], at("2025-01-31T12:00:00+01:00"))

    advice = {d.owes for d in waiting if d.kind is DutyKind.ADVICE and d.is_to_do}
    assert advice == {"parentia"}


def test_negative_advice_keeps_a_protocol_in_draft_and_out_of_force() -> None:
    document = DOCUMENTS["001"]
    first, *others = document.workflows.advice
    against = replace(document.workflows, advice=(replace(first, outcome="negative"), *others))
    lifecycle: Lifecycle = replace(document.lifecycle, advised_against=True)
    held = replace(document, workflows=against, lifecycle=lifecycle)

    assert stage_of(held, signed(*SEVEN), NOON) == "draft"
    ask = an_ask(party="infino", unit="infino", flow="jobbonusplus-verrichtingen")
    told = candidate(a_bundle([held]), ask, NOON)
    assert getattr(told, "reason", None) == "protocol-not-in-force"


def test_a_document_with_negative_advice_is_loaded_as_such(tmp_path: Path) -> None:
    from gateway.adapters.protocol_files.compile import compile_document

    name = "vlabel-dv-jobbonus.yaml"
    text = (PROTOCOLS / name).read_text("utf-8")
    (tmp_path / name).write_text(text.replace("outcome: positive", "outcome: negative", 1), "utf-8")

    assert compile_document(read_document(tmp_path / name)).lifecycle.advised_against


def test_000_19_an_ended_protocol_is_ended() -> None:
    document = DOCUMENTS["000"]
    end = replace(signature("000", "vlabel", "2025-03-10T10:00:00+01:00"), kind=EventKind.END)
    events = [*initial_events(document), end]

    assert stage_of(document, events, at("2025-03-10T09:59:59+01:00")) == "in-force"
    assert stage_of(document, events, at("2025-03-10T10:00:00+01:00")) == "ended"


def test_001_42_seven_advices_all_on_or_before_the_signature() -> None:
    document = DOCUMENTS["001"]
    advice: tuple[Advice, ...] = document.workflows.advice

    assert sorted(str(one.on) for one in advice) == [
        "2024-11-05", "2024-11-28", "2024-12-02", "2024-12-03", "2025-01-31", "2025-01-31",
        "2025-02-14",
    ]  # fmt: skip
    assert {one.party for one in advice} == set(SEVEN)
    assert all(one.on is not None and one.on <= document.lifecycle.signed_on for one in advice)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{party: avsb, outcome: given, article: overw. H}",
         "{party: avsb, date: 2021-10-02, outcome: given, article: overw. H}", "later than the signature"),
        ("code: O-63, article: overw. H", "code: O-63, article: overw. G", "no date"),
    ],
)  # fmt: skip
def test_x_05_advice_after_the_signature_or_without_a_year_is_told(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    name = "agii-avsb-inburgeringsplicht.yaml"
    text = (PROTOCOLS / name).read_text("utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new), "utf-8")

    with pytest.raises(ProtocolInvalid) as caught:
        read_document(tmp_path / name)

    (defect,) = caught.value.defects
    assert (defect.key, defect.file) == ("dpo_advice.1.date", name)
    assert says in defect.what


def test_x_05_the_advice_without_a_year_is_shown_as_undated() -> None:
    document = DOCUMENTS["002"]
    found = {d.key: d for d in duties(document, initial_events(document), NOON)}

    assert found["advice/avsb"].state is DutyState.UNDATED
    assert found["advice/agii"].state is DutyState.DONE
