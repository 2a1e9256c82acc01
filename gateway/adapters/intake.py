"""Uploads in SQL: a row for each arrival, and the moves in its life as append-only rows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine, Row, bindparam, func, insert, select, update

from gateway.adapters.database.direct import Running, direct
from gateway.adapters.database.tables import BATCH, JOB, UPLOAD, UPLOAD_EVENT
from gateway.contracts.drop import CompletedUpload
from gateway.domain.batch import BatchKind
from gateway.domain.expected_batch import DEADLINE_JOB, ExpectedBatch
from gateway.domain.file_state import FileState, fold, may_move
from gateway.domain.log_entry import UNKNOWN
from gateway.domain.receipt import UploadStatus
from gateway.domain.upload import Move, Upload
from gateway.domain.upload_name import is_told

_PUT_ASIDE = frozenset({UploadStatus.QUARANTINED, UploadStatus.REFUSED})

_IN_HAND = select(UPLOAD).where(
    ~UPLOAD.c.closed,
    UPLOAD.c.user == bindparam("user"),
    UPLOAD.c.flow == bindparam("flow"),
    UPLOAD.c.name == bindparam("name"),
)
_NEW = insert(UPLOAD).returning(UPLOAD)
_CHOSEN = update(UPLOAD).where(UPLOAD.c.id == bindparam("key"))
_JUDGED = _CHOSEN.values(sha256=bindparam("digest"), outcome=bindparam("what"))
_CLOSED = _CHOSEN.values(
    position=bindparam("at_position"),
    batch=func.coalesce(bindparam("belongs"), UPLOAD.c.batch),
    closed=True,
    name=bindparam("kept_name"),
)
_OUTCOME = select(UPLOAD.c.outcome).where(UPLOAD.c.id == bindparam("key"))
_MOVED = insert(UPLOAD_EVENT)
_MOVES = (
    select(UPLOAD_EVENT)
    .where(UPLOAD_EVENT.c.upload == bindparam("key"))
    .order_by(UPLOAD_EVENT.c.id)
)


class SqlIntake:
    """Implements `gateway.ports.Intake`."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._direct = engine, direct(engine)

    def begin(self, upload: CompletedUpload, at: datetime, size: int, /) -> Upload:
        """Note that it came in; the one in hand under this name, where there is one."""
        same = {"user": upload.user, "flow": upload.flow, "name": upload.name}
        more = {
            "channel": upload.channel, "received_at": _text(at), "log_size": size, "closed": False,
        }  # fmt: skip
        with self._direct.begin() as connection:
            row = connection.execute(_IN_HAND, same).one_or_none()
            if row is None:
                row = connection.execute(_NEW, same | more).one()
                _move(connection, row.id, FileState.RECEIVED, at)
        return upload_of(row)

    def judge(
        self, upload: Upload, sha256: str, outcome: UploadStatus, *, usable: bool, at: datetime
    ) -> None:
        """Note what it is, and what is to become of it."""
        with self._direct.begin() as connection:
            judged = {"key": upload.key, "digest": sha256, "what": outcome.value}
            connection.execute(_JUDGED, judged)
            if usable:
                _move(connection, upload.key, FileState.VALIDATED, at)

    def close(
        self, upload: Upload, position: int | None, batch: int | None, at: datetime, /
    ) -> None:
        """Note that it is out of the way; what was turned away lies in quarantine.

        Its name is kept if it is formed as agreed; any other is forgotten, for it may hold a person's.
        """
        kept = upload.name if is_told(upload.name, upload.flow) else UNKNOWN
        mine = {"key": upload.key}
        closed = mine | {"at_position": position, "belongs": batch, "kept_name": kept}
        with self._direct.begin() as connection:
            connection.execute(_CLOSED, closed)
            outcome = connection.execute(_OUTCOME, mine).scalar_one()
            if outcome in _PUT_ASIDE:
                _move(connection, upload.key, FileState.QUARANTINED, at)

    def in_hand(self) -> Sequence[Upload]:
        """What is not out of the way yet, oldest first."""
        open_ones = select(UPLOAD).where(~UPLOAD.c.closed).order_by(UPLOAD.c.id)
        with self._engine.begin() as connection:
            return [upload_of(row) for row in connection.execute(open_ones)]

    def expected(self) -> Sequence[ExpectedBatch]:
        """Every batch that was or is owed for a day, oldest first, and whether it came."""
        jobs = select(JOB).where(JOB.c.kind == DEADLINE_JOB).order_by(JOB.c.due_at, JOB.c.id)
        first = select(BATCH).where(
            (BATCH.c.kind == BatchKind.UPLOAD.value) & (BATCH.c.number == 1)
        )
        with self._engine.begin() as connection:
            came = {(row.flow, row.day.isoformat()): row for row in connection.execute(first)}
            return [
                _expected(row, came.get((row.flow, row.day))) for row in connection.execute(jobs)
            ]

    def lives(self) -> Sequence[tuple[Upload, Sequence[Move]]]:
        """Every upload with the moves in its life, oldest first."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(UPLOAD).order_by(UPLOAD.c.id)).all()
            return [(upload_of(row), _moves(connection, row.id)) for row in rows]


def _expected(job: Row[Any], batch: Row[Any] | None) -> ExpectedBatch:
    return ExpectedBatch(
        flow=job.flow, party=job.party, day=date.fromisoformat(job.day),
        due_at=datetime.fromisoformat(job.due_at), is_over=job.outcome is not None,
        batch=f"B-{batch.id}" if batch else None,
        received_at=datetime.fromisoformat(batch.received_at) if batch else None,
    )  # fmt: skip


def _move(connection: Running, key: int, state: FileState, at: datetime) -> None:
    """Note a move; a repeated one is none."""
    present = fold(one.state for one in _moves(connection, key))
    if may_move(present, state):
        values = {"upload": key, "state": state.value, "at": _text(at)}
        connection.execute(_MOVED, values)


def _moves(connection: Running, key: int) -> Sequence[Move]:
    rows = connection.execute(_MOVES, {"key": key}).all()
    return [Move(FileState(row.state), datetime.fromisoformat(row.at)) for row in rows]


def upload_of(row: Row[Any]) -> Upload:
    """A row as the domain knows it."""
    return Upload(
        key=row.id, user=row.user, flow=row.flow, name=row.name, channel=row.channel,
        received_at=datetime.fromisoformat(row.received_at), log_size=row.log_size,
        sha256=row.sha256, outcome=UploadStatus(row.outcome) if row.outcome else None,
        batch=row.batch, position=row.position, closed=row.closed,
    )  # fmt: skip


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
