"""What the law is at an instant: the loaded protocol versions and the events known so far."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from gateway.domain.legal_day import start_of_day
from gateway.domain.lifecycle import EventKind, LifecycleEvent, State, Timeline, known
from gateway.domain.protocol_document import ProtocolDocument

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bundle:
    """Documents by flow, events by protocol, and a digest over both (`sha256:<hex>`).

    Looking up a flow costs the same however many protocols are loaded. A bundle never changes, so
    what was worked out from it once (`timelines`, `outcomes`) stays true.
    """

    digest: str
    documents: tuple[ProtocolDocument, ...]
    events: Mapping[str, tuple[LifecycleEvent, ...]]
    by_flow: Mapping[str, tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    by_id: Mapping[str, tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    by_consumer: Mapping[str, tuple[ProtocolDocument, ...]] = field(default_factory=dict)
    purposes: frozenset[str] = frozenset()
    timelines: dict[tuple[str, str, str], Timeline] = field(default_factory=dict, compare=False)
    outcomes: dict[Hashable, object] = field(default_factory=dict, compare=False)

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
        return cls(digest, loaded, acts, flows, ids, consumers, purposes)

    def events_of(self, document: ProtocolDocument) -> tuple[LifecycleEvent, ...]:
        """The events of this document's protocol."""
        return self.events.get(document.id, ())

    def opening(self, flow: str, at: datetime) -> tuple[ProtocolDocument, ...]:
        """The documents that have this flow: of each protocol its version in force, none replaced."""
        documents = self.by_flow.get(flow, ())
        if len(documents) < 2:  # noqa: PLR2004  one has nothing to yield to
            return documents
        current = tuple(d for d in documents if self.version(d.id, at) is d)
        return tuple(d for d in current if not self._is_replaced(d, current, at))

    def received_by(self, party: str, at: datetime) -> tuple[ProtocolDocument, ...]:
        """The protocols under which a party receives data, each in its version at an instant."""
        documents = self.by_consumer.get(party, ())
        return tuple(d for d in documents if self.version(d.id, at) is d)

    def version(self, key: str, at: datetime) -> ProtocolDocument | None:
        """The version of a protocol at an instant: the last one that an addendum had brought in."""
        versions = self.by_id.get(key, ())
        brought = {
            event.document
            for event in known(self.events.get(key, ()), at)
            if event.kind is EventKind.ADDENDUM
        }
        standing = [d for d in versions if d.supersedes is None or d.digest in brought]
        return max(standing, key=lambda d: _numbers(d.version), default=None)

    @staticmethod
    def _is_replaced(
        document: ProtocolDocument, others: tuple[ProtocolDocument, ...], at: datetime
    ) -> bool:
        """Whether a later protocol of the same provider says that it replaces what was before."""
        return any(
            other.lifecycle.replaces_article is not None
            and other.provider == document.provider
            and other.lifecycle.signed_on > document.lifecycle.signed_on
            and at >= start_of_day(other.lifecycle.signed_on)
            for other in others
        )

    def state(self, document: ProtocolDocument, at: datetime, party: str, flow: str) -> State:
        """The state of a document for one party and flow."""
        key = (document.ref, party, flow)
        timeline = self.timelines.get(key)
        if timeline is None:
            events = self.events_of(document)
            timeline = self.timelines[key] = Timeline(document, events, party, flow)
        return timeline.at(at)


def _grouped(rows: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    groups: dict[str, list[T]] = {}
    for key, value in rows:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("+")[0].split("."))
