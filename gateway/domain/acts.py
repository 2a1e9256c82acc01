"""May this party do this to this protocol, and from when does it count (contract section 9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import legal_day, period_later, start_of_day
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.domain.protocol_document import ActRule, ProtocolDocument
from gateway.domain.third_party import plain_name

_FINDINGS = frozenset({EventKind.QUALITY_REPORT, EventKind.INCIDENT})
_WANT_DOCUMENT = frozenset({EventKind.NOTICE, EventKind.ADDENDUM, EventKind.EVIDENCE})
_FAMILIES = (
    (EventKind.SUSPENSION, EventKind.LIFTING, EventKind.END),
    (EventKind.NOTICE, EventKind.JOINT_END, EventKind.GROUND_LOST, EventKind.AGREEMENT_ENDED,
     EventKind.AUTHORISATION_LOST),
    (EventKind.ONWARD_NOTICE, EventKind.ONWARD_CONSENT),
    (EventKind.EVIDENCE_REQUEST, EventKind.EVIDENCE),
)  # fmt: skip
_WHOLE = frozenset({EventKind.END, EventKind.AUTHORISATION_LOST, EventKind.GROUND_LOST,
                    EventKind.AGREEMENT_ENDED, EventKind.JOINT_END})  # fmt: skip
NAMING = frozenset({EventKind.ONWARD_NOTICE, EventKind.ONWARD_CONSENT, EventKind.PROCESSOR})
"""Acts whose `partij` names an organisation outside the protocol."""
_SETTLES = {
    EventKind.QUALITY_ANSWER: frozenset({EventKind.QUALITY_REPORT}),
    EventKind.EVIDENCE: frozenset(
        {EventKind.EVIDENCE_REQUEST, EventKind.INCIDENT, EventKind.LAW_CHANGE}
    ),
}
_UNDIVIDED = _WHOLE | {EventKind.NOTICE}
"""Acts that no text lets bear on one flow, or on a party other than who acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a party wants to do. `party` and `flow` limit it; `at` is when it happened (or now).

    `about` is what it settles: an earlier act, or a measure.
    """

    kind: EventKind
    by: str
    party: str | None = None
    flow: str | None = None
    document: str | None = None
    reason: str | None = None
    about: str | None = None
    at: datetime | None = None


def judge_act(
    document: ProtocolDocument, events: Sequence[LifecycleEvent], act: Act, now: datetime
) -> LifecycleEvent | Refusal:
    """The event that the act makes, or why the text does not allow it."""
    rule = document.lifecycle.acts.get(act.kind.value)
    if rule is None:
        return _refused(document, Reason.NO_SUCH_CLAUSE, f"the text knows no `{act.kind.value}`", _known(document), _nearest(document, act.kind))  # fmt: skip
    if act.by not in rule.by:
        who = ", ".join(sorted(rule.by))
        return _refused(document, Reason.NO_SUCH_CLAUSE, f"{rule.article} gives this act to: {who}", _known(document), rule.article)  # fmt: skip
    if rule.towards and act.party is not None and act.party not in rule.towards:
        whom = ", ".join(sorted(rule.towards))
        return _refused(document, Reason.NO_SUCH_CLAUSE, f"{rule.article} lets this be asked of: {whom}", _known(document), rule.article)  # fmt: skip
    problem = _problem(document, events, act, now)
    if problem is not None:
        return Refusal((problem,)).under(document.ref, rule.article)
    return _event(document, rule, act, now)


def _event(document: ProtocolDocument, rule: ActRule, act: Act, now: datetime) -> LifecycleEvent:
    happened = act.at or now
    is_notice = act.kind is EventKind.NOTICE
    effective = _end_of_notice(rule, happened) if is_notice else happened
    bound = rule.binds(act.by)
    due = period_later(happened, rule.within) if rule.within and bound and not is_notice else None
    return LifecycleEvent(
        protocol=document.id,
        kind=act.kind,
        effective_at=effective,
        recorded_at=now,
        party=_scope(document, act),
        flow=act.flow,
        by=act.by,
        document=act.document,
        reason=act.reason,
        term=due,
        article=rule.article if bound else rule.article_unbound or rule.article,
        about=act.about,
    )


def _end_of_notice(rule: ActRule, given: datetime) -> datetime:
    """Notice counts in Belgian days: three months after 1 June is over when 1 September begins."""
    assert rule.within is not None
    return start_of_day(legal_day(period_later(given, rule.within)))


def _scope(document: ProtocolDocument, act: Act) -> str | None:
    """Whom the act concerns: a consumer that gives notice leaves alone where the text says so."""
    if act.kind is EventKind.NOTICE:
        alone = not document.lifecycle.ends_for_all and act.by != document.provider
        return act.by if alone else None
    if act.kind in NAMING and act.party is not None:
        return plain_name(act.party)
    return None if act.kind in _WHOLE else act.party


def _problem(
    document: ProtocolDocument, events: Sequence[LifecycleEvent], act: Act, now: datetime
) -> Ground | None:
    return (
        _without_document(act)
        or _wrong_party(document, act)
        or _wrong_flow(document, act)
        or _future_finding(act, now)
        or _too_narrow(act)
        or _about_nothing(document, events, act)
        or _nothing_to_lift(events, act)
        or _signed_already(events, act)
    )


def _without_document(act: Act) -> Ground | None:
    if act.kind not in _WANT_DOCUMENT or act.document is not None:
        return None
    return _wrong("stuk", "this act is done in writing", "send `stuk` with its digest, sha256:…")


def _wrong_party(document: ProtocolDocument, act: Act) -> Ground | None:
    if act.kind in NAMING:
        named = plain_name(act.party) if act.party else None
        remedy = "name the organisation in a few words, letters and at most four digits"
        return None if named else _wrong("partij", "names no third party or processor", remedy)
    if act.party is None or act.party in document.parties:
        return None
    return _wrong("partij", "no party of this protocol", ", ".join(sorted(document.parties)))


def _wrong_flow(document: ProtocolDocument, act: Act) -> Ground | None:
    if act.flow is None or act.flow in document.flows:
        return None
    return _wrong("stroom", "no flow of this protocol", ", ".join(sorted(document.flows)))


def _future_finding(act: Act, now: datetime) -> Ground | None:
    if act.kind not in _FINDINGS or act.at is None or act.at <= now:
        return None
    return _wrong("op", "a finding cannot lie in the future", "send the instant of the finding")


def _about_nothing(
    document: ProtocolDocument, events: Iterable[LifecycleEvent], act: Act
) -> Ground | None:
    """`betreft` names an earlier act that this one can settle, or a measure that the party can show."""
    if act.about is None:
        return None
    kinds = _SETTLES.get(act.kind, frozenset())
    labels = {e.label for e in events if e.label is not None and e.kind in kinds}
    names = document.workflows.provable(act.by) if act.kind is EventKind.EVIDENCE else frozenset()
    if act.about in labels | names:
        return None
    known = ", ".join(sorted(labels | names)) or "nothing: leave it out"
    return _wrong("betreft", "nothing that this act can settle", known)


def _too_narrow(act: Act) -> Ground | None:
    if act.kind not in _UNDIVIDED or (act.flow is None and act.party in (None, act.by)):
        return None
    element = "partij" if act.flow is None else "stroom"
    return _wrong(element, "the text knows this act for the whole only", "leave it out")


def _nothing_to_lift(events: Iterable[LifecycleEvent], act: Act) -> Ground | None:
    if act.kind is not EventKind.LIFTING:
        return None
    running = (e for e in events if e.kind is EventKind.SUSPENSION)
    if any(act.party in (None, one.party) and act.flow in (None, one.flow) for one in running):
        return None
    return _wrong("partij", "no suspension of this reach runs", "GET the events to see what runs")


def _signed_already(events: Iterable[LifecycleEvent], act: Act) -> Ground | None:
    signed = {e.by for e in events if e.kind is EventKind.SIGNATURE}
    if act.kind is EventKind.SIGNATURE and act.by in signed:
        return _wrong("soort", "this party signed already", "nothing is left to sign")
    return None


def _wrong(element: str, detail: str, remedy: str) -> Ground:
    return Ground(
        reason=Reason.MESSAGE_INVALID, element=element, detail=f"{element}: {detail}", remedy=remedy
    )


def _refused(
    document: ProtocolDocument, reason: Reason, detail: str, remedy: str, article: str | None = None
) -> Refusal:
    ground = Ground(reason=reason, article=article, detail=detail, remedy=remedy)
    return Refusal((ground,), document.ref)


def _nearest(document: ProtocolDocument, kind: EventKind) -> str:
    """The article where the act would stand if the text knew it: that of its kin, or of begin and end."""
    kin = next((family for family in _FAMILIES if kind in family), ())
    acts = document.lifecycle.acts
    found = (acts[one.value].article for one in kin if one.value in acts)
    return next(found, document.lifecycle.in_force_article)


def _known(document: ProtocolDocument) -> str:
    acts = document.lifecycle.acts.items()
    return "the text knows: " + ", ".join(f"{kind} ({rule.article})" for kind, rule in acts)
