"""The state of a protocol at an instant, folded from its events; never stored."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from gateway.domain.legal_day import start_of_day
from gateway.domain.protocol_document import Lifecycle, ProtocolDocument
from gateway.domain.workflow_clauses import DPIA

_BEGINNING = datetime.min.replace(tzinfo=UTC)


class EventKind(StrEnum):
    """An act on a protocol; the words are those of contract section 9."""

    SIGNATURE = "ondertekening"
    SUSPENSION = "schorsing"
    LIFTING = "opheffing"
    NOTICE = "opzegging"
    END = "beeindiging"
    JOINT_END = "gezamenlijk-einde"
    GROUND_LOST = "grond-vervallen"
    AUTHORISATION_LOST = "machtiging-ontoereikend"
    AGREEMENT_ENDED = "overeenkomst-beeindigd"
    ADDENDUM = "addendum"
    QUALITY_REPORT = "kwaliteitsmelding"
    QUALITY_ANSWER = "kwaliteitsantwoord"
    INCIDENT = "incidentmelding"
    EVIDENCE_REQUEST = "bewijsverzoek"
    EVIDENCE = "bewijs"
    ONWARD_NOTICE = "doorgiftemelding"
    ONWARD_CONSENT = "doorgiftetoestemming"
    PROCESSOR = "verwerker"
    LAW_CHANGE = "wetswijziging"
    PUBLICATION = "publicatie"


ENDINGS = frozenset(
    {
        EventKind.NOTICE, EventKind.END, EventKind.JOINT_END, EventKind.GROUND_LOST,
        EventKind.AGREEMENT_ENDED,
    }
)  # fmt: skip
"""Acts after which nothing moves any more; a joint end needs every party."""


class Status(StrEnum):
    """What a protocol is worth to one party for one flow."""

    NOT_YET = "not-yet"
    IN_FORCE = "in-force"
    SUSPENDED = "suspended"
    NO_INSTRUMENT = "no-instrument"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleEvent:
    """One act. Without `party` or `flow` it concerns all of them.

    `effective_at` is when it counts (for notice, the end of its term), `recorded_at` when it became
    known. `by` is the party that acts, `document` the digest of its piece of evidence, `term` the
    instant at which an answer is due. `actor` commits to the person who did it. `about` names what
    the act settles: an earlier one (`G-3`) or a measure (`veiligheidsplan-avsb`).
    """

    protocol: str
    kind: EventKind
    effective_at: datetime
    recorded_at: datetime
    party: str | None = None
    flow: str | None = None
    by: str | None = None
    document: str | None = None
    reason: str | None = None
    term: datetime | None = None
    article: str | None = None
    actor: str | None = None
    about: str | None = None
    key: int | None = None

    def concerns(self, party: str, flow: str) -> bool:
        """Whether the act touches this party's use of this flow."""
        return self.party in (None, party) and self.flow in (None, flow)

    @property
    def label(self) -> str | None:
        """`G-1`; events that come with the documents have none."""
        return None if self.key is None else f"G-{self.key}"


@dataclass(frozen=True, slots=True)
class State:
    """A status and the article it rests on."""

    status: Status
    article: str


def in_force_from(lifecycle: Lifecycle, events: Iterable[LifecycleEvent]) -> datetime | None:
    """The instant at which the protocol starts; `None` while a signature is missing or advice is negative."""
    if lifecycle.advised_against:
        return None
    if lifecycle.in_force_rule == "on-date":
        assert lifecycle.in_force_from is not None
        return start_of_day(lifecycle.in_force_from)
    signed = {event.by: event.effective_at for event in events if event.kind is EventKind.SIGNATURE}
    if not all(party in signed for party in lifecycle.signatories):
        return None
    return max(signed[party] for party in lifecycle.signatories)


def known(
    events: Iterable[LifecycleEvent], at: datetime, known_at: datetime | None = None
) -> list[LifecycleEvent]:
    """The events that count at an instant, by what was known then (or at `known_at`), in order."""
    seen = known_at or at
    counting = (e for e in events if e.recorded_at <= seen and e.effective_at <= at)
    return sorted(counting, key=lambda event: (event.effective_at, event.recorded_at))


def state_of(
    document: ProtocolDocument,
    events: Iterable[LifecycleEvent],
    at: datetime,
    party: str,
    flow: str,
    known_at: datetime | None = None,
) -> State:
    """The state for one party and flow, as known at this instant (or at `known_at`)."""
    counting = known(events, at, known_at)
    lifecycle = document.lifecycle
    start = in_force_from(lifecycle, counting)
    if start is None or at < start:
        return State(Status.NOT_YET, lifecycle.in_force_article)
    acts = [event for event in counting if event.concerns(party, flow)]
    return (
        _ended(lifecycle, acts)
        or _without_instrument(lifecycle, acts)
        or _suspended(lifecycle, acts)
        or State(Status.IN_FORCE, lifecycle.in_force_article)
    )


def article_of(lifecycle: Lifecycle, kind: EventKind) -> str:
    """The article that an act rests on."""
    rule = lifecycle.acts.get(kind.value)
    return rule.article if rule is not None else lifecycle.in_force_article


def _ended(lifecycle: Lifecycle, acts: Sequence[LifecycleEvent]) -> State | None:
    agreed = {act.by for act in acts if act.kind is EventKind.JOINT_END}
    for act in acts:
        is_joint = act.kind is EventKind.JOINT_END
        if act.kind in ENDINGS and (not is_joint or agreed >= set(lifecycle.signatories)):
            return State(Status.ENDED, article_of(lifecycle, act.kind))
    return None


def _without_instrument(lifecycle: Lifecycle, acts: Sequence[LifecycleEvent]) -> State | None:
    if any(act.kind is EventKind.AUTHORISATION_LOST for act in acts):
        return State(Status.NO_INSTRUMENT, article_of(lifecycle, EventKind.AUTHORISATION_LOST))
    gate = lifecycle.gate_article
    shown = (act for act in acts if act.kind is EventKind.EVIDENCE and act.about in (None, DPIA))
    if gate is not None and next(shown, None) is None:
        return State(Status.NO_INSTRUMENT, gate)
    return None


def _suspended(lifecycle: Lifecycle, acts: Sequence[LifecycleEvent]) -> State | None:
    """Whether a suspension runs: each is lifted by a later lifting of the same scope or wider."""
    running: list[LifecycleEvent] = []
    for act in acts:
        if act.kind is EventKind.SUSPENSION:
            running.append(act)
        elif act.kind is EventKind.LIFTING:
            running = [one for one in running if not _lifts(act, one)]
    if not running:
        return None
    return State(Status.SUSPENDED, article_of(lifecycle, EventKind.SUSPENSION))


def _lifts(lifting: LifecycleEvent, suspension: LifecycleEvent) -> bool:
    return lifting.party in (None, suspension.party) and lifting.flow in (None, suspension.flow)


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
