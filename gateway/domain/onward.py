"""May a consumer pass what it received on to a third party (article 4 of every text)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.decision_stages import state_grounds
from gateway.domain.lifecycle import EventKind, LifecycleEvent, known, state_of
from gateway.domain.protocol_document import Access, ProtocolDocument
from gateway.domain.third_party import plain_name

_OPENED_BY = {
    "prior-notice": (EventKind.ONWARD_NOTICE, Reason.ONWARD_NOT_NOTIFIED, "doorgiftemelding"),
    "prior-consent": (EventKind.ONWARD_CONSENT, Reason.ONWARD_NOT_CONSENTED, "doorgiftetoestemming"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """Who wants to pass what on to whom. Without `flow` it is about all that the party receives.

    `unit` is the team that asks, where one does.
    """

    by: str
    to: str
    flow: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """It may be passed on: by which article, and on what ground in words."""

    article: str
    ground: str


def judge_passing(
    document: ProtocolDocument, events: Sequence[LifecycleEvent], wanted: Passing, at: datetime
) -> Passed | Refusal:
    """Decide. A third party that the text names may have the data; it becomes no consumer by it."""
    problem = _unreadable(document, wanted)
    if problem is not None:
        return Refusal((problem,), document.ref)
    stopped = _not_a_consumer(document, wanted) or _not_open(document, events, wanted, at)
    if stopped:
        return Refusal(stopped, document.ref)
    if _is_named(document, wanted.to):
        return Passed(article=document.onward.article, ground="named-in-the-text")
    return _by_rule(document, known(events, at), wanted)


def _unreadable(document: ProtocolDocument, wanted: Passing) -> Ground | None:
    if plain_name(wanted.to) is None:
        remedy = "name the organisation in a few words, letters and at most four digits"
        return _wrong("derde", "names no organisation", remedy)
    if wanted.flow is not None and wanted.flow not in document.flows:
        return _wrong("stroom", "no flow of this protocol", ", ".join(sorted(document.flows)))
    return None


def _wrong(element: str, detail: str, remedy: str) -> Ground:
    return Ground(
        reason=Reason.MESSAGE_INVALID, element=element, detail=f"{element}: {detail}", remedy=remedy
    )


def _not_a_consumer(document: ProtocolDocument, wanted: Passing) -> tuple[Ground, ...]:
    """Who receives nothing has nothing to pass on, nor has a team that article 4 keeps out."""
    article = document.onward.article
    if not _flows(document, wanted):
        detail = f"`{wanted.by}` receives nothing under this protocol"
        return (Ground(reason=Reason.NO_PROTOCOL, article=article, detail=detail,
                       remedy="a provider passes on under a protocol of its own"),)  # fmt: skip
    unit = document.units.get(wanted.unit) if wanted.unit else None
    if wanted.unit and (unit is None or unit.access is not Access.GRANTED):
        reason = Reason.UNIT_NOT_LISTED if unit is None else Reason.UNIT_REFUSED
        detail = f"unit `{wanted.unit}` has no access to the data"
        return (Ground(reason=reason, article=unit.article if unit else article, detail=detail,
                       remedy="ask through a unit that article 4 names"),)  # fmt: skip
    return ()


def _flows(document: ProtocolDocument, wanted: Passing) -> tuple[str, ...]:
    flows = (wanted.flow,) if wanted.flow else tuple(document.flows)
    return tuple(flow for flow in flows if document.is_consumer(wanted.by, flow))


def _not_open(
    document: ProtocolDocument, events: Sequence[LifecycleEvent], wanted: Passing, at: datetime
) -> tuple[Ground, ...]:
    """Not before the start, not after the end, not while what is passed on is suspended."""
    for flow in _flows(document, wanted):
        grounds = state_grounds(document, state_of(document, events, at, wanted.by, flow))
        if grounds:
            return grounds
    return ()


def _is_named(document: ProtocolDocument, third: str) -> bool:
    """Whether the text names it, itself or as one of a group."""
    asked = plain_name(third)
    parties = document.parties.values()
    groups = {p.group for p in parties if p.group and asked in (plain_name(p.key), plain_name(p.name))}  # fmt: skip
    allowed = {plain_name(name) for name in document.onward.allowed}
    return asked in allowed or bool(groups & document.onward.allowed)


def _by_rule(
    document: ProtocolDocument, counting: Iterable[LifecycleEvent], wanted: Passing
) -> Passed | Refusal:
    """Notice or consent on file before; where the text forbids, neither opens anything (O-44)."""
    article, opening = document.onward.article, _OPENED_BY.get(document.onward.rule)
    may_ask = document.parties[wanted.by].role == "consumer"
    if opening is None or not may_ask:
        detail = f"{article} lets `{wanted.by}` pass nothing on to third parties"
        return _refused(document, Reason.ONWARD_FORBIDDEN, detail, "keep the data where they are")
    kind, reason, act = opening
    for event in counting:
        if event.kind is kind and _opens(document, event, wanted):
            return Passed(article=article, ground=f"{act} {event.label}")
    giver = document.onward.to if kind is EventKind.ONWARD_CONSENT else wanted.by
    detail = f"no `{act}` by `{giver}` for this third party is on file"
    remedy = f"first `{act}` by `{giver}`, with the third party in `partij`"
    return _refused(document, reason, detail, remedy)


def _opens(document: ProtocolDocument, event: LifecycleEvent, wanted: Passing) -> bool:
    """Notice is the consumer's own; consent is the provider's. Either may be limited to a flow."""
    if event.party != plain_name(wanted.to) or event.flow not in (None, wanted.flow):
        return False
    giver = document.onward.to if event.kind is EventKind.ONWARD_CONSENT else wanted.by
    return event.by == giver


def _refused(document: ProtocolDocument, reason: Reason, detail: str, remedy: str) -> Refusal:
    ground = Ground(reason=reason, article=document.onward.article, detail=detail, remedy=remedy)
    return Refusal((ground,), document.ref)
