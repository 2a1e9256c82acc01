"""Looking at a space's files: a closed one leaves no trace, an open one is read with what waits beside it."""

import sqlite3
from pathlib import Path

import pytest

from gateway.adapters.still import Still


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "one.db"
    with _writer(found) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    return found


def _writer(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


def rows(still: Still) -> list[tuple[int]]:
    connection = still.connect()
    found = connection.execute("SELECT x FROM t").fetchall()
    connection.close()
    return found


def test_a_closed_file_is_read_without_a_trace(path: Path) -> None:
    assert rows(Still.found(path)) == []

    assert [one.name for one in path.parent.iterdir()] == ["one.db"]


def test_an_open_file_is_read_with_what_was_just_written(path: Path) -> None:
    writer = _writer(path)
    writer.execute("INSERT INTO t VALUES (7)")
    writer.commit()

    assert rows(Still.found(path)) == [(7,)]
    writer.close()


def test_it_shows_when_somebody_opened_it_meanwhile(path: Path) -> None:
    still = Still.found(path)
    assert not still.was_opened()

    writer = _writer(path)
    writer.execute("INSERT INTO t VALUES (7)")

    assert still.was_opened()
    writer.close()


def test_nothing_can_be_written(path: Path) -> None:
    connection = Still.found(path).connect()

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
