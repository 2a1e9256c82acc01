"""The log on a real disk: durable, group-committed, checkable, and closed when it cannot be written."""

import asyncio
import os
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from gateway.adapters.log import LogReader, OrderedLog, SequencedLog, SqliteLog
from gateway.adapters.log.subject_index import positions_about
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_check import Verification
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.subject_tags import tag_of
from gateway.flows.audit_check import check_log
from tests.builders import NOON
from tests.outages import held
from tests.waiting import eventually

ENTRY = Entry({"v": 2, "e": "decision"}, {"insz": ["12631400209"], "reference": "r-1"})


Log = SequencedLog | SqliteLog
KINDS: list[type[Log]] = [SqliteLog, SequencedLog]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> type[Log]:
    """The two who write: the process itself, and one beside it."""
    chosen: type[Log] = request.param
    return chosen


@pytest.fixture
def log(kind: type[Log], tmp_path: Path) -> Iterator[Log]:
    opened = kind(tmp_path / "log.db", new_salt=lambda: os.urandom(32))
    yield opened
    opened.close()


@contextmanager
def a_full_disk(log: Log) -> Iterator[None]:
    """No page more, or no file longer."""
    if isinstance(log, SqliteLog):
        execute = log._chain.connection.execute
        execute(f"PRAGMA max_page_count = {execute('PRAGMA page_count').fetchone()[0]}")
        yield
        execute("PRAGMA max_page_count = 1000000")
    else:
        _, hard = resource.prlimit(log.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(log.pid, resource.RLIMIT_FSIZE, (50_000, hard))
        yield
        resource.prlimit(log.pid, resource.RLIMIT_FSIZE, (hard, hard))


def test_either_writer_indexes_whom_decisions_and_files_are_about(
    kind: type[Log], tmp_path: Path
) -> None:
    key = b"k" * 32
    log = kind(tmp_path / "log.db", new_salt=lambda: os.urandom(32), year_key={"2025": key}.get)
    about = Entry({"e": "decision", "at": "2025-03-10"}, {"insz": ["12631400209"]})
    file = Event(EventKind.FILE_DELIVERED, NOON, "demo", {}, [12631400209, 90712301137]).entry()
    try:
        log.append_all([about, file])
        log.append_all([file])
        with closing(sqlite3.connect(tmp_path / "log.db")) as connection:
            found = [
                positions_about(connection, [tag_of(number, key)])
                for number in (12631400209, 90712301137, 80650200434)
            ]
    finally:
        log.close()

    assert found == [[1, 2, 3], [2, 3], []]


def checked(path: Path) -> Verification:
    reader = LogReader(path)
    try:
        return check_log(reader)
    finally:
        reader.close()


def test_many_at_once_get_each_their_own_place(log: Log) -> None:
    async def append_many() -> list[int]:
        return await asyncio.gather(*(log.append(ENTRY) for _ in range(300)))

    positions = asyncio.run(append_many())

    assert sorted(positions) == list(range(1, 301))
    assert check_log(log.reader).ok


@pytest.mark.parametrize("idle", range(1, 5))
def test_who_is_told_to_stop_while_an_entry_is_made_learns_where_it_stands(
    log: Log, idle: int
) -> None:
    """The entry is made all the same; a decision that nobody knows of would have neither answer nor effect."""

    async def run() -> int:
        appending = asyncio.create_task(log.append(ENTRY))
        for _ in range(idle):
            await asyncio.sleep(0)
        appending.cancel()
        return await appending

    assert asyncio.run(run()) == 1
    assert log.size == 1


def test_several_entries_stand_together(log: Log) -> None:
    assert list(log.append_all([ENTRY, ENTRY])) == [1, 2]
    assert list(log.append_all([ENTRY])) == [3]


def test_a_log_goes_on_where_it_stopped(kind: type[Log], tmp_path: Path) -> None:
    for _ in range(3):
        log = kind(tmp_path / "log.db", new_salt=lambda: os.urandom(32))
        log.append_all([ENTRY] * 5)
        log.close()

    assert checked(tmp_path / "log.db") == Verification(
        ok=True, size=15, root=checked(tmp_path / "log.db").root
    )


def test_a_closed_log_is_unavailable(log: Log) -> None:
    log.close()

    with pytest.raises(LogUnavailable):
        log.append_all([ENTRY])


def test_a_full_disk_is_said_so_and_the_log_recovers(log: Log) -> None:
    log.append_all([ENTRY])
    large = Entry({"v": 2, "x": "y" * 60_000}, None)

    with a_full_disk(log), pytest.raises(LogUnavailable):
        log.append_all([large])

    assert list(log.append_all([large])) == [2]
    assert check_log(log.reader).ok


def test_a_locked_file_is_said_so_and_the_log_recovers(log: Log, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(LogUnavailable):
        log.append_all([ENTRY])
    other.execute("ROLLBACK")
    other.close()

    assert list(log.append_all([ENTRY])) == [1]


def test_a_log_that_cannot_be_made_is_said_so(kind: type[Log], tmp_path: Path) -> None:
    with held(tmp_path / "log.db"), pytest.raises(LogUnavailable):
        kind(tmp_path / "log.db", new_salt=lambda: os.urandom(32))


def test_a_sequencer_that_does_not_start_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket is in a folder of its own where the log's path is too long for one."""
    folder, log = tmp_path / "temporary", tmp_path / ("x" * 100) / "log.db"
    folder.mkdir()
    log.parent.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))

    with held(log), pytest.raises(LogUnavailable):
        SequencedLog(log, new_salt=lambda: os.urandom(32))

    assert not list(folder.iterdir())


