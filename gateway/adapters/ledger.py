"""The ledger in SQL: batches, deliveries, and the events in a file's life as append-only rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, func, insert, select, update

from gateway.adapters.database.tables import (
    BATCH,
    DELIVERED_PERSON,
    DELIVERY,
    FILE_EVENT,
    JOB,
    UPLOAD,
)
from gateway.domain.batch import Batch, BatchKey, BatchKind, Delivery
from gateway.domain.file_state import (
    EXPIRY_JOB,
    FileState,
    MoveNotAllowed,
    fold,
    require_move,
)
from gateway.domain.mutation import BatchReading
from gateway.domain.receipt import ShareStatus
from gateway.domain.upload import Move, Upload


class SqlLedger:
    """Implements `gateway.ports.Ledger`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, flow: str, day: date, number: int) -> Batch | None:
        """The upload of this day and number."""
        chosen = _of(BatchKind.UPLOAD, flow, day) & (BATCH.c.number == number)
        with self._engine.begin() as connection:
            row = connection.execute(select(BATCH).where(chosen)).one_or_none()
        return batch_of(row) if row else None

    def find_own(self, key: BatchKey) -> Batch | None:
        """The last batch of this kind that this user had for this day."""
        mine = select(BATCH).where(_of(key.kind, key.flow, key.day) & (BATCH.c.user == key.user))
        with self._engine.begin() as connection:
            row = connection.execute(mine.order_by(BATCH.c.number.desc()).limit(1)).one_or_none()
        return batch_of(row) if row else None

    def open_for(self, key: BatchKey, name: str, at: datetime, size: int, /) -> Batch:
        """Note a new reason for files; `size` is the log's."""
        before = self.find_own(key)
        values = {
            "kind": key.kind.value, "flow": key.flow, "day": key.day, "user": key.user, "name": name,
            "number": before.number + 1 if before else 1, "sha256": "", "received_at": _text(at),
            "received": 0, "accepted": 0, "merged": 0, "rejected": 0, "log_size": size,
            "closed": False,
        }  # fmt: skip
        with self._engine.begin() as connection:
            row = connection.execute(insert(BATCH).values(**values).returning(BATCH)).one()
        return batch_of(row)

    def unfinished(self, kind: BatchKind) -> Sequence[Batch]:
        """Batches of a kind that are not closed, oldest first."""
        opened = select(BATCH).where((BATCH.c.kind == kind.value) & ~BATCH.c.closed)
        with self._engine.begin() as connection:
            return [batch_of(row) for row in connection.execute(opened.order_by(BATCH.c.id))]

    def delivered_once(self, flow: str, first: date, last: date) -> frozenset[str]:
        """Numbers in entered files about these days, of those that may stand in one a year only."""
        numbers = (
            select(DELIVERED_PERSON.c.insz)
            .join(DELIVERY, DELIVERY.c.id == DELIVERED_PERSON.c.delivery)
            .join(BATCH, BATCH.c.id == DELIVERY.c.batch)
            .where((BATCH.c.flow == flow) & BATCH.c.day.between(first, last))
            .where(DELIVERY.c.position.is_not(None))
        )
        with self._engine.begin() as connection:
            return frozenset(connection.execute(numbers).scalars())

    def by_key(self, key: int) -> tuple[Batch, dict[str, int]] | None:
        """A batch by its number, with its counts of records."""
        with self._engine.begin() as connection:
            row = connection.execute(select(BATCH).where(BATCH.c.id == key)).one_or_none()
        if row is None:
            return None
        names = ("received", "accepted", "merged", "rejected")
        return batch_of(row), {name: getattr(row, name) for name in names}

    def last_number(self, flow: str, day: date) -> int:
        """The highest number accepted for this day, or 0."""
        highest = select(func.max(BATCH.c.number)).where(_of(BatchKind.UPLOAD, flow, day))
        with self._engine.begin() as connection:
            return connection.execute(highest).scalar_one() or 0

    def open(self, upload: Upload, reading: BatchReading, size: int, /) -> Batch:
        """Note an accepted upload; `size` is the log's. Again: what was noted."""
        assert reading.day is not None
        same = _of(BatchKind.UPLOAD, upload.flow, reading.day)
        mine = select(BATCH).where(same & (BATCH.c.number == reading.volgnummer))
        adding = insert(BATCH).values(**_accepted(upload, reading, size)).returning(BATCH)
        with self._engine.begin() as connection:
            row = connection.execute(mine).one_or_none() or connection.execute(adding).one()
            joining = update(UPLOAD).where(UPLOAD.c.id == upload.key)
            connection.execute(joining.values(batch=row.id))
        return batch_of(row)

    def begun(self) -> Sequence[Batch]:
        """Batches with files that were staged or entered, and that are not closed; oldest first."""
        with_files = select(DELIVERY.c.batch).where(DELIVERY.c.batch == BATCH.c.id).exists()
        mine = select(BATCH).where(~BATCH.c.closed & with_files).order_by(BATCH.c.id)
        with self._engine.begin() as connection:
            return [batch_of(row) for row in connection.execute(mine)]

    def forget(self, batch: Batch) -> None:
        """Take back what was staged and never entered: its numbers are free again."""
        with self._engine.begin() as connection:
            _forget(connection, batch)

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
        with self._engine.begin() as connection:
            _forget(connection, batch)
            for one in deliveries:
                values = _values(batch, one)
                adding = insert(DELIVERY).values(**values).returning(DELIVERY.c.id)
                key = connection.execute(adding).scalar_one()
                if one.name is not None:
                    _add_event(connection, key, FileState.STAGED, at)
                for insz in one.once:
                    row = {"delivery": key, "insz": insz}
                    connection.execute(insert(DELIVERED_PERSON).values(**row))

    def enter(self, batch: Batch, positions: Sequence[int], at: datetime) -> None:
        """Note the log positions, the batch's own first; a file's expiry goes on the agenda."""
        own, *others = positions
        with self._engine.begin() as connection:
            rows = _rows(connection, batch)
            for row, position in zip(rows, others, strict=True):
                chosen = update(DELIVERY).where(DELIVERY.c.id == row.id)
                connection.execute(chosen.values(position=position))
                if row.name is not None:
                    _add_event(connection, row.id, FileState.ENTERED, at)
                    _put_on_agenda(connection, row, batch.day)
            chosen = update(BATCH).where(BATCH.c.id == batch.key)
            connection.execute(chosen.values(position=own))

    def deliveries(self, batch: Batch) -> Sequence[Delivery]:
        """The parts of a batch, in the order of the subscribers."""
        return [delivery for delivery, _ in self.lives(batch)]

    def lives(self, batch: Batch) -> Sequence[tuple[Delivery, Sequence[Move]]]:
        """The same with the moves in the life of each file."""
        with self._engine.begin() as connection:
            return [
                (delivery_of(connection, row), _moves(connection, row.id))
                for row in _rows(connection, batch)
            ]

    def move(self, consumer: str, name: str, state: FileState, at: datetime) -> bool:
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

    def state_of(self, consumer: str, name: str) -> FileState | None:
        """Where a consumer's file is in its life; `None` for an unknown file."""
        chosen = (DELIVERY.c.consumer == consumer) & (DELIVERY.c.name == name)
        with self._engine.begin() as connection:
            key = connection.execute(select(DELIVERY.c.id).where(chosen)).scalar_one_or_none()
            return None if key is None else fold(_states(connection, key))

    def close(self, batch: Batch) -> None:
        """Note that nothing is left to do."""
        with self._engine.begin() as connection:
            connection.execute(update(BATCH).where(BATCH.c.id == batch.key).values(closed=True))


