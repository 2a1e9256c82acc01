"""The duties that acts start: answers to reports, notices of a leak, evidence asked for, reviews of the law."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.domain.duty import Duty, DutyKind, DutyState
from gateway.domain.legal_day import period_later
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.workflow_clauses import LeakClause

_K, _S = DutyKind, DutyState
_DONE_BY_ITSELF = {
    EventKind.ONWARD_NOTICE: _K.ONWARD_NOTICE,
    EventKind.ONWARD_CONSENT: _K.ONWARD_CONSENT,
    EventKind.PROCESSOR: _K.PROCESSOR,
}


def duties_of_acts(
    document: ProtocolDocument, acts: Sequence[LifecycleEvent], at: datetime
) -> Iterator[Duty]:
    """The duties of every act that stands, in the order in which it became known."""
    ordered = sorted(acts, key=_order)
    answers = _answers(ordered)
    for act in ordered:
        match act.kind:
            case EventKind.QUALITY_REPORT:
                yield _quality(document, act, answers.get(_order(act)), at)
            case EventKind.INCIDENT:
                yield from _leak(document, act, ordered)
            case EventKind.EVIDENCE_REQUEST:
                yield from _evidence(document, act, ordered)
            case EventKind.LAW_CHANGE:
                yield from _law(document, act, ordered)
            case kind if kind in _DONE_BY_ITSELF:
                yield _told(document, act)
            case _:
                pass
    yield from _joint_end(document, ordered)


def _order(act: LifecycleEvent) -> tuple[datetime, int]:
    return act.recorded_at, act.key or 0


def _label(act: LifecycleEvent) -> str:
    return act.label or "protocol"


def _begun(act: LifecycleEvent) -> dict[str, Any]:
    """What every duty of an act has in common."""
    return {
        "started_by": _label(act),
        "since": act.effective_at,
        "known_at": act.recorded_at,
        "flow": act.flow,
    }


def _others(document: ProtocolDocument, act: LifecycleEvent, party: str | None) -> tuple[str, ...]:
    """The parties that an act is for: the one it names, or all but this one."""
    if act.party is not None and act.party != party:
        return (act.party,)
    return tuple(one for one in document.lifecycle.signatories if one != party)


def _answers(
    ordered: Sequence[LifecycleEvent],
) -> Mapping[tuple[datetime, int], LifecycleEvent]:
    """Which answer closed which report: the one it names, or else the oldest that is still open."""
    found: dict[tuple[datetime, int], LifecycleEvent] = {}
    reports = [act for act in ordered if act.kind is EventKind.QUALITY_REPORT]
    for answer in (act for act in ordered if act.kind is EventKind.QUALITY_ANSWER):
        waiting = (r for r in reports if _order(r) not in found and _is_answer_to(answer, r))
        report = next(waiting, None)
        if report is not None:
            found[_order(report)] = answer
    return found


def _is_answer_to(answer: LifecycleEvent, report: LifecycleEvent) -> bool:
    if _order(answer) < _order(report):
        return False
    if answer.about is not None:
        return answer.about == report.label
    reaches = answer.party in (None, report.by, report.party)
    return reaches and answer.flow in (None, report.flow)


def _quality(
    document: ProtocolDocument, report: LifecycleEvent, answer: LifecycleEvent | None, at: datetime
) -> Duty:
    """The provider looks into a report and tells the reporter; the term counts from the finding."""
    within = document.workflows.quality_within
    due = period_later(report.effective_at, within) if within else None
    rule = document.lifecycle.acts[EventKind.QUALITY_ANSWER.value]
    return Duty(
        key=f"quality-answer/{_label(report)}",
        kind=_K.QUALITY,
        owes=document.provider,
        to=(report.by,) if report.by else (),
        article=rule.article,
        state=_by_term(due, answer.recorded_at if answer else None, at),
        due=due,
        settled=answer,
        **_begun(report),
    )


def _by_term(due: datetime | None, done: datetime | None, at: datetime) -> DutyState:
    """A term is over at its instant: what is done then is too late. Without one nothing ever is."""
    if done is not None:
        return _S.BREACH if due is not None and done >= due else _S.DONE
    if due is None:
        return _S.OPEN
    return _S.OVERDUE if at >= due else _S.DUE


def _leak(
    document: ProtocolDocument, act: LifecycleEvent, ordered: Sequence[LifecycleEvent]
) -> Iterator[Duty]:
    """Both clocks of the notice (O-52), and the consultation that it opens."""
    clauses = [one for one in document.workflows.leaks if act.by in one.by]
    for index, clause in enumerate(clauses, start=1):
        yield _leak_notice(document, act, clause, index)
    shared = [one for one in document.workflows.leaks if one.within is None]
    involved = {act.by, act.party} if act.party else set(document.lifecycle.signatories)
    for party in document.lifecycle.signatories if shared else ():
        if party in involved:
            yield _consultation(document, act, party, shared[0].article, ordered)


def _leak_notice(
    document: ProtocolDocument, act: LifecycleEvent, clause: LeakClause, index: int
) -> Duty:
    """At the latest at the end of the term: a notice one second later is itself a breach."""
    due = period_later(act.effective_at, clause.within) if clause.within else None
    is_late = due is not None and act.recorded_at > due
    return Duty(
        key=f"leak-notice/{_label(act)}/{index}",
        kind=_K.LEAK_NOTICE,
        owes=act.by or document.provider,
        to=_others(document, act, act.by),
        article=clause.article,
        state=_S.BREACH if is_late else _S.DONE,
        due=due,
        settled=act,
        **_begun(act),
    )


def _consultation(
    document: ProtocolDocument,
    act: LifecycleEvent,
    party: str,
    article: str,
    ordered: Sequence[LifecycleEvent],
) -> Duty:
    proof = _evidence_about(ordered, party, act)
    return Duty(
        key=f"joint-consultation/{_label(act)}/{party}",
        kind=_K.CONSULTATION,
        owes=party,
        to=_others(document, act, party) if party == act.by else (act.by or document.provider,),
        article=article,
        state=_S.ATTESTED if proof else _S.OPEN,
        settled=proof,
        **_begun(act),
    )


def _evidence(
    document: ProtocolDocument, request: LifecycleEvent, ordered: Sequence[LifecycleEvent]
) -> Iterator[Duty]:
    """On simple request: no term, and open until the party hands something over."""
    for owed in document.workflows.evidence:
        if request.party in (None, owed.party):
            proof = _evidence_about(ordered, owed.party, request, whole=True)
            yield Duty(
                key=f"evidence/{_label(request)}/{owed.party}",
                kind=_K.EVIDENCE,
                owes=owed.party,
                to=owed.to,
                article=owed.article,
                state=_S.DONE if proof else _S.OPEN,
                settled=proof,
                **_begun(request),
            )


def _evidence_about(
    ordered: Iterable[LifecycleEvent], party: str, start: LifecycleEvent, *, whole: bool = False
) -> LifecycleEvent | None:
    """The party's first evidence after an act that names it; `whole`: or that names nothing."""
    names = (start.label, None) if whole else (start.label,)
    for act in ordered:
        is_later = _order(act) > _order(start)
        if act.kind is EventKind.EVIDENCE and act.by == party and is_later and act.about in names:
            return act
    return None


