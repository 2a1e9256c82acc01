"""Entries that tell of an earlier one are found again: noted as they are written, also in a log of before that."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.log.chain import Chain
from gateway.adapters.log.schema import connect_reader
from gateway.adapters.log.sequels import sequels
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.sealing import SealedEntry, seal

NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)
KINDS = (EventKind.NOT_DELIVERED, EventKind.FILE_REDELIVERED)


def event(kind: EventKind, **words: object) -> SealedEntry:
    return seal(Event(kind, NOON, "demo", words).entry(), bytes(32))


HISTORY = [
    seal(Entry({"v": 2, "e": "decision"}, {"insz": []}), bytes(32)),
    event(EventKind.NOT_DELIVERED, decision="D-1"),
    event(EventKind.FILE_REDELIVERED, decision="D-1"),
    event(EventKind.CHECK, within={"e": "not-delivered"}, decision="D-9"),
    event(EventKind.NOT_DELIVERED, decision="D-3"),
]
LOST, AGAIN = [(2, "D-1"), (5, "D-3")], [(3, "D-1")]
OF_BEFORE = [
    "DROP TABLE sequel",
    """CREATE INDEX undelivered ON entry (position) WHERE instr(leaf, CAST('"e":"not-delivered"' AS BLOB))""",
    """CREATE INDEX repeated ON entry (position) WHERE instr(leaf, CAST('"e":"file.redelivered"' AS BLOB))""",
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "log.db"
    chain = Chain(file)
    assert chain.write(HISTORY) == 1
    chain.close()
    return file


def found(path: Path, after: int = 0) -> Sequence[Sequence[tuple[int, str]]]:
    with closing(connect_reader(path)) as connection:
        return [
            [(at, leaf["decision"]) for at, leaf in sequels(connection, kind, after)]
            for kind in KINDS
        ]


def objects(path: Path) -> set[tuple[str, str]]:
    with closing(connect_reader(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master")
        return {(name, " ".join((sql or "").split())) for name, sql in rows}


def test_they_are_found_by_kind_from_a_position_on(path: Path) -> None:
    assert found(path) == [LOST, AGAIN]
    assert found(path, 2) == [LOST[1:], AGAIN]
    assert found(path, 5) == [[], []]


def test_a_log_of_before_is_read_as_it_is_and_noted_once_it_is_opened(path: Path) -> None:
    of_today = objects(path)
    with closing(sqlite3.connect(path)) as connection:
        for statement in OF_BEFORE:
            connection.execute(statement)
    assert found(path) == [LOST, AGAIN]

    for more in (EventKind.NOT_DELIVERED, EventKind.FILE_REDELIVERED):
        chain = Chain(path)
        assert chain.write([event(more, decision="D-4")]) is not None
        chain.close()

    assert found(path) == [[*LOST, (6, "D-4")], [*AGAIN, (7, "D-4")]]
    assert objects(path) == of_today
