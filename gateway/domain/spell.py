"""A time in which nothing in the law turns: what it said once, it says at each of its instants."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.legal_day import legal_day, start_of_day
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.protocol_document import ProtocolDocument


@dataclass(frozen=True, slots=True)
class Spell:
    """From an instant to just before another, within one Belgian day; `outcomes` are what was found then."""

    begin: datetime
    end: datetime
    outcomes: dict[Hashable, object] = field(default_factory=dict, compare=False)


def spell_of(
    documents: Iterable[ProtocolDocument],
    flow: str,
    events: Mapping[str, tuple[LifecycleEvent, ...]],
    at: datetime,
) -> Spell:
    """The longest around an instant that is sure, as far as these documents and their acts tell."""
    turns = {turn for one in documents for turn in _turns(one, flow, events.get(one.id, ()))}
    day = legal_day(at)
    turns |= {start_of_day(day), start_of_day(day + timedelta(days=1))}
    return Spell(max(t for t in turns if t <= at), min(t for t in turns if t > at))


def _turns(
    document: ProtocolDocument, flow: str, acts: Iterable[LifecycleEvent]
) -> Iterator[datetime]:
    """Every instant from which a document may say something else; an act counts once it is known too."""
    own = document.flows.get(flow)
    for day in (document.lifecycle.in_force_from, own.rhythm.open_from if own else None):
        if day is not None:
            yield start_of_day(day)
    for act in acts:
        yield act.effective_at
        yield act.recorded_at