def _of(kind: BatchKind, flow: str, day: date) -> ColumnElement[bool]:
    return (BATCH.c.kind == kind.value) & (BATCH.c.flow == flow) & (BATCH.c.day == day)


def _accepted(upload: Upload, reading: BatchReading, size: int) -> dict[str, Any]:
    return {
        "kind": BatchKind.UPLOAD.value, "flow": upload.flow, "day": reading.day,
        "number": reading.volgnummer, "user": upload.user, "name": upload.name,
        "sha256": reading.sha256, "received_at": _text(upload.received_at),
        "received": reading.received, "accepted": reading.accepted, "merged": reading.merged,
        "rejected": reading.rejected, "log_size": size, "closed": False,
    }  # fmt: skip


def _forget(connection: Connection, batch: Batch) -> None:
    mine = select(DELIVERY.c.id).where(DELIVERY.c.batch == batch.key)
    connection.execute(delete(FILE_EVENT).where(FILE_EVENT.c.delivery.in_(mine)))
    connection.execute(delete(DELIVERED_PERSON).where(DELIVERED_PERSON.c.delivery.in_(mine)))
    connection.execute(delete(DELIVERY).where(DELIVERY.c.batch == batch.key))


def _rows(connection: Connection, batch: Batch) -> Sequence[Row[Any]]:
    mine = select(DELIVERY).where(DELIVERY.c.batch == batch.key).order_by(DELIVERY.c.id)
    return connection.execute(mine).all()


def _states(connection: Connection, key: int) -> Sequence[FileState]:
    return [one.state for one in _moves(connection, key)]


def _moves(connection: Connection, key: int) -> Sequence[Move]:
    mine = select(FILE_EVENT).where(FILE_EVENT.c.delivery == key).order_by(FILE_EVENT.c.id)
    rows = connection.execute(mine).all()
    return [Move(FileState(row.state), datetime.fromisoformat(row.at)) for row in rows]


def _add_event(connection: Connection, key: int, state: FileState, at: datetime) -> None:
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


def delivery_of(connection: Connection, row: Row[Any]) -> Delivery:
    """A row as the domain knows it, with where the file is in its life."""
    return Delivery(
        consumer=row.consumer, flow=row.flow, status=ShareStatus(row.status),
        article=row.article, sequence=row.sequence, name=row.name, previous=row.previous,
        sha256=row.sha256, persons=row.persons, protocol=row.protocol,
        flow_article=row.flow_article, position=row.position,
        expires_at=datetime.fromisoformat(row.expires_at) if row.expires_at else None,
        state=fold(_states(connection, row.id)),
    )  # fmt: skip


def batch_of(row: Row[Any]) -> Batch:
    """A row as the domain knows it."""
    return Batch(
        key=row.id, kind=BatchKind(row.kind), flow=row.flow, day=row.day, number=row.number,
        user=row.user, name=row.name,
        sha256=row.sha256, received_at=datetime.fromisoformat(row.received_at),
        log_size=row.log_size, position=row.position, closed=row.closed,
    )  # fmt: skip


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
