"""Statements past SQLAlchemy find, change and refuse exactly what they do through it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, case, delete, event, func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from gateway.adapters.database import open_database
from gateway.adapters.database.direct import Direct, Through, Transactions, direct
from gateway.adapters.database.tables import BATCH, DELIVERY, FILE_EVENT
from gateway.adapters.ledger import SqlLedger
from gateway.domain.batch import BatchKey, BatchKind

DAY = date(2025, 3, 10)
NEW = insert(BATCH).returning(BATCH)
BY_DAY = select(BATCH).where(BATCH.c.day == bindparam("day"), ~BATCH.c.closed)
CLOSED = update(BATCH).where(BATCH.c.id == bindparam("key")).values(closed=True)
GONE = delete(BATCH).where(BATCH.c.id == bindparam("key"))
COUNT = select(func.count().label("count")).select_from(BATCH)
BURSTING = select(func.abs(case((BATCH.c.number == 2, -(2**63)), else_=0)).label("burst"))
FILES = insert(DELIVERY).returning(DELIVERY.c.id, sort_by_parameter_order=True)
EVENTS = insert(FILE_EVENT)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A space's database."""
    one = open_database(tmp_path / "space.db", is_lasting=False)
    yield one
    one.dispose()


@pytest.fixture(params=["past it", "through it"])
def way(request: pytest.FixtureRequest, engine: Engine) -> Transactions:
    """Both ways to the same database."""
    return direct(engine) if request.param == "past it" else Through(engine)


def row(number: int, **other: Any) -> dict[str, Any]:
    """A batch."""
    return {
        "kind": "upload", "flow": "f", "day": DAY, "number": number, "user": "u", "name": "n",
        "sha256": "", "received_at": "", "received": 0, "accepted": 0, "merged": 0, "rejected": 0,
        "log_size": 0, "closed": False, **other,
    }  # fmt: skip


def test_the_engine_of_a_space_has_the_way_past_and_others_do_not(engine: Engine) -> None:
    assert isinstance(direct(engine), Direct)
    assert isinstance(direct(engine.execution_options(direct=None)), Through)


def test_rows_come_back_with_their_types(way: Transactions) -> None:
    made = way.execute(NEW, row(1)).one()
    assert (made.day, made.closed, made.position, made.number) == (DAY, False, None, 1)
    assert way.execute(BY_DAY, {"day": DAY}).one_or_none() == made
    assert way.execute(BY_DAY, {"day": date(2025, 3, 11)}).one_or_none() is None
    way.execute(CLOSED, {"key": made.id})
    assert way.execute(BY_DAY, {"day": DAY}).all() == []
    way.execute(GONE, {"key": made.id})
    assert way.execute(COUNT).scalar_one() == 0


def test_a_transaction_is_whole_or_nothing(way: Transactions) -> None:
    with pytest.raises(LookupError):
        _begin_and_fail(way)
    assert way.execute(COUNT).scalar_one() == 0
    with way.begin() as connection:
        connection.execute(NEW, row(1))
        connection.execute(NEW, row(2))
    assert way.execute(COUNT).scalar_one() == 2


def test_several_rows_come_back_in_their_order(way: Transactions) -> None:
    batch = way.execute(NEW, row(1)).one().id
    files = [
        {"batch": batch, "consumer": one, "flow": "f", "status": "afgeleverd"} for one in "bca"
    ]
    with way.begin() as connection:
        keys = [one.id for one in connection.execute(FILES, files).all()]
        connection.execute(EVENTS, [{"delivery": key, "state": "staged", "at": ""} for key in keys])
    found = way.execute(select(DELIVERY).order_by(DELIVERY.c.id)).all()
    assert [(one.id, one.consumer) for one in found] == list(zip(keys, "bca", strict=True))
    assert len(way.execute(select(FILE_EVENT)).all()) == 3


def test_what_the_database_refuses_is_told_without_the_values(way: Transactions) -> None:
    way.execute(NEW, row(1))
    with pytest.raises(IntegrityError) as told:
        _add(way, row(2), row(1, name="a name that is told to nobody"))
    assert way.execute(COUNT).scalar_one() == 1
    if isinstance(way, Direct):
        assert "told to nobody" not in str(told.value)


def test_what_fails_at_a_later_row_is_told_like_what_fails_at_once(way: Transactions) -> None:
    for number in (1, 2):
        way.execute(NEW, row(number))
    with pytest.raises(DBAPIError, match="integer overflow"):
        way.execute(BURSTING, {})


def test_both_ways_see_what_the_other_did(engine: Engine) -> None:
    ways = (direct(engine), Through(engine))
    for number, way in enumerate((*ways, *ways)):
        way.execute(NEW, row(number))
        assert [one.execute(COUNT).scalar_one() for one in ways] == [number + 1] * 2


def test_a_disposed_engine_lets_go_of_the_file_and_opens_it_again(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "space.db", is_lasting=False)
    direct(engine).execute(NEW, row(1))
    engine.dispose()
    assert not (tmp_path / "space.db-wal").exists()  # who is the last to go merges it
    assert direct(engine).execute(COUNT).scalar_one() == 1
    engine.dispose()


def test_a_file_that_cannot_be_written_is_the_error_of_sqlalchemy(engine: Engine) -> None:
    past = direct(engine)
    past.execute(COUNT)
    assert isinstance(past, Direct)
    past.execute(NEW, row(1))
    past._run("PRAGMA query_only = ON")
    with pytest.raises(OperationalError):
        past.execute(NEW, row(2))
    assert past.execute(COUNT).scalar_one() == 1


def test_a_day_of_the_ledger_asks_sqlalchemy_nothing(engine: Engine) -> None:
    asked: list[str] = []
    ledger = SqlLedger(engine)
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert ledger.last_number("f", DAY) == 0
    assert ledger.find("f", DAY, 1) is None
    assert ledger.state_of("c", "f") is None
    assert ledger.next_sequence("c", "f") == (1, None)
    assert ledger.begun() == []
    assert asked == []
    key = BatchKey(BatchKind.REQUEST, "f", DAY, "u")
    batch = ledger.open_for(key, "n", datetime(2025, 3, 10, tzinfo=UTC), 0)
    assert asked
    ledger.stage(batch, [], datetime(2025, 3, 10, tzinfo=UTC))
    ledger.close(batch)
    found = ledger.by_key(batch.key)
    assert found is not None
    assert found[0].closed


def _add(way: Transactions, *rows: dict[str, Any]) -> None:
    with way.begin() as connection:
        for one in rows:
            connection.execute(NEW, one)


def _begin_and_fail(way: Transactions) -> None:
    with way.begin() as connection:
        connection.execute(NEW, row(1))
        raise LookupError
