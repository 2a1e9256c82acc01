"""What every party owes under a protocol at an instant: a pure fold of document and events."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from gateway.domain.duties_of_acts import duties_of_acts
from gateway.domain.duty import Duty, DutyKind, DutyState, Term
from gateway.domain.legal_day import period_later, start_of_day, times
from gateway.domain.lifecycle import EventKind, LifecycleEvent, known
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.stage import is_given, signed_at, signed_by
from gateway.domain.workflow_clauses import DPIA, INFORMATION, PartyMeasure

_K, _S = DutyKind, DutyState


def duties(
    document: ProtocolDocument, events: Iterable[LifecycleEvent], at: datetime
) -> tuple[Duty, ...]:
    """Every duty, as known at the instant: advice and signatures, what stands from then on, and acts."""
    acts = known(events, at)
    signed = signed_at(document, acts)
    standing = _standing(document, acts, signed, at) if signed is not None else ()
    return (
        *_advice(document, at),
        *_signatures(document, acts),
        *standing,
        *duties_of_acts(document, acts, at),
    )


def terms(
    document: ProtocolDocument, events: Sequence[LifecycleEvent], at: datetime
) -> tuple[Term, ...]:
    """The terms to watch: each act's own, and for a review that returns the next one to come."""
    return tuple(
        Term(protocol=document.id, duty=duty.key, kind=duty.kind, party=duty.owes,
             flow=duty.flow, due_at=_agenda(document, duty, at))
        for duty in duties(document, events, at)
        if duty.due is not None
    )  # fmt: skip


def _agenda(document: ProtocolDocument, duty: Duty, at: datetime) -> datetime:
    """When to look: at the end of the term, or at once where it was over before it became known."""
    assert duty.due is not None
    if duty.kind is not _K.REVIEW:
        return max(duty.due, duty.known_at or duty.due)
    measure = next(m for m in document.workflows.measures if m.key == duty.name and m.review)
    assert measure.review is not None
    assert duty.since is not None
    turn = 1
    while (coming := period_later(duty.since, times(measure.review, turn))) <= at:
        turn += 1
    return coming


def _advice(document: ProtocolDocument, at: datetime) -> Iterator[Duty]:
    for advice in document.workflows.advice:
        given = is_given(advice, document, at)
        state = (_S.DONE if advice.on else _S.UNDATED) if given else _S.OPEN
        yield Duty(
            key=f"advice/{advice.party}",
            kind=_K.ADVICE,
            owes=advice.party,
            to=(),
            article=advice.article,
            state=state,
            since=start_of_day(advice.on) if given and advice.on else None,
            name=advice.outcome if given else None,
        )


def _signatures(document: ProtocolDocument, acts: Sequence[LifecycleEvent]) -> Iterator[Duty]:
    signed = signed_by(acts)
    for party in document.lifecycle.signatories:
        act = signed.get(party)
        yield Duty(
            key=f"signature/{party}",
            kind=_K.SIGNATURE,
            owes=party,
            to=(),
            article=document.lifecycle.in_force_article,
            state=_S.DONE if act else _S.OPEN,
            since=act.effective_at if act else None,
            settled=act,
        )


def _standing(
    document: ProtocolDocument, acts: Sequence[LifecycleEvent], signed: datetime, at: datetime
) -> Iterator[Duty]:
    """What is owed from the signature on."""
    yield from _publication(document, acts, signed)
    yield from _information(document, acts, signed)
    yield from _register(document, acts, signed)
    yield from _assessment(document, acts, signed)
    for measure in document.workflows.measures:
        yield _measure(measure, acts, signed)
        if measure.review is not None:
            yield _review(measure, acts, signed, at)


def _publication(
    document: ProtocolDocument, acts: Sequence[LifecycleEvent], signed: datetime
) -> Iterator[Duty]:
    for owed in document.workflows.publication:
        act = _last(acts, EventKind.PUBLICATION, owed.party)
        yield Duty(
            key=f"publication/{owed.party}",
            kind=_K.PUBLICATION,
            owes=owed.party,
            to=owed.to,
            article=owed.article,
            state=_S.DONE if act else _S.MISSING,
            since=signed,
            place=owed.at,
            settled=act,
        )


