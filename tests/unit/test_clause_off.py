"""Turn one clause off in a copy: exactly what rests on it changes, and cites nothing of it any more.

"Rests on it" is told by the decision itself: an outcome rests on a clause when it cites it, as a field,
a fact, an obligation or a ground. So each clause has a `trace`, and after it is turned off the outcomes
that showed the trace have changed and show it no more, and all others are as they were.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pytest

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.decision import Permit
from gateway.domain.decision_terms import ObligationKind
from gateway.domain.protocol_document import Fact
from tests.builders import NOON
from tests.corpus.cells import JULY, OPEN, ask_of_cell
from tests.generators import Asked, bundle_of, outcome, signed
from tests.texts import Edit, Text, item, law_of, shared_purposes, shipped
from tests.unit.test_protocol_examples import EXAMPLES, ask_of, at_of

R, OB = Reason, ObligationKind
Trace = Callable[["Case", Permit | Refusal], bool]
_MISSING = {
    Fact.REGISTERED: R.NOT_REGISTERED, Fact.QUESTION_OPEN: R.NO_OPEN_QUESTION,
    Fact.IDENTIFIED: R.NOT_IDENTIFIED, Fact.IN_SESSION: R.SESSION_OVER,
    Fact.MEMBER: R.NOT_A_MEMBER, Fact.RIGHT_OPEN: R.RIGHT_ENDED,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A question that the documents answer: one of their examples, or a cell of the matrix."""

    name: str
    asked: Asked

    @property
    def flow(self) -> str:
        return self.asked.ask.flow

    @property
    def unit(self) -> str:
        return self.asked.ask.unit


@dataclass(frozen=True)
class Clause:
    """A clause of one document: how to turn it off, and how an outcome shows that it rests on it."""

    protocol: str
    name: str
    off: Callable[[Text], None]
    trace: Trace


def _examples() -> list[Case]:
    return [
        Case(e["id"], Asked(ask_of(e), at_of(e), frozenset(map(Fact, e.get("facts", [])))))
        for e in EXAMPLES
    ]


def _cells() -> list[Case]:
    every = frozenset(Fact)
    return [
        Case("/".join(cell), Asked(ask_of_cell(cell), JULY if cell[0] == "zele" else NOON, every))
        for cell in OPEN
    ]


CASES = [*_examples(), *_cells()]


@cache
def outcomes(name: str) -> dict[str, Permit | Refusal]:
    """What becomes of every case, with one clause off (or `none`)."""
    edits: list[Edit] = []
    if name != "none":
        clause = CLAUSES[name]
        edits = [lambda texts: clause.off(texts[clause.protocol])]
    law = law_of(name, *edits)
    bundle = bundle_of(law, signed(law))
    return {case.name: outcome(bundle, case.asked) for case in CASES}


def told(said: Permit | Refusal) -> Any:
    """An outcome, to compare; not the document's digest, and not what was merely withheld."""
    if isinstance(said, Refusal):
        return [(g.reason, g.article, g.detail.partition(":")[0]) for g in said.grounds]
    return replace(said.candidate, document_digest="", withheld=())


def grounds(said: Permit | Refusal) -> tuple[Ground, ...]:
    return said.grounds if isinstance(said, Refusal) else ()


def refused_for(reason: Reason, flow: Text, saying: str = "") -> Trace:
    return lambda case, said: (
        case.flow == flow["id"]
        and any(g.reason is reason and saying in g.detail for g in grounds(said))
    )


def obliged(kind: ObligationKind, flow: str | None = None, value: str = "") -> Trace:
    return lambda case, said: (
        flow in (None, case.flow)
        and isinstance(said, Permit)
        and any(o.kind is kind and value in o.value for o in said.candidate.obligations)
    )


def either(*traces: Trace) -> Trace:
    return lambda case, said: any(trace(case, said) for trace in traces)


def protocol_of(said: Permit | Refusal) -> str:
    found = said.candidate.protocol if isinstance(said, Permit) else said.protocol
    return (found or "").partition("@")[0]


def within(protocol: str, trace: Trace) -> Trace:
    return lambda case, said: protocol_of(said) == protocol and trace(case, said)


# --- the clauses -------------------------------------------------------------------------------

Off = Callable[[Text], None]
Found = Iterator[tuple[str, Off, Trace]]


def _renamed(listed: str, key: str) -> Off:
    """Whoever asks for it finds it no more; the list keeps the item that its form demands."""
    return lambda text: item(text[listed], key).update(id="uitgezet")


def _dropped(listed: str, key: str, name: str) -> Off:
    """An item loses one of its keys."""

    def off(text: Text) -> None:
        del item(text[listed], key)[name]

    return off


def _unlisted(listed: str, key: str, name: str, value: str) -> Off:
    """A list of names inside an item loses one."""
    return lambda text: item(text[listed], key)[name].remove(value)


def _gives(flow: str, field: str) -> Trace:
    return lambda case, said: (
        case.flow == flow and isinstance(said, Permit) and field in said.fields
    )


def _of_flow(text: Text, flow: Text) -> Found:
    key = flow["id"]
    yield "", _renamed("flows", key), lambda case, _: case.flow == key
    for name in flow["fields"]:
        if len(flow["fields"]) > 1:
            yield f".fields.{name}", _unlisted("flows", key, "fields", name), _gives(key, name)
    for place, one in enumerate(flow.get("requires", [])):
        yield (
            f".requires.{place}-{one['fact']}",
            _not_required(key, place),
            _requires(text, flow, one),
        )
    yield from _keys(flow)


def _not_required(flow: str, place: int) -> Off:
    def off(text: Text) -> None:
        del item(text["flows"], flow)["requires"][place]

    return off


