"""What the law is at an instant: the loaded protocol versions and the events known so far."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.lifecycle import LifecycleEvent, State, Timeline
from gateway.domain.protocol_document import ProtocolDocument


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
    timelines: dict[tuple[str, str, str], Timeline] = field(default_factory=dict, compare=False)
    outcomes: dict[Hashable, object] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls, digest: str, documents: Iterable[ProtocolDocument], events: Iterable[LifecycleEvent]
    ) -> "Bundle":
        """Index documents and events."""
        loaded = tuple(documents)
        flows: dict[str, tuple[ProtocolDocument, ...]] = {}
        for document in loaded:
            for flow in document.flows:
                flows[flow] = (*flows.get(flow, ()), document)
        acts: dict[str, tuple[LifecycleEvent, ...]] = {}
        for event in events:
            acts[event.protocol] = (*acts.get(event.protocol, ()), event)
        return cls(digest, loaded, acts, flows)

    def events_of(self, document: ProtocolDocument) -> tuple[LifecycleEvent, ...]:
        """The events of this document's protocol."""
        return self.events.get(document.id, ())

    def state(self, document: ProtocolDocument, at: datetime, party: str, flow: str) -> State:
        """The state of a document for one party and flow."""
        key = (document.ref, party, flow)
        timeline = self.timelines.get(key)
        if timeline is None:
            events = self.events_of(document)
            timeline = self.timelines[key] = Timeline(document, events, party, flow)
        return timeline.at(at)