def _information(
    document: ProtocolDocument, acts: Sequence[LifecycleEvent], signed: datetime
) -> Iterator[Duty]:
    for owed in document.workflows.information:
        shown = [e for e in acts if e.kind is EventKind.EVIDENCE and e.about == INFORMATION]
        act = _last(shown, EventKind.EVIDENCE, owed.party)
        yield Duty(
            key=f"information/{owed.party}",
            kind=_K.INFORMATION,
            owes=owed.party,
            to=(),
            article=owed.article,
            state=_S.ATTESTED if act else _S.NOT_ATTESTED,
            since=signed,
            name=INFORMATION,
            settled=act,
        )


def _register(
    document: ProtocolDocument, acts: Sequence[LifecycleEvent], signed: datetime
) -> Iterator[Duty]:
    """The list of processors: owed by who uses one, so open until the text or an act names one."""
    named = {one.party for one in document.workflows.processors}
    for owed in document.workflows.register:
        act = _last(acts, EventKind.PROCESSOR, owed.party)
        idle = _S.ON_REQUEST if owed.on_request else _S.OPEN
        yield Duty(
            key=f"processor-register/{owed.party}",
            kind=_K.REGISTER,
            owes=owed.party,
            to=owed.to,
            article=owed.article,
            state=_S.DONE if act or owed.party in named else idle,
            since=signed,
            settled=act,
        )


def _assessment(
    document: ProtocolDocument, acts: Sequence[LifecycleEvent], signed: datetime
) -> Iterator[Duty]:
    owed = document.workflows.assessment
    if owed is None:
        return
    act = attested(acts, owed.party, DPIA)
    yield Duty(
        key=f"impact-assessment/{owed.party}",
        kind=_K.ASSESSMENT,
        owes=owed.party,
        to=(),
        article=owed.article,
        state=_S.ATTESTED if act else _S.MISSING,
        since=signed,
        name=DPIA,
        settled=act,
    )


def _measure(measure: PartyMeasure, acts: Sequence[LifecycleEvent], signed: datetime) -> Duty:
    """What the gateway enforces is shown with its place; the rest is attested by its party, or not."""
    act = attested(acts, measure.party, measure.key) if measure.is_by_people else None
    by_people = _S.ATTESTED if act else _S.NOT_ATTESTED
    return Duty(
        key=f"measure/{measure.key}/{measure.party}",
        kind=_K.MEASURE,
        owes=measure.party,
        to=(),
        article=measure.article,
        state=by_people if measure.is_by_people else _S.ENFORCED,
        since=signed,
        name=measure.key,
        place=None if measure.is_by_people else measure.place,
        settled=act,
    )


def _review(
    measure: PartyMeasure, acts: Sequence[LifecycleEvent], signed: datetime, at: datetime
) -> Duty:
    """A review that returns: its term runs from the last evidence, or else from the signature."""
    assert measure.review is not None
    act = attested(acts, measure.party, measure.key)
    since = act.effective_at if act else signed
    due = period_later(since, measure.review)
    in_time = _S.ATTESTED if act else _S.DUE
    return Duty(
        key=f"yearly-review/{measure.key}/{measure.party}",
        kind=_K.REVIEW,
        owes=measure.party,
        to=(),
        article=measure.article,
        state=_S.OVERDUE if at >= due else in_time,
        since=since,
        due=due,
        name=measure.key,
        settled=act,
    )


def attested(acts: Sequence[LifecycleEvent], party: str, name: str) -> LifecycleEvent | None:
    """The party's last evidence of this measure: of it alone, of all, or given when asked."""
    asked = {e.label for e in acts if e.kind is EventKind.EVIDENCE_REQUEST and e.label}
    covering = [e for e in acts if e.about in (None, name) or e.about in asked]
    return _last(covering, EventKind.EVIDENCE, party)


def _last(acts: Iterable[LifecycleEvent], kind: EventKind, party: str) -> LifecycleEvent | None:
    found = [e for e in acts if e.kind is kind and e.by == party]
    return found[-1] if found else None
