"""The decision in two pure steps: may this unit ask this at all, and then, may it about this person.

`candidate` looks at party, unit, purpose, state, content and fields; only when it says yes are facts
about the person looked up, and `decide` weighs those. So nobody learns from a refusal whether a
person is known (design section 3). Default deny: what is unknown or ambiguous refuses.
"""

from collections.abc import Container, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.contracts.faults import Refusal
from gateway.contracts.quickly_made import quickly_made
from gateway.domain.bundle import Bundle
from gateway.domain.decision_duties import missing_fact, obligations_of
from gateway.domain.decision_platform import platform_candidate
from gateway.domain.decision_stages import STAGES, agreed_purpose, is_flow_open, no_protocol
from gateway.domain.decision_terms import Ask, Candidate, Case, Withheld
from gateway.domain.legal_day import legal_day
from gateway.domain.lifecycle import Status
from gateway.domain.protocol_document import (
    Fact,
    Flow,
    ProtocolDocument,
    RequiredFact,
)
from gateway.domain.services import PLATFORM_FIELDS

_MOST_REMEMBERED = 10_000
_RUNS = 2
_SAY = {Status.NOT_YET: 0, Status.ENDED: 1}


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Permit:
    """Yes. Made by `decide` only; a source can be asked only with one."""

    candidate: Candidate
    evidence: Mapping[Fact, str] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names that may leave."""
        return self.candidate.fields


def candidate(bundle: Bundle, ask: Ask, at: datetime) -> Candidate | Refusal:
    """First step: everything that can be said without looking at the person.

    A yes is found again for the same question (`_alike`), until something in the law turns.
    """
    if ask.problems or ask.day or ask.flow in PLATFORM_FIELDS:
        return _first_step(bundle, ask, at)
    found, key = bundle.spell(ask.party, ask.flow, at).outcomes, _alike(ask)
    known = found.get(key)
    if isinstance(known, Candidate):
        return known
    outcome = _first_step(bundle, ask, at)
    if isinstance(outcome, Candidate):
        _keep(found, key, outcome)
    return outcome


def _first_step(bundle: Bundle, ask: Ask, at: datetime) -> Candidate | Refusal:
    if ask.flow in PLATFORM_FIELDS:
        return platform_candidate(bundle, ask, at)
    document = _document_for(bundle, ask, at)
    if isinstance(document, Refusal):
        return document
    flow = document.flows[ask.flow]
    state = bundle.state(document, at, ask.party, ask.flow)
    case = Case(document, flow, ask, state, is_flow_open(flow, at, ask.day), _in_window(flow, at))
    return _remembered(bundle, case)


def _remembered(bundle: Bundle, case: Case) -> Candidate | Refusal:
    """The outcome, looked up where the same was asked before: it depends on the case alone.

    A file's name is not kept, only that one was stated; content problems are never remembered.
    """
    ask = case.ask
    if ask.problems:
        return _outcome(case)
    key = (_alike(ask), case.document.ref, case.state, case.is_open, case.in_window)
    outcome = bundle.outcomes.get(key)
    if outcome is None:
        outcome = _outcome(case)
        _keep(bundle.outcomes, key, outcome)
    assert isinstance(outcome, Candidate | Refusal)
    return outcome


def _alike(ask: Ask) -> Hashable:
    """What an outcome depends on of a question without problems, beside the day that it is about."""
    return (
        ask.party, ask.unit, ask.flow, ask.fields, ask.purpose,
        bool(ask.case), ask.authentication, ask.has_enduser, ask.training, ask.duties_separated,
        ask.stated, ask.used,
    )  # fmt: skip


def _keep(known: dict[Hashable, object], key: Hashable, outcome: Candidate | Refusal) -> None:
    if len(known) >= _MOST_REMEMBERED:
        known.clear()
    known[key] = outcome


def _in_window(flow: Flow, at: datetime) -> bool:
    months = flow.rhythm.months
    return not months or legal_day(at).month in months


def _outcome(case: Case) -> Candidate | Refusal:
    for stage in STAGES:
        grounds = stage(case)
        if grounds:
            return Refusal(grounds, case.document.ref)
    return _candidate(case.document, case.flow, case.ask)


def decide(chosen: Candidate, facts: Mapping[Fact, str]) -> Permit | Refusal:
    """Second step: the facts, each with the id of its evidence; a fact that is absent is false.

    Facts stand in an order, and the first that is missing is told alone: who may not even know
    whether a person is registered must not learn more of them (ADR 0014).
    """
    missing = first_missing(chosen, facts)
    if missing is not None:
        return Refusal((missing_fact(missing),), chosen.protocol)
    return Permit(candidate=chosen, evidence={r.fact: facts[r.fact] for r in chosen.requires})


STEP_NEEDS: Mapping[str, frozenset[Fact]] = {
    "question": frozenset(),
    "identification": frozenset({Fact.QUESTION_OPEN}),
}
"""The steps towards a look into a file, as entries name them, and the facts that each needs."""


def step(chosen: Candidate, facts: frozenset[Fact]) -> Candidate:
    """A step on the way to what was chosen: it needs these facts only, and gives no field."""
    requires = tuple(required for required in chosen.requires if required.fact in facts)
    return replace(chosen, requires=requires, fields=(), withheld=())


def first_missing(chosen: Candidate, facts: Container[Fact]) -> RequiredFact | None:
    """The first required fact that does not hold."""
    for required in chosen.requires:
        if required.fact not in facts:
            return required
    return None


def _document_for(bundle: Bundle, ask: Ask, at: datetime) -> ProtocolDocument | Refusal:
    documents: Sequence[ProtocolDocument] = bundle.open_to(ask.party, ask.flow, at)
    if len(documents) > 1:
        documents = _with_most_say(bundle, documents, ask, at)
    if len(documents) == 1:
        return documents[0]
    return Refusal((no_protocol(bundle, ask, at, several=bool(documents)),))


def _with_most_say(
    bundle: Bundle, documents: Sequence[ProtocolDocument], ask: Ask, at: datetime
) -> list[ProtocolDocument]:
    """One that has ended has no say beside one that runs, nor one that has yet to start beside either."""
    status = [bundle.state(d, at, ask.party, ask.flow).status for d in documents]
    say = [_SAY.get(one, _RUNS) for one in status]
    return [d for d, weight in zip(documents, say, strict=True) if weight == max(say)]


def _candidate(document: ProtocolDocument, flow: Flow, ask: Ask) -> Candidate:
    purpose = agreed_purpose(document, flow, ask)
    assert purpose is not None
    listed = {field.name: field.article for field in flow.fields}
    return Candidate(
        protocol=document.ref,
        document_digest=document.digest,
        flow=flow.key,
        flow_article=flow.article,
        party=ask.party,
        unit=ask.unit,
        purpose=purpose,
        fields=tuple(name for name in listed if name in ask.fields),
        withheld=tuple(
            Withheld(name, flow.fields_article) for name in sorted(ask.fields - listed.keys())
        ),
        requires=_requires(flow, purpose, ask),
        articles=_articles(document, flow, ask, purpose),
        obligations=obligations_of(flow, document.purposes[purpose]),
        selection=flow.selection,
    )


def _requires(flow: Flow, purpose: str, ask: Ask) -> tuple[RequiredFact, ...]:
    return tuple(r for r in flow.requires if r.applies(purpose, ask.stated))


def _articles(document: ProtocolDocument, flow: Flow, ask: Ask, purpose: str) -> tuple[str, ...]:
    cited = (
        document.purposes[purpose].article,
        *(field.article for field in flow.fields if field.name in ask.fields),
        document.units[ask.unit].article,
        flow.article,
        *(required.article for required in _requires(flow, purpose, ask)),
    )
    return tuple(dict.fromkeys(cited))
