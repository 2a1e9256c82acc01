"""The ledger in SQL: batches, deliveries, and the events in a file's life as append-only rows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Engine,
    Row,
    insert,
    select,
)

from gateway.adapters.database.direct import Running, direct
from gateway.adapters.database.tables import (
    BATCH,
    DELIVERED_PERSON,
    DELIVERY,
)
from gateway.adapters.ledger_rows import (
    BEGUN,
    CLOSED,
    FIND,
    FORGOTTEN,
    HIGHEST,
    JOINED,
    LAST_FILE,
    LIFE,
    MOVES_OF_PARTS,
    NEW_BATCH,
    NEW_EVENT,
    NEW_FILE,
    NEW_JOB,
    NEW_PERSON,
    OWN_PLACE,
    PARTS,
    PLACED,
    accepted,
    batch_of,
    delivery_from,
    move_of,
    numbered,
    states_in,
    text_of,
    values_of,
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
from gateway.domain.upload import Move, Upload


class SqlLedger:
    """Implements `gateway.ports.Ledger`."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._direct = engine, direct(engine)

    def find(self, flow: str, day: date, number: int) -> Batch | None:
        """The upload of this day and number."""
        about = numbered(flow, day) | {"number": number}
        row = self._direct.execute(FIND, about).one_or_none()
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
            "number": before.number + 1 if before else 1, "sha256": "", "received_at": text_of(at),
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
        return self._direct.execute(HIGHEST, numbered(flow, day)).scalar_one() or 0

    def open(self, upload: Upload, reading: BatchReading, size: int, /) -> Batch:
        """Note an accepted upload; `size` is the log's. Again: what was noted."""
        assert reading.day is not None
        mine = numbered(upload.flow, reading.day) | {"number": reading.volgnummer}
        with self._direct.begin() as connection:
            row = connection.execute(FIND, mine).one_or_none()
            if row is None:
                row = connection.execute(NEW_BATCH, accepted(upload, reading, size)).one()
            connection.execute(JOINED, {"key": upload.key, "to": row.id})
        return batch_of(row)

    def begun(self) -> Sequence[Batch]:
        """Batches with files that were staged or entered, and that are not closed; oldest first."""
        return [batch_of(row) for row in self._direct.execute(BEGUN).all()]

    def forget(self, batch: Batch) -> None:
        """Take back what was staged and never entered: its numbers are free again."""
        with self._direct.begin() as connection:
            _forget(connection, batch)

    def next_sequence(self, consumer: str, flow: str) -> tuple[int, str | None]:
        """The number of the consumer's next file, and the digest of its last."""
        row = self._direct.execute(LAST_FILE, {"consumer": consumer, "flow": flow}).one_or_none()
        return (row.sequence + 1, row.sha256) if row else (1, None)

    def stage(self, batch: Batch, deliveries: Sequence[Delivery], at: datetime) -> None:
        """Note what was staged, in place of what was noted for this batch before."""
        with self._direct.begin() as connection:
            _forget(connection, batch)
            if not deliveries:
                return
            rows = connection.execute(NEW_FILE, [values_of(batch, one) for one in deliveries])
            keyed = [(row.id, one) for row, one in zip(rows.all(), deliveries, strict=True)]
            named = [key for key, one in keyed if one.name is not None]
            _add_events(connection, named, FileState.STAGED, at)
            once = [{"delivery": key, "insz": insz} for key, one in keyed for insz in one.once]
            if once:
                connection.execute(NEW_PERSON, once)

    def enter(self, batch: Batch, positions: Sequence[int], at: datetime) -> None:
        """Note the log positions, the batch's own first; a file's expiry goes on the agenda."""
        own, *others = positions
        with self._direct.begin() as connection:
            rows = _rows(connection, batch)
            placed = [
                {"key": row.id, "at_position": position}
                for row, position in zip(rows, others, strict=True)
            ]
            if placed:
                connection.execute(PLACED, placed)
            named = [row for row in rows if row.name is not None]
            _add_events(connection, [row.id for row in named], FileState.ENTERED, at)
            for row in named:
                _put_on_agenda(connection, row, batch.day)
            connection.execute(OWN_PLACE, {"key": batch.key, "own": own})

    def deliveries(self, batch: Batch) -> Sequence[Delivery]:
        """The parts of a batch, in the order of the subscribers."""
        return [delivery for delivery, _ in self.lives(batch)]

    def lives(self, batch: Batch) -> Sequence[tuple[Delivery, Sequence[Move]]]:
        """The same with the moves in the life of each file."""
        with self._direct.begin() as connection:
            rows = _rows(connection, batch)
            events = connection.execute(MOVES_OF_PARTS, {"batch": batch.key}).all()
        lives: dict[int, list[Move]] = {row.id: [] for row in rows}
        for event in events:
            lives[event.delivery].append(move_of(event))
        return [(delivery_from(row, lives[row.id]), lives[row.id]) for row in rows]

    def move(self, consumer: str, name: str, state: FileState, at: datetime) -> bool:
        """Note a move in a file's life; whether it was one (unknown files and repeats are not)."""
        with self._direct.begin() as connection:
            life = connection.execute(LIFE, {"consumer": consumer, "name": name}).all()
            if not life:
                return False
            try:
                require_move(fold(states_in(life)), state)
            except MoveNotAllowed:
                return False
            _add_events(connection, [life[0].id], state, at)
            return True

    def state_of(self, consumer: str, name: str) -> FileState | None:
        """Where a consumer's file is in its life; `None` for an unknown file."""
        life = self._direct.execute(LIFE, {"consumer": consumer, "name": name}).all()
        return fold(states_in(life)) if life else None

    def close(self, batch: Batch) -> None:
        """Note that nothing is left to do."""
        self._direct.execute(CLOSED, {"key": batch.key})


def _of(kind: BatchKind, flow: str, day: date) -> ColumnElement[bool]:
    return (BATCH.c.kind == kind.value) & (BATCH.c.flow == flow) & (BATCH.c.day == day)


def _forget(connection: Running, batch: Batch) -> None:
    for statement in FORGOTTEN:
        connection.execute(statement, {"key": batch.key})


def _rows(connection: Running, batch: Batch) -> Sequence[Row[Any]]:
    return connection.execute(PARTS, {"batch": batch.key}).all()


def _add_events(connection: Running, keys: Sequence[int], state: FileState, at: datetime) -> None:
    rows = [{"delivery": key, "state": state.value, "at": text_of(at)} for key in keys]
    if rows:
        connection.execute(NEW_EVENT, rows)


def _put_on_agenda(connection: Running, row: Row[Any], day: date) -> None:
    """The expiry of a file with a term, as a job with a virtual due time."""
    if row.expires_at is not None:
        connection.execute(NEW_JOB, {
            "due_at": row.expires_at, "kind": EXPIRY_JOB, "flow": row.flow, "party": row.consumer,
            "day": day.isoformat(), "file": row.name,
        })  # fmt: skip
