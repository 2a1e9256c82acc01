"""F19 and its sister: a replay brings forth what was decided, and under another law it never guesses.

Every question is decided twice under the other law: once by the replay, from the leaf alone, and once
with everything known, also what the leaf does not tell. They agree, or the replay says it cannot tell.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.protocol_files import initial_events
from gateway.adapters.protocol_files.library import bundle_of
from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.canonical_json import canonical
from gateway.domain.decision import Permit, candidate, decide
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.log_entry import Draft
from gateway.domain.protocol_document import (
    Access,
    Authentication,
    Fact,
    Flow,
    Listed,
    ProtocolDocument,
    Purpose,
    RequiredFact,
    Unit,
)
from gateway.domain.questions import TransactionQuestion
from gateway.domain.replay import Law, recorded
from gateway.domain.replay_effect import Effect, Fate, effect
from gateway.domain.request import Request
from gateway.domain.services import GIVEN, PLATFORM_FIELDS, Service
from tests.builders import NOON, a_caller, the_documents

DOCUMENTS = the_documents()
FLOWS = [(document, flow) for document in DOCUMENTS for flow in document.flows.values()]
TELLING = {"a field less", "units refused", "months", "a training", "refuse what is not listed"}
"""Changes that ask nothing of which the leaf does not tell."""
NOT_JUDGED = {Fate.CANNOT_TELL, Fate.NOT_DECIDED}


@dataclass(frozen=True)
class Truth:
    """A question with all there is to know of it; `ask` is what the line weighed."""

    ask: Ask
    whole: Ask
    facts: dict[Fact, str]
    at: datetime


@dataclass(frozen=True)
class Asking(TransactionQuestion):
    """A question for whatever fields."""

    names: frozenset[str] = frozenset()

    def asked(self) -> frozenset[str]:
        return self.names


@st.composite
def truths(draw: Any, off: tuple[tuple[str, Any], ...] = ()) -> Truth:
    """A question that would pass, with at most two things other than they should be.

    `off` are those that the test is about.
    """
    flow, unit = draw(st.sampled_from(ENTITLED))
    key = draw(st.sampled_from([flow.key] * 9 + [*PLATFORM_FIELDS]))
    names = sorted(GIVEN[flow.service])
    fields = PLATFORM_FIELDS.get(key) or draw(_some(names))
    purpose = draw(st.sampled_from([None, *sorted(unit.purposes & set(flow.purposes))]))
    stated = draw(st.sampled_from([frozenset(), frozenset({"zorgkas"})]))
    good = replace(_good(flow, unit), flow=key, fields=fields, purpose=purpose, stated=stated)
    whole = replace(good, **dict(draw(st.lists(st.sampled_from(OFF + list(off) * 9), max_size=2))))
    facts = {fact: f"E-{fact}" for fact in Fact}
    for fact in draw(st.lists(st.sampled_from(_looked_at(flow)), max_size=2)):
        facts.pop(fact, None)
    at = draw(st.sampled_from(_months(flow)))
    return Truth(_weighed(flow, whole), whole, facts, at)


def _good(flow: Flow, unit: Unit) -> Ask:
    return Ask(
        party=unit.party,
        unit=unit.key,
        flow=flow.key,
        fields=GIVEN[flow.service],
        case="Z-1",
        authentication=Authentication.EID,
        training=frozenset({"jobbonus"}),
    )


def _months(flow: Flow) -> list[datetime]:
    return [datetime(2025, n, 10, tzinfo=UTC) for n in sorted(flow.rhythm.months or {3, 7, 12})]


A_FUND = {"stated": frozenset({"zorgkas"})}
OFF: list[tuple[str, Any]] = [
    ("party", "zele"),
    ("unit", "vutg-rechten"),
    ("fields", frozenset({"insz"})),
    ("purpose", "iets nieuws"),
    ("purpose", "studietoelage"),
    ("case", None),
    ("authentication", Authentication.PASSWORD),
    ("has_enduser", False),
    ("training", frozenset()),
    ("duties_separated", False),
    ("used", 3),
    ("stated", frozenset()),
    ("problems", (Ground(reason=Reason.INSZ_INVALID), Ground(reason=Reason.DATE_INVALID))),
]


def _entitled(document: ProtocolDocument, flow: Flow) -> list[tuple[Flow, Unit]]:
    """The units that may use a flow; flows that ask more come more often."""
    asks = flow.caution.duties_article or flow.caution.enduser_article or flow.rhythm.quota
    return [
        (flow, unit)
        for unit in document.units.values()
        if document.is_consumer(unit.party, flow.key) and unit.purposes & set(flow.purposes)
    ] * (4 if asks else 1)


ENTITLED = [row for document, flow in FLOWS for row in _entitled(document, flow)]


def _looked_at(flow: Flow) -> list[Fact]:
    """Every fact, and those that the flow asks more often."""
    return [*Fact, *[required.fact for required in flow.requires] * 4]


def _some(names: list[str]) -> st.SearchStrategy[frozenset[str]]:
    return st.one_of(st.just(frozenset(names)), st.frozensets(st.sampled_from(names), min_size=1))


def _weighed(flow: Flow, whole: Ask) -> Ask:
    """What nobody asked for was neither counted nor looked at."""
    used = whole.used if flow.rhythm.quota is not None else 0
    duties = whole.duties_separated if flow.caution.duties_article is not None else True
    return replace(whole, used=used, duties_separated=duties)


Change = Callable[[ProtocolDocument, Flow], ProtocolDocument]


def _flow(**changes: Any) -> Change:
    def changed(document: ProtocolDocument, flow: Flow) -> ProtocolDocument:
        return replace(document, flows={**document.flows, flow.key: replace(flow, **changes)})

    return changed


def _of_flow(make: Callable[[Flow], dict[str, Any]]) -> Change:
    return lambda document, flow: _flow(**make(flow))(document, flow)


def _refused_units(document: ProtocolDocument, _: Flow) -> ProtocolDocument:
    units = {k: replace(u, access=Access.REFUSED) for k, u in document.units.items()}
    return replace(document, units=units)


def _new_purpose(document: ProtocolDocument, flow: Flow) -> ProtocolDocument:
    owners = {unit.party for unit in document.units.values()}
    purpose = Purpose(key="iets nieuws", party=max(owners), article="art. 2")
    units = {
        k: replace(u, purposes=u.purposes | {"iets nieuws"}) for k, u in document.units.items()
    }
    wider = replace(document, purposes={**document.purposes, "iets nieuws": purpose}, units=units)
    return _flow(purposes=(*flow.purposes, "iets nieuws"))(wider, flow)


def _no_case(document: ProtocolDocument, _: Flow) -> ProtocolDocument:
    purposes = {k: replace(p, case_required=False) for k, p in document.purposes.items()}
    return replace(document, purposes=purposes)


def _one_more(flow: Flow) -> dict[str, Any]:
    listed = {field.name for field in flow.fields}
    more = [Listed(name=n, article="art. 9") for n in sorted(GIVEN[flow.service] - listed)[:1]]
    return {"fields": (*flow.fields, *more)}


CHANGES: dict[str, Change] = {
    "a field more": _of_flow(_one_more),
    "a field less": _of_flow(lambda flow: {"fields": flow.fields[:-1]}),
    "units refused": _refused_units,
    "nothing required": _flow(requires=()),
    "a fact more, first": _of_flow(
        lambda flow: {"requires": (_fact(Fact.RIGHT_OPEN), *flow.requires)}
    ),
    "a fact more, last": _of_flow(lambda flow: {"requires": (*flow.requires, _fact(Fact.MEMBER))}),
    "a fact where a fund is named": _of_flow(
        lambda flow: {
            "requires": (*flow.requires, replace(_fact(Fact.MEMBER), if_stated="zorgkas"))
        }
    ),
    "a quota": _of_flow(
        lambda flow: {"rhythm": replace(flow.rhythm, quota=2, quota_article="art. 5")}
    ),
    "no quota": _of_flow(lambda flow: {"rhythm": replace(flow.rhythm, quota=None)}),
    "months": _of_flow(lambda flow: {"rhythm": replace(flow.rhythm, months=frozenset({3, 7}))}),
    "duties apart": _of_flow(
        lambda flow: {"caution": replace(flow.caution, duties_article="a. 6")}
    ),
    "a training": _of_flow(lambda flow: {"caution": replace(flow.caution, training="jobbonus")}),
    "any log-in": _of_flow(lambda flow: {"caution": replace(flow.caution, authentication=None)}),
    "no case": _no_case,
    "a purpose more": _new_purpose,
    "refuse what is not listed": _flow(refuses_unlisted=True),
}


def _fact(fact: Fact) -> RequiredFact:
    return RequiredFact(fact=fact, article="art. 3")


def law(documents: tuple[ProtocolDocument, ...], acts: tuple[LifecycleEvent, ...]) -> Bundle:
    signed = [event for document in documents for event in initial_events(document)]
    return bundle_of(documents, (*signed, *acts))


def suspended(at: datetime) -> tuple[LifecycleEvent, ...]:
    return (
        LifecycleEvent(
            protocol="001", kind=EventKind.SUSPENSION, effective_at=at, recorded_at=at,
            party="vutg", by="wewis",
        ),
    )  # fmt: skip


PLAIN = law(DOCUMENTS, ())
CHANGED = {
    (name, document.id, flow.key): law(
        tuple(change(d, flow) if d is document else d for d in DOCUMENTS), ()
    )
    for name, change in CHANGES.items()
    for document, flow in FLOWS
}


def leaf_of(bundle: Bundle, truth: Truth) -> dict[str, Any]:
    """The leaf as the line writes it."""
    ask = truth.ask
    request = Request(
        service=Service(name="Dienst", version="01.00", flow=ask.flow),
        question=Asking(insz="12631400209", names=ask.fields),
        reference="r",
        question_reference="q",
        enduser="x" if ask.has_enduser else None,
        purpose=ask.purpose,
        case=ask.case,
        authentication=ask.authentication,
    )
    caller = a_caller(party=ask.party, unit=ask.unit)
    draft = Draft(at=truth.at, space="t", channel="rest", bundle=bundle, caller=caller,
                  request=request, ask=ask)  # fmt: skip
    first = candidate(bundle, ask, truth.at)
    if isinstance(first, Candidate):
        draft.candidate, draft.facts = first, truth.facts
        said = decide(first, truth.facts)
        draft.permit = said if isinstance(said, Permit) else None
        draft.refusal = said if isinstance(said, Refusal) else None
    else:
        draft.refusal = first
    leaf: dict[str, Any] = json.loads(canonical(draft.entries(b"")[-1].leaf))
    return leaf


@given(truths(), st.sampled_from([(), suspended(NOON)]))
def test_f19_every_decision_comes_again_from_its_leaf(
    truth: Truth, acts: tuple[LifecycleEvent, ...]
) -> None:
    bundle = law(DOCUMENTS, acts)

    one = recorded(leaf_of(bundle, truth))
    found = effect(Law(bundle, bundle), one, truth.at)

    assert (found.fate, dict(found.differing)) == (Fate.SAME, {})


def one_off() -> Iterator[tuple[ProtocolDocument, Flow, Truth]]:
    """For every unit of every flow the question that passes, and that with one thing or fact off."""
    whole = {fact: f"E-{fact}" for fact in Fact}
    for document, flow in FLOWS:
        for unit in {unit.key: unit for _, unit in _entitled(document, flow)}.values():
            for off in [None, *OFF, *Fact]:
                change: dict[str, Any] = dict([off]) if isinstance(off, tuple) else A_FUND
                ask = replace(_good(flow, unit), **change)
                facts = {fact: evidence for fact, evidence in whole.items() if fact is not off}
                yield document, flow, Truth(_weighed(flow, ask), ask, facts, _months(flow)[0])


def test_f19_holds_for_every_unit_with_each_thing_off_in_turn() -> None:
    seen = set()
    for _, _, truth in one_off():
        leaf = leaf_of(PLAIN, truth)
        found = effect(Law(PLAIN, PLAIN), recorded(leaf), truth.at)
        assert (found.fate, dict(found.differing)) == (Fate.SAME, {}), truth
        seen |= {leaf["outcome"], *leaf["reasons"]}

    assert seen >= {"permit", "case-required", "authentication-too-weak", "training-missing",
                    "duties-not-separated", "quota-spent", "not-a-member", "right-ended"}  # fmt: skip


def test_no_change_is_guessed_at_for_any_unit_with_each_thing_off_in_turn() -> None:
    seen = set()
    for document, flow, truth in one_off():
        one = recorded(leaf_of(PLAIN, truth))
        for name in CHANGES:
            changed = CHANGED[name, document.id, flow.key]
            found = effect(Law(PLAIN, changed), one, truth.at)
            judge(name, found, truth, changed)
            one.effects.clear()
            seen.add(found.fate)

    assert seen >= {Fate.SAME, Fate.REFUSED, Fate.ALLOWED, Fate.FIELDS, Fate.CANNOT_TELL}


TURNS_ON: dict[str, tuple[str, Any]] = {
    "a quota": ("used", 3),
    "no quota": ("used", 3),
    "duties apart": ("duties_separated", False),
    "a training": ("training", frozenset()),
    "any log-in": ("authentication", Authentication.PASSWORD),
    "no case": ("case", None),
    "a purpose more": ("purpose", "iets nieuws"),
}
"""What about a question makes a change matter."""


@given(st.data(), st.sampled_from(sorted(CHANGES)))
def test_under_another_law_a_replay_never_guesses(data: st.DataObject, name: str) -> None:
    truth = data.draw(truths((TURNS_ON[name],) if name in TURNS_ON else ()))
    document, flow = next(
        ((d, f) for d, f in FLOWS if f.key == truth.ask.flow), FLOWS[len(name) % len(FLOWS)]
    )
    changed = CHANGED[name, document.id, flow.key]

    found = effect(Law(PLAIN, changed), recorded(leaf_of(PLAIN, truth)), truth.at)

    judge(name, found, truth, changed)


def judge(name: str, found: Effect, truth: Truth, changed: Bundle) -> None:
    """The effect is what is true, or nobody can tell."""
    assert found.fate not in {Fate.NOT_REPRODUCED, Fate.LAW_UNKNOWN}
    if name in TELLING:
        assert found.fate is not Fate.CANNOT_TELL
    is_stopped = found.ground is not None and found.ground[0] == Reason.INTERNAL.value
    assert not (is_stopped and name == "a quota")  # that nobody counted comes first
    if found.fate not in NOT_JUDGED and not is_stopped:  # a duty that no answer can fulfil
        was, now = whole(PLAIN, truth, truth.ask), whole(changed, truth, truth.whole)
        assert_true(found, was=was, now=now)


def whole(bundle: Bundle, truth: Truth, ask: Ask) -> Permit | Refusal:
    """The decision with everything known."""
    first = candidate(bundle, ask, truth.at)
    return decide(first, truth.facts) if isinstance(first, Candidate) else first


def assert_true(found: Effect, *, was: Permit | Refusal, now: Permit | Refusal) -> None:
    if isinstance(was, Permit) and isinstance(now, Permit):
        gained = set(now.fields) - set(was.fields)
        lost = set(was.fields) - set(now.fields)
        assert {name for name, _ in found.gained} == gained
        assert {name for name, _ in found.lost} == lost
        assert (found.fate is Fate.FIELDS) == bool(gained or lost)
        assert found.fate in {Fate.SAME, Fate.FIELDS, Fate.OTHERWISE}
    elif isinstance(was, Permit) and isinstance(now, Refusal):
        assert found.fate is Fate.REFUSED
        assert found.ground == (now.reason.value, now.grounds[0].article or "-")
    elif isinstance(was, Refusal) and isinstance(now, Permit):
        assert found.fate is Fate.ALLOWED
    else:
        assert found.fate in {Fate.SAME, Fate.OTHERWISE}