def _law(
    document: ProtocolDocument, act: LifecycleEvent, ordered: Sequence[LifecycleEvent]
) -> Iterator[Duty]:
    """A change of the law was told, and every party looks at the protocol again."""
    rule = document.lifecycle.acts[EventKind.LAW_CHANGE.value]
    told = [owed for owed in document.workflows.law_changes if owed.party == act.by]
    yield Duty(
        key=f"law-change-notice/{_label(act)}",
        kind=_K.LAW_NOTICE,
        owes=act.by or document.provider,
        to=told[0].to if told else (),
        article=rule.article,
        state=_S.DONE,
        settled=act,
        **_begun(act),
    )
    amended = [e for e in ordered if e.kind is EventKind.ADDENDUM and _order(e) > _order(act)]
    for party in document.lifecycle.signatories:
        proof = _evidence_about(ordered, party, act)
        settled = amended[0] if amended else proof
        open_or_shown = _S.ATTESTED if proof else _S.OPEN
        yield Duty(
            key=f"law-review/{_label(act)}/{party}",
            kind=_K.LAW_REVIEW,
            owes=party,
            to=(),
            article=rule.article,
            state=_S.DONE if amended else open_or_shown,
            settled=settled,
            **_begun(act),
        )


def _told(document: ProtocolDocument, act: LifecycleEvent) -> Duty:
    """An act that is the duty itself: a third party notified or consented to, a processor made known."""
    kind = _DONE_BY_ITSELF[act.kind]
    owner = act.by or document.provider
    others = tuple(one for one in document.lifecycle.signatories if one != owner)
    return Duty(
        key=f"{kind.value}/{_label(act)}",
        kind=kind,
        owes=owner,
        to=(document.onward.to,) if kind is _K.ONWARD_NOTICE else others,
        article=act.article or document.onward.article,
        state=_S.DONE,
        name=act.party,
        settled=act,
        **_begun(act),
    )


def _joint_end(document: ProtocolDocument, ordered: Sequence[LifecycleEvent]) -> Iterator[Duty]:
    """Once one party wants to end together, the others are asked."""
    agreed = {act.by: act for act in ordered if act.kind is EventKind.JOINT_END}
    if not agreed:
        return
    first = next(iter(agreed.values()))
    for party in document.lifecycle.signatories:
        act = agreed.get(party)
        yield Duty(
            key=f"joint-end/{party}",
            kind=_K.JOINT_END,
            owes=party,
            to=tuple(one for one in document.lifecycle.signatories if one != party),
            article=document.lifecycle.acts[EventKind.JOINT_END.value].article,
            state=_S.DONE if act else _S.OPEN,
            settled=act,
            **(_begun(first) | {"flow": None}),
        )
