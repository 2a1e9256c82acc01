"""The ledger in SQL: batches, deliveries, and the events in a file's life as append-only rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from gateway.adapters.database.tables import BATCH, DELIVERY, FILE_EVENT, JOB
from gateway.contracts.drop import CompletedUpload
from gateway.domain.batch import Batch, Delivery
from gateway.domain.mutation import BatchReading
from gateway.domain.parcel_state import (
    EXPIRY_JOB,
    MoveNotAllowed,
    ParcelState,
    fold,
    require_move,
)
from gateway.domain.receipt import ShareStatus


class SqlLedger:
    """Implements `gateway.ports.Ledger`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, flow: str, day: date, number: int) -> Batch | None:
        """The batch of this day and number."""
        chosen = (BATCH.c.flow == flow) & (BATCH.c.day == day) & (BATCH.c.number == number)
        with self._engine.begin() as connection:
            row = connection.execute(select(BATCH).where(chosen)).one_or_none()
        return _batch(row) if row else None

    def by_key(self, key: int) -> tuple[Batch, dict[str, int]] | None:
        """A batch by its number, with its counts of records."""
        with self._engine.begin() as connection:
            row = connection.execute(select(BATCH).where(BATCH.c.id == key)).one_or_none()
        if row is None:
            return None
        names = ("received", "accepted", "merged", "rejected")
        return _batch(row), {name: getattr(row, name) for name in names}

    def last_number(self, flow: str, day: date) -> int:
        """The highest number accepted for this day, or 0."""
        highest = select(func.max(BATCH.c.number)).where(
            (BATCH.c.flow == flow) & (BATCH.c.day == day)
        )
        with self._engine.begin() as connection:
            return connection.execute(highest).scalar_one() or 0

    def open(
        self, upload: CompletedUpload, reading: BatchReading, at: datetime, size: int, /
    ) -> Batch:
        """Note an accepted upload; `size` is the log's. Again: what was noted."""
        assert reading.day is not None
        known = self.find(upload.flow, reading.day, reading.volgnummer)
        if known is not None:
            return known
        values = {
            "flow": upload.flow, "day": reading.day, "number": reading.volgnummer,
            "user": upload.user, "name": upload.name, "sha256": reading.sha256,
            "received_at": _text(at), "received": reading.received,
            "accepted": reading.accepted, "merged": reading.merged,
            "rejected": reading.rejected, "log_size": size, "closed": False,
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(insert(BATCH).values(**values))
        opened = self.find(upload.flow, reading.day, reading.volgnummer)
        assert opened is not None
        return opened

    def next_sequence(self, consumer: str, flow: str) -> tuple[int, str | None]:
        """The number of the consumer's next file, and the digest of its last."""
        last = (
            select(DELIVERY.c.sequence, DELIVERY.c.sha256)
            .where((DELIVERY.c.consumer == consumer) & (DELIVERY.c.flow == flow))
            .where(DELIVERY.c.position.is_not(None) & DELIVERY.c.sequence.is_not(None))
            .order_by(DELIVERY.c.sequence.desc())
            .limit(1)
        )
        with self._engine.begin() as connection:
            row = connection.execute(last).one_or_none()
        return (row.sequence + 1, row.sha256) if row else (1, None)

    def stage(self, batch: Batch, deliveries: Sequence[Delivery], at: datetime) -> None:
        """Note what was staged, in place of what was noted for this batch before."""
        mine = select(DELIVERY.c.id).where(DELIVERY.c.batch == batch.key)
        with self._engine.begin() as connection:
            connection.execute(delete(FILE_EVENT).where(FILE_EVENT.c.delivery.in_(mine)))
            connection.execute(delete(DELIVERY).where(DELIVERY.c.batch == batch.key))
            for one in deliveries:
                values = _values(batch, one)
                adding = insert(DELIVERY).values(**values).returning(DELIVERY.c.id)
                key = connection.execute(adding).scalar_one()
                if one.name is not None:
                    _add_event(connection, key, ParcelState.STAGED, at)

    def enter(self, batch: Batch, positions: Sequence[int], at: datetime) -> None:
        """Note the log positions, the batch's own first; a file's expiry goes on the agenda."""
        own, *others = positions
        with self._engine.begin() as connection:
            rows = _rows(connection, batch)
            for row, position in zip(rows, others, strict=True):
                chosen = update(DELIVERY).where(DELIVERY.c.id == row.id)
                connection.execute(chosen.values(position=position))
                if row.name is not None:
                    _add_event(connection, row.id, ParcelState.ENTERED, at)
                    _put_on_agenda(connection, row, batch.day)
            chosen = update(BATCH).where(BATCH.c.id == batch.key)
            connection.execute(chosen.values(position=own))

    def deliveries(self, batch: Batch) -> Sequence[Delivery]:
        """The parts of a batch, in the order of the subscribers."""
        with self._engine.begin() as connection:
            return [_delivery(connection, row) for row in _rows(connection, batch)]

    def move(self, consumer: str, name: str, state: ParcelState, at: datetime) -> bool:
        """Note a move in a file's life; whether it was one (unknown files and repeats are not)."""
        chosen = (DELIVERY.c.consumer == consumer) & (DELIVERY.c.name == name)
        with self._engine.begin() as connection:
            key = connection.execute(select(DELIVERY.c.id).where(chosen)).scalar_one_or_none()
            if key is None:
                return False
            try:
                require_move(fold(_states(connection, key)), state)
            except MoveNotAllowed:
                return False
            _add_event(connection, key, state, at)
            return True

    def state_of(self, consumer: str, name: str) -> ParcelState | None:
        """Where a consumer's file is in its life; `None` for an unknown file."""
        chosen = (DELIVERY.c.consumer == consumer) & (DELIVERY.c.name == name)
        with self._engine.begin() as connection:
            key = connection.execute(select(DELIVERY.c.id).where(chosen)).scalar_one_or_none()
            return None if key is None else fold(_states(connection, key))

    def close(self, batch: Batch) -> None:
        """Note that nothing is left to do."""
        with self._engine.begin() as connection:
            connection.execute(update(BATCH).where(BATCH.c.id == batch.key).values(closed=True))


def _rows(connection: Connection, batch: Batch) -> Sequence[Row[Any]]:
    mine = select(DELIVERY).where(DELIVERY.c.batch == batch.key).order_by(DELIVERY.c.id)
    return connection.execute(mine).all()


def _states(connection: Connection, key: int) -> Sequence[ParcelState]:
    events = select(FILE_EVENT.c.state).where(FILE_EVENT.c.delivery == key)
    rows = connection.execute(events.order_by(FILE_EVENT.c.id)).scalars()
    return [ParcelState(state) for state in rows]


def _add_event(connection: Connection, key: int, state: ParcelState, at: datetime) -> None:
    values = {"delivery": key, "state": state.value, "at": _text(at)}
    connection.execute(insert(FILE_EVENT).values(**values))


def _put_on_agenda(connection: Connection, row: Row[Any], day: date) -> None:
    """The expiry of a file with a term, as a job with a virtual due time."""
    if row.expires_at is not None:
        connection.execute(insert(JOB).values(
            due_at=row.expires_at, kind=EXPIRY_JOB, flow=row.flow, party=row.consumer,
            day=day.isoformat(), file=row.name,
        ))  # fmt: skip


def _values(batch: Batch, one: Delivery) -> dict[str, Any]:
    return {
        "batch": batch.key, "consumer": one.consumer, "flow": one.flow,
        "status": one.status.value, "article": one.article, "sequence": one.sequence,
        "name": one.name, "previous": one.previous, "sha256": one.sha256, "persons": one.persons,
        "protocol": one.protocol, "flow_article": one.flow_article,
        "expires_at": _text(one.expires_at) if one.expires_at else None,
    }  # fmt: skip


def _delivery(connection: Connection, row: Row[Any]) -> Delivery:
    return Delivery(
        consumer=row.consumer, flow=row.flow, status=ShareStatus(row.status),
        article=row.article, sequence=row.sequence, name=row.name, previous=row.previous,
        sha256=row.sha256, persons=row.persons, protocol=row.protocol,
        flow_article=row.flow_article, position=row.position,
        expires_at=datetime.fromisoformat(row.expires_at) if row.expires_at else None,
        state=fold(_states(connection, row.id)),
    )  # fmt: skip


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        key=row.id, flow=row.flow, day=row.day, number=row.number, name=row.name,
        sha256=row.sha256, received_at=datetime.fromisoformat(row.received_at),
        log_size=row.log_size, position=row.position, closed=row.closed,
    )  # fmt: skip


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
