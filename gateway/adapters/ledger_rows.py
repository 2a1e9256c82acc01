"""The ledger's statements of every day, built once, and its rows as the domain knows them.

SQLAlchemy takes longer to build a statement than SQLite to answer it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from gateway.adapters.database.tables import (
    BATCH,
    DELIVERED_PERSON,
    DELIVERY,
    FILE_EVENT,
    JOB,
    UPLOAD,
)
from gateway.domain.batch import Batch, BatchKind, Delivery
from gateway.domain.file_state import FileState, fold
from gateway.domain.mutation import BatchReading
from gateway.domain.receipt import ShareStatus
from gateway.domain.upload import Move, Upload

FILE = (DELIVERY.c.consumer == bindparam("consumer")) & (DELIVERY.c.name == bindparam("name"))
NUMBERED = (
    (BATCH.c.kind == bindparam("kind"))
    & (BATCH.c.flow == bindparam("flow"))
    & (BATCH.c.day == bindparam("day"))
)
FIND = select(BATCH).where(NUMBERED & (BATCH.c.number == bindparam("number")))
HIGHEST = select(func.max(BATCH.c.number).label("highest")).where(NUMBERED)
LAST_FILE = (
    select(DELIVERY.c.sequence, DELIVERY.c.sha256)
    .where((DELIVERY.c.consumer == bindparam("consumer")) & (DELIVERY.c.flow == bindparam("flow")))
    .where(DELIVERY.c.position.is_not(None) & DELIVERY.c.sequence.is_not(None))
    .order_by(DELIVERY.c.sequence.desc())
    .limit(1)
)
LIFE = (
    select(DELIVERY.c.id, FILE_EVENT.c.state)
    .join_from(DELIVERY, FILE_EVENT, FILE_EVENT.c.delivery == DELIVERY.c.id, isouter=True)
    .where(FILE)
    .order_by(FILE_EVENT.c.id)
)
PARTS = select(DELIVERY).where(DELIVERY.c.batch == bindparam("batch")).order_by(DELIVERY.c.id)
MOVES_OF_PARTS = (
    select(FILE_EVENT)
    .join(DELIVERY, DELIVERY.c.id == FILE_EVENT.c.delivery)
    .where(DELIVERY.c.batch == bindparam("batch"))
    .order_by(FILE_EVENT.c.id)
)
PLACED = (
    update(DELIVERY)
    .where(DELIVERY.c.id == bindparam("key"))
    .values(position=bindparam("at_position"))
)
_MINE = select(DELIVERY.c.id).where(DELIVERY.c.batch == bindparam("key"))
FORGOTTEN = (
    delete(FILE_EVENT).where(FILE_EVENT.c.delivery.in_(_MINE)),
    delete(DELIVERED_PERSON).where(DELIVERED_PERSON.c.delivery.in_(_MINE)),
    delete(DELIVERY).where(DELIVERY.c.batch == bindparam("key")),
)
"""Everything of a batch's files, in the order in which rows may go."""
BEGUN = (
    select(BATCH)
    .where(
        ~BATCH.c.closed & select(DELIVERY.c.batch).where(DELIVERY.c.batch == BATCH.c.id).exists()
    )
    .order_by(BATCH.c.id)
)
NEW_BATCH = insert(BATCH).returning(BATCH)
JOINED = update(UPLOAD).where(UPLOAD.c.id == bindparam("key")).values(batch=bindparam("to"))
OWN_PLACE = update(BATCH).where(BATCH.c.id == bindparam("key")).values(position=bindparam("own"))
CLOSED = update(BATCH).where(BATCH.c.id == bindparam("key")).values(closed=True)
NEW_EVENT = insert(FILE_EVENT)
NEW_FILE = insert(DELIVERY).returning(DELIVERY.c.id, sort_by_parameter_order=True)
NEW_PERSON = insert(DELIVERED_PERSON)
NEW_JOB = insert(JOB)


def accepted(upload: Upload, reading: BatchReading, size: int) -> dict[str, Any]:
    """The columns of an accepted upload."""
    return {
        "kind": BatchKind.UPLOAD.value, "flow": upload.flow, "day": reading.day,
        "number": reading.volgnummer, "user": upload.user, "name": upload.name,
        "sha256": reading.sha256, "received_at": text_of(upload.received_at),
        "received": reading.received, "accepted": reading.accepted, "merged": reading.merged,
        "rejected": reading.rejected, "log_size": size, "closed": False,
    }  # fmt: skip


def numbered(flow: str, day: date) -> dict[str, Any]:
    """The columns of an accepted upload."""
    return {"kind": BatchKind.UPLOAD.value, "flow": flow, "day": day}


def states_in(life: Sequence[Any]) -> Sequence[FileState]:
    """Of a file without any move, the join gives one row without a state."""
    return [FileState(row.state) for row in life if row.state is not None]


def move_of(event: Row[Any]) -> Move:
    """The uploads of a flow about a day."""
    return Move(FileState(event.state), datetime.fromisoformat(event.at))


def values_of(batch: Batch, one: Delivery) -> dict[str, Any]:
    """One event in a file's life."""
    return {
        "batch": batch.key, "consumer": one.consumer, "flow": one.flow,
        "status": one.status.value, "article": one.article, "sequence": one.sequence,
        "name": one.name, "previous": one.previous, "sha256": one.sha256, "persons": one.persons,
        "protocol": one.protocol, "flow_article": one.flow_article,
        "expires_at": text_of(one.expires_at) if one.expires_at else None,
    }  # fmt: skip


def delivery_of(connection: Connection, row: Row[Any]) -> Delivery:
    """A row as the domain knows it, with where the file is in its life."""
    mine = select(FILE_EVENT).where(FILE_EVENT.c.delivery == row.id).order_by(FILE_EVENT.c.id)
    return delivery_from(row, [move_of(event) for event in connection.execute(mine)])


def delivery_from(row: Row[Any], moves: Sequence[Move]) -> Delivery:
    """The columns of a file."""
    return Delivery(
        consumer=row.consumer, flow=row.flow, status=ShareStatus(row.status),
        article=row.article, sequence=row.sequence, name=row.name, previous=row.previous,
        sha256=row.sha256, persons=row.persons, protocol=row.protocol,
        flow_article=row.flow_article, position=row.position,
        expires_at=datetime.fromisoformat(row.expires_at) if row.expires_at else None,
        state=fold([move.state for move in moves]),
    )  # fmt: skip


def batch_of(row: Row[Any]) -> Batch:
    """A row as the domain knows it."""
    return Batch(
        key=row.id, kind=BatchKind(row.kind), flow=row.flow, day=row.day, number=row.number,
        user=row.user, name=row.name,
        sha256=row.sha256, received_at=datetime.fromisoformat(row.received_at),
        log_size=row.log_size, position=row.position, closed=row.closed,
    )  # fmt: skip


def text_of(at: datetime) -> str:
    """A row as the domain knows it, with the moves in its file's life."""
    return at.astimezone(UTC).isoformat()
