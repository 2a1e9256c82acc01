"""Clients that leave with questions under way: what was begun is entered, and said to have reached nobody."""

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from gateway.domain.decision import Permit
from gateway.domain.request import Request
from gateway.ports import Fetched
from gateway.ports.platform import AuthenticSources, SourceState
from gateway.web.cycle import has_hung_up
from tests.people import KARIM
from tests.running import RunningSpace
from tests.sockets import bearer, connections, line, parse, request, until_closed
from tests.waiting import eventually


class Gate:
    """A source that waits until it is told to go on."""

    def __init__(self, inner: AuthenticSources) -> None:
        self._inner, self.asked, self.go = inner, 0, threading.Event()

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        self.asked += 1
        while not self.go.is_set():  # noqa: ASYNC110  told from another thread
            await asyncio.sleep(0.01)
        return await self._inner.fetch(permit, request)

    async def state(self, flow: str) -> SourceState | None:
        return await self._inner.state(flow)


@pytest.fixture(scope="module")
def served(shared_space: RunningSpace) -> RunningSpace:
    shared_space.register("infino", KARIM)
    return shared_space


@pytest.fixture
def gate(served: RunningSpace, caplog: pytest.LogCaptureFixture) -> Iterator[Gate]:
    """Whatever becomes of a connection, the door itself does not fail."""
    sources = served.sources
    inner = sources.inner
    sources.inner = gate = Gate(inner)
    try:
        with caplog.at_level(logging.WARNING):
            yield gate
    finally:
        gate.go.set()
        sources.inner = inner
    failed = [one for one in caplog.records if one.name.partition(".")[0] in {"uvicorn", "asyncio"}]
    assert [one.getMessage() for one in failed] == []


def asked(space: RunningSpace, count: int) -> bytes:
    return request(bearer(space, "infino")) * count


def reset(connection: socket.socket) -> None:
    """Leave without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def settled(space: RunningSpace) -> list[str]:
    """All that was entered, once nobody is connected and nothing is in hand."""
    state = space.host._http.server_state
    eventually(lambda: not state.connections and not state.tasks, 60)
    return [str(one["e"]) for one in space.leaves()]


@pytest.mark.parametrize("door", ["http", "https"])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_what_waits_behind_a_question_whose_client_left_is_never_begun(
    served: RunningSpace, gate: Gate, door: str, count: int
) -> None:
    before = settled(served)
    with line(served, door=door) as connection:
        connection.sendall(asked(served, count))
        eventually(lambda: gate.asked == 1)
        (one,) = connections(served)
        reset(connection)
    eventually(lambda: one.transport.is_closing() or has_hung_up(one.transport))
    gate.go.set()

    assert settled(served) == [*before, "decision", "not-delivered"]
    assert gate.asked == 1


@pytest.mark.parametrize("door", ["http", "https"])
def test_who_leaves_unheard_behind_what_is_not_read_is_noticed_all_the_same(
    served: RunningSpace, gate: Gate, door: str
) -> None:
    """With a question waiting nothing more is read, and so nobody is told that the client left."""
    before = settled(served)
    with line(served, door=door) as connection:
        connection.sendall(asked(served, 1))
        eventually(lambda: gate.asked == 1)
        connection.sendall(asked(served, 4))
        (one,) = connections(served)
        eventually(lambda: one.flow.read_paused)
        reset(connection)
        eventually(lambda: one.transport.is_closing() or has_hung_up(one.transport))
    gate.go.set()

    assert settled(served) == [*before, "decision", "not-delivered"]
    assert gate.asked == 1


@pytest.mark.parametrize(("count", "reads"), [(1, 1), (1, 2), (2, 1)])
def test_who_says_that_no_more_comes_has_left(
    served: RunningSpace, gate: Gate, count: int, reads: int
) -> None:
    """The first answer would perhaps still be read; nobody can tell, so nothing is handed over."""
    before = settled(served)
    with line(served) as connection:
        connection.sendall(asked(served, count))
        eventually(lambda: gate.asked == 1)
        connection.sendall(asked(served, reads - 1))
        (one,) = connections(served)
        eventually(lambda: one.flow.read_paused == (count + reads > 2))
        connection.shutdown(socket.SHUT_WR)
        eventually(lambda: one.transport.is_closing() or has_hung_up(one.transport))
        gate.go.set()

        assert until_closed(connection) == b""
    assert settled(served) == [*before, "decision", "not-delivered"]


def test_who_stays_gets_all_answers(served: RunningSpace, gate: Gate) -> None:
    before = settled(served)
    with line(served) as connection:
        connection.sendall(asked(served, 1))
        eventually(lambda: gate.asked == 1)
        connection.sendall(asked(served, 3))
        gate.go.set()
        received = b""
        while received.count(b'"achtergehouden"') < 4:
            received += connection.recv(65_536)

    assert [one.status for one in parse(received)] == [200] * 4
    assert settled(served) == before + ["decision"] * 4
