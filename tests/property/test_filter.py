"""Data minimisation as laws: nothing unlisted leaves, whatever the source sends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts.faults import Refusal
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import (
    Candidate,
    Obligation,
    ObligationKind,
    UndischargedObligation,
)
from gateway.domain.field_filter import (
    SourceRecord,
    _cut,
    keep_permitted,
)
from gateway.domain.protocol_document import Fact
from gateway.domain.services import CARE_ALLOWANCE_PATHS, FieldPaths
from tests.builders import NOON, a_bundle, an_ask

NAMES = sorted(CARE_ALLOWANCE_PATHS)
BUNDLE = a_bundle()


def a_permit(fields: frozenset[str]) -> Permit | None:
    chosen = candidate(BUNDLE, an_ask(fields=fields), NOON)
    if isinstance(chosen, Refusal):
        return None
    permit = decide(chosen, {Fact.REGISTERED: "R-1"})
    assert isinstance(permit, Permit)
    return permit


def a_record(**extra: Any) -> dict[str, Any]:
    recognition = {
        "pijler1": 4, "pijler2": 3, "pijler3": 5, "totaal": 12,
        "subpijlers2": {"1": 1}, "subpijlers3": {"1": 2}, "datumBeslissing": "2023-10-12",
        "periode": {"begin": "2023-09-01", "einde": None}, "wetgeving": {"code": 2},
        "statusBeslissing": "Definitief",
    }  # fmt: skip
    return {"insz": "12631400209", "statusAanvraag": {"inBeroep": False}, "erkenningen": [recognition]} | extra  # fmt: skip


def leaves(node: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if isinstance(node, dict):
        return {leaf for key, value in node.items() for leaf in leaves(value, (*path, key))}
    if isinstance(node, list):
        return {leaf for value in node for leaf in leaves(value, path)}
    return {path}


fields_asked = st.frozensets(st.sampled_from(NAMES))
anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(fields_asked)
def test_f1_what_leaves_is_listed_and_asked(asked: frozenset[str]) -> None:
    permit = a_permit(asked)
    if permit is None:
        return

    kept = keep_permitted(SourceRecord(a_record(), CARE_ALLOWANCE_PATHS), permit)

    allowed = {CARE_ALLOWANCE_PATHS[name] for name in asked & set(permit.fields)}
    assert kept is not None
    assert leaves(kept.data) <= allowed


@given(st.dictionaries(st.text(max_size=10), anything, max_size=4), anything)
def test_f2_whatever_else_the_source_sends_changes_nothing(
    extra: dict[str, Any], deep: Any
) -> None:
    permit = a_permit(frozenset(NAMES))
    assert permit is not None
    plain = a_record()
    noisy = {**{f"x{key}": value for key, value in extra.items()}, **a_record()}
    noisy["erkenningen"] = [{**plain["erkenningen"][0], "geheim": deep}]

    first = keep_permitted(SourceRecord(plain, CARE_ALLOWANCE_PATHS), permit)
    second = keep_permitted(SourceRecord(noisy, CARE_ALLOWANCE_PATHS), permit)

    assert first is not None
    assert second is not None
    assert first.data == second.data


branches = st.recursive(
    st.none(),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3),
    max_leaves=6,
).filter(lambda grown: grown is not None)
trees = st.recursive(
    st.none() | st.integers(0, 2) | st.sampled_from(["", "x", False]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from("abcd"), trees), branches)
def test_the_cut_is_what_its_definition_says(tree: dict[str, Any], grown: dict[str, Any]) -> None:
    assert _cut(tree, grown) == cut_as_defined(tree, grown)


def cut_as_defined(node: Any, grown: dict[str, Any] | None) -> Any:
    """Straight from the words: walk the branches, leave out what is empty."""
    if grown is None:
        return node
    if isinstance(node, list):
        return [one for one in (cut_as_defined(item, grown) for item in node) if one]
    if not isinstance(node, dict):
        return None
    cut = {
        name: cut_as_defined(node[name], branch) for name, branch in grown.items() if name in node
    }
    return {name: value for name, value in cut.items() if value not in ({}, [])}


@given(fields_asked, fields_asked)
def test_asking_for_less_is_never_given_more(more: frozenset[str], fewer: frozenset[str]) -> None:
    whole, part = a_permit(more | fewer), a_permit(fewer)

    if part is not None:
        assert whole is not None
        assert set(part.fields) <= set(whole.fields)


@given(st.sampled_from(["pijler1", "periode.begin", "periode.einde"]), fields_asked)
def test_f3_removing_a_field_from_a_protocol_never_adds_data(
    removed: str, asked: frozenset[str]
) -> None:
    documents = BUNDLE.documents
    flow = documents[4].flows["zorgtoeslag"]
    poorer = replace(flow, fields=tuple(f for f in flow.fields if f.name != removed))
    less = a_bundle([documents[0], replace(documents[4], flows={"zorgtoeslag": poorer})])

    before = candidate(BUNDLE, an_ask(fields=asked), NOON)
    after = candidate(less, an_ask(fields=asked), NOON)

    if isinstance(after, Candidate):
        assert isinstance(before, Candidate)
        assert set(after.fields) <= set(before.fields) - {removed}


def test_a_record_of_which_only_the_number_is_left_is_no_answer() -> None:
    permit = a_permit(frozenset(NAMES))
    assert permit is not None

    assert (
        keep_permitted(SourceRecord(a_record(erkenningen=[]), CARE_ALLOWANCE_PATHS), permit) is None
    )


@pytest.mark.parametrize(
    "kind",
    [
        "burn-after-reading",
        ObligationKind.DROP_TERM,
        ObligationKind.SESSION_LIMIT,
        ObligationKind.ANONYMISE,
    ],
)
def test_an_obligation_that_an_answer_cannot_discharge_stops_it(kind: str) -> None:
    permit = a_permit(frozenset(NAMES))
    assert permit is not None
    unknown = Obligation(kind, "art. 9")  # type: ignore[arg-type]  # that is the point
    obliged = replace(permit, candidate=replace(permit.candidate, obligations=(unknown,)))

    with pytest.raises(UndischargedObligation):
        keep_permitted(SourceRecord(a_record(), CARE_ALLOWANCE_PATHS), obliged)


ADVICE = {name: (name,) for name in ("insz", "openingsdatum", "advies", "reden")}
duties = st.sampled_from(["vlaams", "brussel", "geen", "onbekend", None])


def an_advice(data: dict[str, Any]) -> Mapping[str, Any] | None:
    """What leaves of the integration source's answer."""
    ask = an_ask(party="avsb", unit="avsb", flow="inburgering-advies", fields=frozenset(ADVICE))
    chosen = candidate(BUNDLE, ask, NOON)
    assert isinstance(chosen, Candidate)
    permit = decide(chosen, {})
    assert isinstance(permit, Permit)
    record = keep_permitted(SourceRecord(data, FieldPaths(ADVICE)), permit)
    return None if record is None else record.data


@given(
    duties, st.sampled_from(["ja", "neen", None]), st.dictionaries(st.text(max_size=9), anything)
)
def test_f14_002_04_a_reason_stands_only_beside_nok_and_the_file_behind_never_leaves(
    duty: str | None, told: str | None, more: dict[str, Any]
) -> None:
    fulfilled = {"ja": True, "neen": False}.get(told or "")
    known = {"insz": "79621700625", "openingsdatum": "2025-03-10", "reden": "geen attest"}
    answer = an_advice(more | known | {"plicht": duty, "voldaan": fulfilled, "advies": "NOK"})

    is_not = duty == "vlaams" and fulfilled is False
    is_ok = duty == "geen" or (duty == "vlaams" and fulfilled is True)
    if not is_not and not is_ok:
        assert answer is None, "NOK from ignorance"
        return
    assert answer is not None
    assert answer["advies"] == ("NOK" if is_not else "OK")
    assert ("reden" in answer) == is_not
    assert set(answer) <= set(ADVICE)
