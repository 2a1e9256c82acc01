"""Acts on protocols as append-only rows."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, func, insert, select

from gateway.adapters.database.tables import PROTOCOL_EVENT
from gateway.domain.lifecycle import EventKind, LifecycleEvent

_PLAIN = ("protocol", "party", "flow", "by", "document", "reason", "article", "actor")


class SqlEventStore:
    """Implements `gateway.ports.EventStore`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def next_key(self) -> int:
        """The number of the next event."""
        with self._engine.begin() as connection:
            last = connection.execute(select(func.max(PROTOCOL_EVENT.c.id))).scalar_one()
        return (last or 0) + 1

    def add(self, event: LifecycleEvent) -> None:
        """Keep an event under its number."""
        values = {name: getattr(event, name) for name in _PLAIN} | {
            "id": event.key,
            "kind": event.kind.value,
            "effective_at": _text(event.effective_at),
            "recorded_at": _text(event.recorded_at),
            "term": _text(event.term) if event.term else None,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(PROTOCOL_EVENT).values(**values))

    def all(self) -> Sequence[LifecycleEvent]:
        """Every event, oldest first."""
        rows = select(PROTOCOL_EVENT).order_by(PROTOCOL_EVENT.c.id)
        with self._engine.begin() as connection:
            return [
                LifecycleEvent(
                    key=row.id,
                    kind=EventKind(row.kind),
                    effective_at=datetime.fromisoformat(row.effective_at),
                    recorded_at=datetime.fromisoformat(row.recorded_at),
                    term=datetime.fromisoformat(row.term) if row.term else None,
                    **{name: getattr(row, name) for name in _PLAIN},
                )
                for row in connection.execute(rows)
            ]


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