def test_what_comes_later_asks_whether_it_could_be_entered(log: Log, tmp_path: Path) -> None:
    """A commit of nothing shows it, and leaves nothing; it need not be shown again at once."""
    ordered = OrderedLog(log)
    ordered.append_all([ENTRY])
    with held(tmp_path / "log.db"):
        ordered.require()
        with pytest.raises(LogUnavailable):
            ordered.append_all([ENTRY])
        with pytest.raises(LogUnavailable):
            ordered.require()

    eventually(lambda: passes(ordered))
    assert ordered.size == 1
    assert check_log(ordered.reader).ok


def passes(log: OrderedLog) -> bool:
    try:
        log.require()
    except LogUnavailable:
        return False
    return True


@pytest.mark.parametrize(
    ("table", "column"),
    [("entry", "leaf"), ("entry", "hash"), ("private", "salt"), ("private", "words"),
     ("private", "subjects"), ("head", "root")],
)  # fmt: skip
def test_x_10_one_flipped_bit_is_found_and_its_place_told(
    tmp_path: Path, table: str, column: str
) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(path, new_salt=lambda: os.urandom(32))
    file_entry = Event(EventKind.FILE_DELIVERED, NOON, "demo", {}, [12631400209]).entry()
    log.append_all([ENTRY if n % 2 else file_entry for n in range(20)])
    log.close()
    key = "id" if table == "head" else "position"
    with sqlite3.connect(path) as connection:
        rows = connection.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()  # fmt: skip
        at, content = random.Random(7).choice(rows)
        flipped = bytes([content[0] ^ 1]) + content[1:]
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (flipped, at))
    connection.close()

    verdict = checked(path)

    assert not verdict.ok
    assert verdict.broken_at == (20 if table == "head" else at)


@pytest.mark.parametrize(("statement", "at"), [
    ("DELETE FROM entry WHERE position = 7", 7),
    ("DELETE FROM entry WHERE position = 20", 20),
    ("UPDATE entry SET position = 21 WHERE position = 20", 20),
    ("UPDATE head SET size = 19", 19),
])  # fmt: skip
def test_a_missing_entry_is_found_and_its_place_told(
    tmp_path: Path, statement: str, at: int
) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(path, new_salt=lambda: os.urandom(32))
    log.append_all([ENTRY] * 20)
    log.close()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()

    verdict = checked(path)

    assert (verdict.ok, verdict.broken_at) == (False, at)


def test_erasing_a_private_row_leaves_the_log_whole(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    log = SqliteLog(path, new_salt=lambda: os.urandom(32))
    log.append_all([ENTRY] * 3)
    log.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM private WHERE position = 2")
    connection.close()

    assert checked(path).ok


CRASHING = """
import os, sys, threading
from pathlib import Path
from gateway.adapters import log as logs
from gateway.domain.log_entry import Entry
log = getattr(logs, sys.argv[2])(Path(sys.argv[1]), new_salt=lambda: os.urandom(32))
def run():
    while True:
        position = log.append_all([Entry({"v": 2}, {"insz": []})])[0]
        os.write(1, b"%d\\n" % position)
for _ in range(4):
    threading.Thread(target=run).start()
"""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(
    kind: type[Log], tmp_path: Path
) -> None:
    path = tmp_path / "log.db"
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", CRASHING, str(path), kind.__name__], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(200)]
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        told += [int(line) for line in rest.split(b"\n")[:-1] if line]

        verdict = checked(path)

        assert verdict.ok
        assert verdict.size >= max(told)
