"""The log's sequencer when it, or who uses it, goes away: nothing acknowledged is lost, nothing is left unknown."""

import asyncio
import os
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.adapters.log import LogReader, SequencedLog, sequenced_log
from gateway.adapters.log.frames import framed
from gateway.adapters.log.whereabouts import find_batches
from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Entry
from gateway.domain.sealing import SealedEntry, seal
from gateway.flows.audit_check import check_log

ENTRY = Entry({"v": 2, "e": "decision"}, {"insz": ["12631400209"], "reference": "r-1"})
EVENT = Entry({"v": 2, "e": "event"})


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SequencedLog]:
    monkeypatch.setattr(sequenced_log, "PAUSE_S", 0.0)
    opened = SequencedLog(tmp_path / "log.db", new_salt=lambda: os.urandom(32))
    yield opened
    opened.close()


def end(log: SequencedLog) -> None:
    """Kill the sequencer, and wait until it is gone."""
    os.kill(log.pid, signal.SIGKILL)
    os.waitid(os.P_PID, log.pid, os.WEXITED | os.WNOWAIT)


def test_a_lost_sequencer_is_replaced_for_either_way_in(log: SequencedLog) -> None:
    async def append_twice() -> list[int]:
        first = await log.append(ENTRY)
        end(log)
        return [first, await until_open(log)]

    assert asyncio.run(append_twice()) == [1, 2]
    assert list(log.append_all([ENTRY])) == [3]
    end(log)
    with pytest.raises(LogUnavailable):  # what was under way is looked up, and is not there
        log.append_all([ENTRY])
    assert list(log.append_all([ENTRY])) == [4]
    assert check_log(log.reader).ok


async def until_open(log: SequencedLog) -> int:
    """Ask again until the log answers."""
    while True:
        with suppress(LogUnavailable):
            return await log.append(ENTRY)
        await asyncio.sleep(0)


def test_killed_again_and_again_under_load_it_keeps_what_it_said(
    log: SequencedLog,
) -> None:
    told: list[int] = []
    refused = 0

    async def one() -> None:
        nonlocal refused
        for _ in range(40):
            try:
                told.append(await log.append(ENTRY))
            except LogUnavailable:
                refused += 1
                await asyncio.sleep(0)

    async def run() -> None:
        tasks = [asyncio.create_task(one()) for _ in range(16)]
        for so_many in (40, 160, 320):
            while len(told) + refused < so_many:  # noqa: ASYNC110  it is the load that counts
                await asyncio.sleep(0)
            with suppress(ProcessLookupError):
                os.kill(log.pid, signal.SIGKILL)
        await asyncio.gather(*tasks)

    asyncio.run(run())

    assert len(told) == len(set(told))
    assert len(told) + refused == 16 * 40
    assert log.size == len(told)  # who was told no has no entry either
    assert check_log(log.reader).ok


def test_what_was_committed_before_its_answer_was_lost_is_found(
    log: SequencedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.append_all([ENTRY])
    monkeypatch.setattr(log, "_answer", lambda _: (_ for _ in ()).throw(ConnectionResetError))
    whole = threading.Event()
    reader = log.reader.head
    send = framed

    def sent(batch: list[SealedEntry]) -> bytes:
        with log._process.connect() as other:  # the same words, committed, and nobody hears of it
            other.sendall(send(batch))
            other.recv(8)
        whole.set()
        return b""

    monkeypatch.setattr(sequenced_log, "framed", sent)

    assert list(log.append_all([ENTRY, EVENT])) == [2, 3]
    assert whole.is_set()
    assert reader().size == 3


def test_a_sequencer_that_hangs_is_given_up(
    log: SequencedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sequenced_log, "ANSWER_S", 0.2)

    async def run() -> int:
        os.kill(log.pid, signal.SIGSTOP)
        with pytest.raises(LogUnavailable):
            await log.append(ENTRY)
        return await until_open(log)

    assert asyncio.run(run()) == 1
    assert log.size == 1


def test_it_ends_with_the_process_that_started_it(log: SequencedLog) -> None:
    log.append_all([ENTRY])
    address = Path(log._process.address)
    assert stat.S_ISSOCK(address.stat().st_mode)

    log.close()

    assert not address.exists()
    with pytest.raises(LogUnavailable):
        log.append_all([ENTRY])
    with pytest.raises(LogUnavailable):
        asyncio.run(log.append(ENTRY))
    with pytest.raises(ProcessLookupError):
        os.kill(log.pid, 0)


def test_a_path_that_is_too_long_for_a_socket_is_no_matter(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    log = SequencedLog(folder / "log.db", new_salt=lambda: os.urandom(32))

    assert list(log.append_all([ENTRY])) == [1]
    log.close()
    assert [one.name for one in folder.iterdir()] == ["log.db"]


def test_one_chain_for_all_who_connect(log: SequencedLog) -> None:
    sealed = seal(ENTRY, b"s" * 32)
    with log._process.connect() as one, log._process.connect() as other:
        for connection in (one, other):
            connection.sendall(framed([sealed]) + framed([sealed, sealed]))
        answers = [read(connection, 2) for connection in (one, other)]

    assert sorted(answer for pair in answers for answer in pair) in ([1, 2, 4, 5], [1, 2, 3, 5])
    assert check_log(log.reader).ok


def read(connection: socket.socket, count: int) -> list[int]:
    """So many answers."""
    received = b""
    while len(received) < 8 * count:
        received += connection.recv(8 * count - len(received))
    return [int.from_bytes(received[at : at + 8]) for at in range(0, len(received), 8)]


def test_no_entry_is_found_for_two_batches(log: SequencedLog, tmp_path: Path) -> None:
    log.append_all([EVENT, EVENT, ENTRY])
    reader = LogReader(tmp_path / "log.db")
    event = seal(EVENT, b"s" * 32)

    assert find_batches(reader, [(0, [event]), (0, [event]), (0, [event])]) == [1, 2, None]
    assert find_batches(reader, [(1, [event]), (2, [event])]) == [2, None]
    assert find_batches(reader, [(0, [event, event]), (0, [event])]) == [1, None]
    assert find_batches(reader, []) == []
    reader.close()
