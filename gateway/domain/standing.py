"""How a protocol stands at an instant, for each party and flow and as a whole: state, start and end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.bundle import Bundle
from gateway.domain.lifecycle import (
    ENDINGS,
    LifecycleEvent,
    State,
    Status,
    in_force_from,
    state_of,
)
from gateway.domain.protocol_document import ProtocolDocument


@dataclass(frozen=True, slots=True)
class End:
    """The instant at which it stops, and the article that says so."""

    at: datetime
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one party stands with one flow; `end` is also known while a notice still runs."""

    party: str
    flow: str
    state: State
    since: datetime | None
    end: End | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A whole protocol on one line: `since` its first instant, `until` the instant it ends for all."""

    status: Status
    since: datetime | None
    until: datetime | None


def standing_version(bundle: Bundle, key: str, at: datetime) -> ProtocolDocument | None:
    """The version that stands at an instant; the first one where none does yet."""
    first = next((document for document in bundle.documents if document.id == key), None)
    return bundle.version(key, at) or first


def standing_versions(bundle: Bundle, at: datetime) -> Sequence[ProtocolDocument]:
    """Of every protocol its standing version, in the order of loading."""
    keys = dict.fromkeys(document.id for document in bundle.documents)
    found = (standing_version(bundle, key, at) for key in keys)
    return [document for document in found if document is not None]


def standings(bundle: Bundle, document: ProtocolDocument, at: datetime) -> Sequence[Standing]:
    """Every consumer with each of its flows."""
    return [
        standing(bundle, document, at, party, flow) for party, flow in _consumers_by_flow(document)
    ]


def standing(
    bundle: Bundle, document: ProtocolDocument, at: datetime, party: str, flow: str
) -> Standing:
    """One party and flow, by what is known at this instant."""
    return Standing(
        party=party,
        flow=flow,
        state=bundle.state(document, at, party, flow),
        since=in_force_from(document.lifecycle, bundle.events_of(document)),
        end=end_of(document, bundle.events_of(document), at, party, flow),
    )


def end_of(
    document: ProtocolDocument,
    events: Sequence[LifecycleEvent],
    at: datetime,
    party: str,
    flow: str,
) -> End | None:
    """When it ends or ended for this party and flow, by the acts that are known at this instant."""
    seen = [event for event in events if event.recorded_at <= at]
    for instant in sorted({act.effective_at for act in seen if act.kind in ENDINGS}):
        state = state_of(document, seen, instant, party, flow, known_at=max(at, instant))
        if state.status is Status.ENDED:
            return End(instant, state.article)
    return None


def summary(bundle: Bundle, document: ProtocolDocument, at: datetime) -> Summary:
    """The whole protocol: what all parties share, or in force while it is for some."""
    every = standings(bundle, document, at)
    ends = [one.end.at for one in every if one.end is not None]
    return Summary(
        status=_shared({one.state.status for one in every}),
        since=in_force_from(document.lifecycle, bundle.events_of(document)),
        until=max(ends) if ends and len(ends) == len(every) else None,
    )


def _shared(statuses: set[Status]) -> Status:
    if len(statuses) == 1:
        return next(iter(statuses))
    order = (Status.IN_FORCE, Status.SUSPENDED, Status.NO_INSTRUMENT, Status.NOT_YET, Status.ENDED)
    return next((status for status in order if status in statuses), Status.NOT_YET)


def _consumers_by_flow(document: ProtocolDocument) -> Iterator[tuple[str, str]]:
    for party in document.parties:
        for flow in document.flows:
            if document.is_consumer(party, flow):
                yield party, flow
