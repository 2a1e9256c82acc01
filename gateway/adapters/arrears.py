"""What is still owed to consumers, or no longer theirs: files missed, files that stand, in SQL."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Engine, exists, func, insert, select, update

from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import BATCH, DELIVERY, FILE_EVENT
from gateway.adapters.ledger_rows import batch_of, delivery_of
from gateway.domain.batch import Batch, BatchKind, Delivery, Missed
from gateway.domain.file_state import GONE, FileState
from gateway.domain.receipt import ShareStatus

_MISSED = (
    (DELIVERY.c.status == ShareStatus.SUSPENDED.value)
    & DELIVERY.c.position.is_not(None)
    & (BATCH.c.kind == BatchKind.UPLOAD.value)
)
_ENTERED = DELIVERY.c.position.is_not(None) & DELIVERY.c.name.is_not(None)
_GONE = sorted(state.value for state in GONE)
_JOINED = select(BATCH, DELIVERY.c.consumer).join(DELIVERY, DELIVERY.c.batch == BATCH.c.id)
_ORDER = (DELIVERY.c.consumer, DELIVERY.c.flow, BATCH.c.id)
_OPEN = _JOINED.where(_MISSED & DELIVERY.c.caught_up_by.is_(None)).order_by(*_ORDER)


class SqlArrears:
    """Implements `gateway.ports.Arrears`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def missed(self) -> Sequence[Missed]:
        """What each consumer missed of each flow and was not caught up with."""
        rows = direct(self._engine).execute(_OPEN).all()
        return [
            Missed(consumer, flow, tuple(batch_of(row) for row in group))
            for (consumer, flow), group in groupby(rows, attrgetter("consumer", "flow"))
        ]

    def open_catch_up(self, missed: Missed, at: datetime, size: int) -> Batch:
        """Note that these are caught up with now; what is not finished is found by `begun`."""
        last = missed.batches[-1]
        same = select(BATCH).where(
            (BATCH.c.kind == BatchKind.CATCH_UP.value) & (BATCH.c.flow == missed.flow),
            (BATCH.c.day == last.day) & (BATCH.c.user == missed.consumer),
        )
        keys = [batch.key for batch in missed.batches]
        mine = (DELIVERY.c.consumer == missed.consumer) & DELIVERY.c.batch.in_(keys)
        with self._engine.begin() as connection:
            values = {
                "kind": BatchKind.CATCH_UP.value, "flow": missed.flow, "day": last.day,
                "number": len(connection.execute(same).all()) + 1, "user": missed.consumer,
                "name": f"{missed.flow}_{last.day.isoformat()}", "sha256": "",
                "received_at": at.astimezone(UTC).isoformat(), "received": 0, "accepted": 0,
                "merged": 0, "rejected": 0, "log_size": size, "closed": False,
            }  # fmt: skip
            row = connection.execute(insert(BATCH).values(**values).returning(BATCH)).one()
            connection.execute(update(DELIVERY).where(mine).values(caught_up_by=row.id))
        return batch_of(row)

    def caught_up_by(self, batch: Batch) -> Missed:
        """What a catch-up is for."""
        query = _JOINED.where(DELIVERY.c.caught_up_by == batch.key).order_by(*_ORDER)
        with self._engine.begin() as connection:
            rows = connection.execute(query).all()
        return Missed(batch.user, batch.flow, tuple(batch_of(row) for row in rows))

    def given(self, consumer: str) -> Sequence[Delivery]:
        """Every file that was entered for a folder, oldest first."""
        mine = select(DELIVERY).where(DELIVERY.c.consumer == consumer)
        named = mine.where(DELIVERY.c.position.is_not(None), DELIVERY.c.name.is_not(None))
        with self._engine.begin() as connection:
            rows = connection.execute(named.order_by(DELIVERY.c.id)).all()
            return [delivery_of(connection, row) for row in rows]

    def acknowledged(self) -> frozenset[tuple[str, str]]:
        """Consumers and the files of theirs whose acknowledgement was noted and still stands."""
        of_delivery, state = FILE_EVENT.c.delivery, FILE_EVENT.c.state
        last = (
            select(func.max(FILE_EVENT.c.id))
            .where(state != FileState.COLLECTED.value)
            .group_by(of_delivery)
        )
        query = (
            select(DELIVERY.c.consumer, DELIVERY.c.name)
            .join(FILE_EVENT, of_delivery == DELIVERY.c.id)
            .where(FILE_EVENT.c.id.in_(last) & (state == FileState.ACKNOWLEDGED.value))
        )
        with self._engine.begin() as connection:
            return frozenset((row.consumer, row.name) for row in connection.execute(query))

    def holders(self) -> Sequence[tuple[str, str]]:
        """Whose folders ever had a file, and of which flow."""
        query = select(DELIVERY.c.consumer, DELIVERY.c.flow).where(_ENTERED).distinct()
        with self._engine.begin() as connection:
            rows = connection.execute(query.order_by(DELIVERY.c.consumer, DELIVERY.c.flow)).all()
        return [(row.consumer, row.flow) for row in rows]

    def standing(self, consumer: str, flow: str, /) -> Sequence[str]:
        """The names of the files that a consumer can see or will see."""
        gone = (FILE_EVENT.c.delivery == DELIVERY.c.id) & FILE_EVENT.c.state.in_(_GONE)
        mine = (DELIVERY.c.consumer == consumer) & (DELIVERY.c.flow == flow)
        query = select(DELIVERY.c.name).where(_ENTERED, mine, ~exists().where(gone))
        with self._engine.begin() as connection:
            return list(connection.execute(query.order_by(DELIVERY.c.id)).scalars())
