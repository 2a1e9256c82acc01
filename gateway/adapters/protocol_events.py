"""Acts on protocols as append-only rows: reserved first, and standing once the log has their entry."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, func, insert, select, update

from gateway.adapters.agenda import put_terms
from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import PROTOCOL_EVENT
from gateway.domain.duty import Term
from gateway.domain.lifecycle import EventKind, LifecycleEvent
from gateway.ports import ReservedAct

_PLAIN = ("protocol", "party", "flow", "by", "document", "reason", "article", "actor", "about")

_IN_ORDER = select(PROTOCOL_EVENT).order_by(PROTOCOL_EVENT.c.id)
_RESERVED = _IN_ORDER.where(PROTOCOL_EVENT.c.pending_from.is_not(None))
_STANDING = _IN_ORDER.where(PROTOCOL_EVENT.c.pending_from.is_(None))


class SqlEventStore:
    """Implements `gateway.ports.EventStore`. A row with `pending_from` is reserved and does not count."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reserve(self, event: LifecycleEvent, log_size: int) -> LifecycleEvent:
        """Keep an event under the next number, out of sight until it is confirmed."""
        with self._engine.begin() as connection:
            last = connection.execute(select(func.max(PROTOCOL_EVENT.c.id))).scalar_one()
            numbered = replace(event, key=(last or 0) + 1)
            values = _values(numbered) | {"pending_from": log_size}
            connection.execute(insert(PROTOCOL_EVENT).values(**values))
        return numbered

    def confirm(self, event: LifecycleEvent, terms: Iterable[Term] = ()) -> None:
        """Let a reserved event stand, and put the terms that it starts on the agenda."""
        chosen = update(PROTOCOL_EVENT).where(PROTOCOL_EVENT.c.id == event.key)
        with self._engine.begin() as connection:
            connection.execute(chosen.values(pending_from=None))
            put_terms(connection, terms)

    def discard(self, event: LifecycleEvent) -> None:
        """Forget a reserved event that was never entered."""
        with self._engine.begin() as connection:
            connection.execute(
                delete(PROTOCOL_EVENT).where(
                    PROTOCOL_EVENT.c.id == event.key, PROTOCOL_EVENT.c.pending_from.is_not(None)
                )
            )

    def reserved(self) -> Sequence[ReservedAct]:
        """The events that are neither confirmed nor discarded: the process died in between."""
        found = direct(self._engine).execute(_RESERVED).all()
        return [ReservedAct(_event(row), row.pending_from) for row in found]

    def all(self) -> Sequence[LifecycleEvent]:
        """Every event that stands, oldest first."""
        return [_event(row) for row in direct(self._engine).execute(_STANDING).all()]


def _values(event: LifecycleEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _PLAIN} | {
        "id": event.key,
        "kind": event.kind.value,
        "effective_at": _text(event.effective_at),
        "recorded_at": _text(event.recorded_at),
        "term": _text(event.term) if event.term else None,
    }


def _event(row: Any) -> LifecycleEvent:
    return LifecycleEvent(
        key=row.id,
        kind=EventKind(row.kind),
        effective_at=datetime.fromisoformat(row.effective_at),
        recorded_at=datetime.fromisoformat(row.recorded_at),
        term=datetime.fromisoformat(row.term) if row.term else None,
        **{name: getattr(row, name) for name in _PLAIN},
    )


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
