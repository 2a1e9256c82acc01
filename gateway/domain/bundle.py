"""What the law is at an instant: the loaded protocol versions and the events known so far."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from gateway.domain.lifecycle import (
    EventKind,
    LifecycleEvent,
    State,
    Timeline,
    in_force_from,
    known,
)
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.spell import Spell, spell_of

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
_Documents = tuple[ProtocolDocument, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Documents by flow, events by protocol, and a digest over both (`sha256:<hex>`).

    Looking something up costs the same however many protocols are loaded, also where thousands open
    the same flow, each to its own party (`by_share`). A bundle never changes, so what was worked out
    from it once (`timelines`, `outcomes`) stays true; what was found for an instant (`spells`), until the law turns.
    """

    digest: str
    documents: tuple[ProtocolDocument, ...]
    events: Mapping[str, tuple[LifecycleEvent, ...]]
    by_flow: Mapping[str, tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    by_id: Mapping[str, tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    by_consumer: Mapping[str, tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    purposes: frozenset[str] = frozenset()
    by_share: Mapping[tuple[str, str], tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    timelines: dict[tuple[str, str, str], Timeline] = field(default_factory=dict, compare=False)
    outcomes: dict[Hashable, object] = field(default_factory=dict, compare=False)
    spells: dict[tuple[str, str], Spell] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls, digest: str, documents: Iterable[ProtocolDocument], events: Iterable[LifecycleEvent]
    ) -> "Bundle":
        """Index documents and events."""
        loaded = tuple(documents)
        flows = _grouped((flow, document) for document in loaded for flow in document.flows)
        acts = _grouped((event.protocol, event) for event in events)
        ids = _grouped((document.id, document) for document in loaded)
        consumers = _grouped((p, d) for d in loaded for p in d.parties if d.receives(p))
        purposes = frozenset(purpose for document in loaded for purpose in document.purposes)
        shares = _grouped(
            ((party, flow), one)
            for one in loaded
            for flow in one.flows
            for party in one.parties
            if one.is_consumer(party, flow)
        )
        return cls(digest, loaded, acts, flows, ids, consumers, purposes, shares)

    def knowing(self, digest: str, events: Iterable[LifecycleEvent]) -> "Bundle":
        """The same documents with other events; nothing about documents is worked out again."""
        acts = _grouped((event.protocol, event) for event in events)
        return replace(self, digest=digest, events=acts, timelines={}, outcomes={}, spells={})

    def alone(self) -> "Bundle":
        """The same law; what is found with it is not kept with this one."""
        return replace(self, outcomes={}, spells={})

    def events_of(self, document: ProtocolDocument) -> tuple[LifecycleEvent, ...]:
        """The events of this document's protocol."""
        return self.events.get(document.id, ())

    def opening(self, flow: str, at: datetime) -> tuple[ProtocolDocument, ...]:
        """The documents that have this flow: of each protocol its version in force, none replaced."""
        return self._standing(self.by_flow.get(flow, ()), at)

    def open_to(self, party: str, flow: str, at: datetime) -> tuple[ProtocolDocument, ...]:
        """Those of them under which this party receives it."""
        return self._standing(self.by_share.get((party, flow), ()), at)

    def spell(self, party: str, flow: str, at: datetime) -> Spell:
        """The time around an instant in which this party's law of this flow says the same."""
        found = self.spells.get((party, flow))
        if found is None or not found.begin <= at < found.end:
            documents = (v for d in self.by_share.get((party, flow), ()) for v in self.by_id[d.id])
            found = self.spells[party, flow] = spell_of(documents, flow, self.events, at)
        return found

    def _standing(self, documents: _Documents, at: datetime) -> _Documents:
        current = tuple(d for d in documents if self._is_current(d, at))
        if len(current) < 2:  # noqa: PLR2004  one has nothing to yield to
            return current
        replacing = [d for d in current if self._has_replaced(d, at)]
        return tuple(d for d in current if not any(replaces(other, d) for other in replacing))

    def received_by(self, party: str, at: datetime) -> tuple[ProtocolDocument, ...]:
        """The protocols under which a party receives data, each in its version at an instant."""
        documents = self.by_consumer.get(party, ())
        return tuple(d for d in documents if self.version(d.id, at) is d)

    def _is_current(self, document: ProtocolDocument, at: datetime) -> bool:
        """Whether this is the version in force, also of a flow that other versions do not have."""
        return len(self.by_id[document.id]) == 1 or self.version(document.id, at) is document

    def version(self, key: str, at: datetime) -> ProtocolDocument | None:
        """The version of a protocol at an instant: the last one that an addendum had brought in."""
        versions = self.by_id.get(key, ())
        if len(versions) == 1 and versions[0].supersedes is None:
            return versions[0]
        brought = {
            event.document
            for event in known(self.events.get(key, ()), at)
            if event.kind is EventKind.ADDENDUM
        }
        standing = [d for d in versions if d.supersedes is None or d.digest in brought]
        return max(standing, key=lambda d: d.numbers, default=None)

    def _has_replaced(self, document: ProtocolDocument, at: datetime) -> bool:
        """Whether it says that it replaces what was before, and is in force to do so."""
        replaces_any = document.lifecycle.replaces_article is not None
        return replaces_any and self._came_into_force(document, at)

    def _came_into_force(self, document: ProtocolDocument, at: datetime) -> bool:
        start = in_force_from(document.lifecycle, known(self.events_of(document), at))
        return start is not None and start <= at

    def state(self, document: ProtocolDocument, at: datetime, party: str, flow: str) -> State:
        """The state of a document for one party and flow."""
        key = (document.ref, party, flow)
        timeline = self.timelines.get(key)
        if timeline is None:
            events = self.events_of(document)
            timeline = self.timelines[key] = Timeline(document, events, party, flow)
        return timeline.at(at)


def replaces(later: ProtocolDocument, earlier: ProtocolDocument) -> bool:
    """Whether a later protocol of the same provider says that it replaces what was before."""
    return (
        later.lifecycle.replaces_article is not None
        and later.provider == earlier.provider
        and later.lifecycle.signed_on > earlier.lifecycle.signed_on
    )


def _grouped(rows: Iterable[tuple[K, T]]) -> dict[K, tuple[T, ...]]:
    groups: dict[K, list[T]] = {}
    for key, value in rows:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}