def _requires(text: Text, flow: Text, one: Text) -> Trace:
    fact, purposes = Fact(one["fact"]), set(one.get("purposes", []))

    def trace(case: Case, said: Permit | Refusal) -> bool:
        if case.flow != flow["id"]:
            return False
        if isinstance(said, Permit):
            return any(r.fact is fact and r.purposes == purposes for r in said.candidate.requires)
        own = set(shared_purposes(text, flow, item(text["units"], case.unit)))
        named = said.reason is _MISSING[fact]
        return named and (not purposes or bool(purposes & own))

    return lambda case, said: any(u["id"] == case.unit for u in text["units"]) and trace(case, said)


def _keys(flow: Text) -> Found:
    key = flow["id"]
    traces: dict[str, Trace] = {
        "windows": refused_for(R.OUTSIDE_WINDOW, flow),
        "quota": either(refused_for(R.QUOTA_SPENT, flow), obliged(OB.QUOTA, key)),
        "session": obliged(OB.SESSION_LIMIT, key),
        "authentication": refused_for(R.AUTHENTICATION_TOO_WEAK, flow, "or stronger"),
        "enduser": refused_for(R.AUTHENTICATION_TOO_WEAK, flow, "nobody is named"),
        "training": refused_for(R.TRAINING_MISSING, flow),
        "duties_separated": refused_for(R.DUTIES_NOT_SEPARATED, flow),
        "open_from": refused_for(R.FLOW_NOT_OPEN, flow),
    }
    for name, trace in traces.items():
        if name in flow:
            yield f".{name}", _dropped("flows", key, name), trace
    if "drop_term" in flow["channel"]:
        yield ".channel.drop_term", _without_term(key), obliged(OB.DROP_TERM, key)


def _without_term(flow: str) -> Off:
    def off(text: Text) -> None:
        del item(text["flows"], flow)["channel"]["drop_term"]

    return off


def _of_unit(unit: Text) -> Found:
    key = unit["id"]
    yield "", _renamed("units", key), _of_the_unit(key)
    for purpose in unit.get("purposes", []):
        off = _unlisted("units", key, "purposes", purpose)
        yield f".purposes.{purpose}", off, _for_purpose(key, purpose)


def _of_the_unit(key: str) -> Trace:
    """Whatever the document says to this unit, unless it already says that it does not know it."""
    return lambda case, said: (
        case.unit == key and not any(g.reason is R.UNIT_NOT_LISTED for g in grounds(said))
    )


def _for_purpose(unit: str, purpose: str) -> Trace:
    """Whatever is said to this unit by a flow that it shares this purpose with."""

    def trace(case: Case, said: Permit | Refusal) -> bool:
        text = shipped()[protocol_of(said)]
        flow = item(text["flows"], case.flow)
        lost = any(g.reason is R.PURPOSE_NOT_AGREED for g in grounds(said))
        return purpose in shared_purposes(text, flow, item(text["units"], unit)) and not lost

    return lambda case, said: case.unit == unit and trace(case, said)


def _of_document(text: Text) -> Found:
    for purpose in text["purposes"]:
        if purpose.get("case_required"):
            key = purpose["id"]
            off = _dropped("purposes", key, "case_required")
            yield f"purposes.{key}.case_required", off, _lacks_case(key)
    for field in text["fields"]:
        for name, kind in (("only_if", OB.CONDITIONAL), ("derived", OB.DERIVE)):
            if name in field:
                off = _dropped("fields", field["id"], name)
                yield f"fields.{field['id']}.{name}", off, obliged(kind, value=field["id"])
    for rule in text["retention"] if len(text["retention"]) > 1 else []:
        if {"*", *(f["id"] for f in text["flows"])} & set(rule["applies"]):
            kept = obliged(OB.RETENTION, value=rule["id"])
            yield f"retention.{rule['id']}", _not_kept(rule["id"]), kept


def _lacks_case(purpose: str) -> Trace:
    return lambda _, said: any(
        g.reason is R.CASE_REQUIRED and f"`{purpose}`" in g.detail for g in grounds(said)
    )


def _not_kept(rule: str) -> Off:
    return lambda text: text["retention"].remove(item(text["retention"], rule))


def _clauses(protocol: str, text: Text) -> Iterator[Clause]:
    found = [
        *((f"flows.{f['id']}{rest}", off, trace) for f in text["flows"] for rest, off, trace in _of_flow(text, f)),
        *((f"units.{u['id']}{rest}", off, trace) for u in text["units"] for rest, off, trace in _of_unit(u)),
        *_of_document(text),
    ]  # fmt: skip
    for name, off, trace in found:
        yield Clause(protocol, f"{protocol} {name}", off, within(protocol, trace))


CLAUSES = {c.name: c for key, text in shipped().items() for c in _clauses(key, text)}


@pytest.mark.parametrize("name", CLAUSES)
def test_turning_a_clause_off_changes_exactly_what_rests_on_it(name: str) -> None:
    clause, before, after = CLAUSES[name], outcomes("none"), outcomes(name)
    resting = {case.name for case in CASES if clause.trace(case, before[case.name])}
    changed = {case.name for case in CASES if told(before[case.name]) != told(after[case.name])}

    assert changed == resting
    assert not {case.name for case in CASES if clause.trace(case, after[case.name])}


@pytest.mark.parametrize("name", CLAUSES)
def test_every_clause_has_an_example_that_rests_on_it(name: str) -> None:
    clause, before = CLAUSES[name], outcomes("none")

    assert any(clause.trace(case, before[case.name]) for case in _examples())


def test_the_clauses_are_those_of_all_five_and_many() -> None:
    assert {clause.protocol for clause in CLAUSES.values()} == {"000", "001", "002", "003", "004"}
    assert len(CLAUSES) > 90
