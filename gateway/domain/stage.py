"""How far a protocol is on its way into force; worked out from its document and events, never stored."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from gateway.domain.legal_day import legal_day
from gateway.domain.lifecycle import (
    EventKind,
    LifecycleEvent,
    Status,
    in_force_from,
    known,
    state_of,
)
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.workflow_clauses import Advice


class Stage(StrEnum):
    """From draft to end (reference section 12)."""

    DRAFT = "draft"
    ADVICE = "advice"
    ADVISED = "advised"
    SIGNING = "signing"
    SIGNED = "signed"
    IN_FORCE = "in-force"
    ENDED = "ended"


def stage_of(document: ProtocolDocument, events: Sequence[LifecycleEvent], at: datetime) -> Stage:
    """The stage at an instant, as known then."""
    counting = known(events, at)
    start = in_force_from(document.lifecycle, counting)
    if start is not None and at >= start:
        return Stage.ENDED if _has_ended(document, events, at) else Stage.IN_FORCE
    if document.lifecycle.advised_against:
        return Stage.DRAFT
    return _signing(document, counting) or _advising(document, at)


def is_given(advice: Advice, document: ProtocolDocument, at: datetime) -> bool:
    """Whether an advice was there; one without a date counts from the signature on (O-63)."""
    return (advice.on or document.lifecycle.signed_on) <= legal_day(at)


def signed_by(events: Sequence[LifecycleEvent]) -> dict[str, LifecycleEvent]:
    """The signature of each party that signed."""
    return {e.by: e for e in events if e.kind is EventKind.SIGNATURE and e.by is not None}


def signed_at(document: ProtocolDocument, events: Sequence[LifecycleEvent]) -> datetime | None:
    """When the last party signed; `None` while one has not."""
    signed = signed_by(events)
    missing = [party for party in document.lifecycle.signatories if party not in signed]
    return None if missing else max(e.effective_at for e in signed.values())


def _signing(document: ProtocolDocument, counting: Sequence[LifecycleEvent]) -> Stage | None:
    if not signed_by(counting):
        return None
    return Stage.SIGNING if signed_at(document, counting) is None else Stage.SIGNED


def _advising(document: ProtocolDocument, at: datetime) -> Stage:
    given = [is_given(advice, document, at) for advice in document.workflows.advice]
    if not any(given):
        return Stage.DRAFT
    return Stage.ADVISED if all(given) else Stage.ADVICE


def _has_ended(document: ProtocolDocument, events: Sequence[LifecycleEvent], at: datetime) -> bool:
    """Whether it is over for every party that receives something."""
    states = (
        state_of(document, events, at, party, flow).status
        for party in document.parties
        for flow in document.flows
        if document.is_consumer(party, flow)
    )
    return all(status is Status.ENDED for status in states)
