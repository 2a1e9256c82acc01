"""The state of a protocol at an instant, folded from its events; never stored."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from gateway.domain.legal_day import start_of_day
from gateway.domain.protocol_document import Lifecycle, ProtocolDocument

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class EventKind(StrEnum):
    """An act on a protocol; the words are those of contract section 9."""

    SIGNATURE = "ondertekening"
    SUSPENSION = "schorsing"
    LIFTING = "opheffing"
    END = "beeindiging"


class Status(StrEnum):
    """What a protocol is worth to one party for one flow."""

    NOT_YET = "not-yet"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleEvent:
    """One act. Without `party` or `flow` it concerns all of them."""

    protocol: str
    kind: EventKind
    effective_at: datetime
    recorded_at: datetime
    party: str | None = None
    flow: str | None = None

    def concerns(self, party: str, flow: str) -> bool:
        """Whether the act touches this party's use of this flow."""
        return self.party in (None, party) and self.flow in (None, flow)


@dataclass(frozen=True, slots=True)
class State:
    """A status and the article it rests on."""

    status: Status
    article: str


def in_force_from(lifecycle: Lifecycle, events: Iterable[LifecycleEvent]) -> datetime | None:
    """The instant at which the protocol starts, or `None` while a signature is missing."""
    if lifecycle.in_force_rule == "on-date":
        assert lifecycle.in_force_from is not None
        return start_of_day(lifecycle.in_force_from)
    signed = {
        event.party: event.effective_at for event in events if event.kind is EventKind.SIGNATURE
    }
    if not all(party in signed for party in lifecycle.signatories):
        return None
    return max(signed[party] for party in lifecycle.signatories)


def state_of(
    document: ProtocolDocument,
    events: Iterable[LifecycleEvent],
    at: datetime,
    party: str,
    flow: str,
) -> State:
    """The state for one party and flow, as known at this instant."""
    known = sorted(
        (event for event in events if event.recorded_at <= at and event.effective_at <= at),
        key=lambda event: event.effective_at,
    )
    lifecycle = document.lifecycle
    start = in_force_from(lifecycle, known)
    if start is None or at < start:
        return State(Status.NOT_YET, lifecycle.in_force_article)
    acts = [event for event in known if event.concerns(party, flow)]
    if any(event.kind is EventKind.END for event in acts):
        return State(Status.ENDED, lifecycle.termination_article or lifecycle.in_force_article)
    if _is_suspended(acts):
        return State(Status.SUSPENDED, lifecycle.suspension_article or lifecycle.in_force_article)
    return State(Status.IN_FORCE, lifecycle.in_force_article)


class Timeline:
    """The states of one document for one party and flow, worked out once for all instants."""

    __slots__ = ("_from", "_states")

    def __init__(
        self,
        document: ProtocolDocument,
        events: Sequence[LifecycleEvent],
        party: str,
        flow: str,
    ) -> None:
        start = in_force_from(document.lifecycle, events)
        turns = {instant for event in events for instant in (event.effective_at, event.recorded_at)}
        self._from = sorted({_BEGINNING, *turns, *([start] if start else [])})
        self._states = [state_of(document, events, at, party, flow) for at in self._from]

    def at(self, instant: datetime) -> State:
        """The state at an instant, as known then."""
        return self._states[bisect_right(self._from, instant) - 1]


def _is_suspended(acts: Iterable[LifecycleEvent]) -> bool:
    """Whether a suspension runs: each is lifted by a later lifting of the same scope or wider."""
    running: list[LifecycleEvent] = []
    for act in acts:
        if act.kind is EventKind.SUSPENSION:
            running.append(act)
        elif act.kind is EventKind.LIFTING:
            running = [one for one in running if not _lifts(act, one)]
    return bool(running)


def _lifts(lifting: LifecycleEvent, suspension: LifecycleEvent) -> bool:
    return lifting.party in (None, suspension.party) and lifting.flow in (None, suspension.flow)
