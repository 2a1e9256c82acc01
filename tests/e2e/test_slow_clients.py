"""Clients that take their time: each is let go in the end, and all of them together keep nobody waiting."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.web.door_limits import DoorLimits, DoorState, Phase
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.sockets import (
    QUESTION,
    bearer,
    connections,
    line,
    next_answer,
    parse,
    request,
    until_closed,
)
from tests.tls import client
from tests.waiting import eventually

AGE_S = 3_600
FAR = DoorLimits(head_s=AGE_S, idle_s=AGE_S, write_s=AGE_S, linger_s=AGE_S)
LARGE = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"


def a_space(folder: Path, body_timeout: float, most: int) -> Iterator[RunningSpace]:
    """A space that takes little of an answer out of the gateway's hands; all its other limits are far away."""
    options = Settings(
        data=folder, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        body_timeout=body_timeout, idle_timeout=AGE_S, connections=most,
    )  # fmt: skip
    host = Host(options)
    for listener in (host._listener, host._tls.listener):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    for space in a_space(tmp_path_factory.mktemp("space"), AGE_S, 60):
        space.register("infino", KARIM)
        yield space


@pytest.fixture
def patient(running: RunningSpace) -> RunningSpace:
    """One that waits for everything, with nothing in hand: what gave way before is entered."""
    limit(running)
    eventually(lambda: not connections(running) and not in_hand(running), 30)
    return running


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """One that waits for no body."""
    yield from a_space(tmp_path_factory.mktemp("space"), 0.3, 60)


def limit(space: RunningSpace, **limits: float) -> None:
    """Other limits for the connections that come."""
    state = space.host._http.server_state
    assert isinstance(state, DoorState)
    state.limits = replace(FAR, **limits)  # type: ignore[arg-type]  # seconds and counts


def in_hand(space: RunningSpace) -> int:
    """How many requests are still worked on, perhaps after their connections."""
    return len(space.host._http.server_state.tasks)


def phases(space: RunningSpace) -> list[Phase]:
    return [one.phase() for one in connections(space)]


@contextlib.contextmanager
def dripping(connection: socket.socket, piece: bytes) -> Iterator[None]:
    """Send a piece now and then, as long as somebody takes it."""
    stop = threading.Event()

    def drip() -> None:
        with contextlib.suppress(OSError):
            while piece and not stop.wait(0.05):
                connection.sendall(piece)

    hand = threading.Thread(target=drip)
    hand.start()
    try:
        yield
    finally:
        stop.set()
        hand.join()


@pytest.mark.parametrize(("door", "piece"), [("http", b"a"), ("http", b""), ("https", b"")])
def test_a_head_that_comes_byte_by_byte_is_told_so_in_time(
    patient: RunningSpace, door: str, piece: bytes
) -> None:
    limit(patient, head_s=0.9, linger_s=0.9)
    before = len(patient.leaves())
    with line(patient, door=door) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX: ")
        with dripping(connection, piece):
            (answer,) = parse(until_closed(connection))
        eventually(lambda: not connections(patient))

    assert answer.problem["detail"] == "the head of the message did not arrive in time"
    assert len(patient.leaves()) == before


@pytest.mark.parametrize("piece", [b"", b"\r\n"])
def test_a_client_that_never_begins_is_let_go(patient: RunningSpace, piece: bytes) -> None:
    limit(patient, head_s=0.9)
    with line(patient) as connection, dripping(connection, piece):
        assert until_closed(connection) == b""
        eventually(lambda: not connections(patient))


@pytest.mark.parametrize("piece", [b"", b"\r\n"])
def test_a_connection_that_is_not_used_any_more_is_closed(
    patient: RunningSpace, piece: bytes
) -> None:
    limit(patient, idle_s=0.9)
    with line(patient) as connection:
        connection.sendall(request(bearer(patient, "infino")))
        with dripping(connection, piece):
            (answer,) = parse(until_closed(connection))

    assert answer.status == 200


def test_patience_begins_anew_with_each_message(patient: RunningSpace) -> None:
    limit(patient, head_s=2.0, idle_s=2.0)
    pause = threading.Event()
    with line(patient) as connection:
        for _ in range(7):
            head = request(bearer(patient, "infino"))
            connection.sendall(head[:20])
            pause.wait(0.4)
            connection.sendall(head[20:])
            assert next_answer(connection).status == 200


@pytest.mark.parametrize(("door", "piece"), [("http", b" "), ("https", b"")])
@pytest.mark.parametrize(
    ("path", "status"), [(TRANSACTIONS, 400), ("/soap", 500), ("/v1/protocollen/001/gebeurtenissen", 400)]
)  # fmt: skip
def test_a_body_that_comes_byte_by_byte_is_refused_in_time_and_entered(
    hasty: RunningSpace, path: str, status: int, door: str, piece: bytes
) -> None:
    own = bearer(hasty, "infino") + b"Content-Type: application/json\r\n"
    with line(hasty, door=door) as connection:
        connection.sendall(request(own, QUESTION, length=10_000, path=path))
        with dripping(connection, piece):
            answer = next_answer(connection)

    assert answer.status == status
    assert b"did not arrive whole: not within 0.3 s" in answer.body
    last = hasty.leaves()[-1]
    assert last["reasons"] == ["message-invalid"]
    assert "infino" in (last.get("credential"), last.get("by"))


def test_what_is_still_sent_after_the_answer_is_taken_for_a_while_only(
    patient: RunningSpace,
) -> None:
    limit(patient, linger_s=0.9)
    with line(patient) as connection:
        connection.sendall(request(b"", b"", path="/health", method="GET", length=10_000_000))
        with dripping(connection, b" "):
            (answer,) = parse(until_closed(connection))

    assert answer.status == 200


@pytest.mark.parametrize("door", ["http", "https"])
def test_an_answer_that_nobody_takes_is_thrown_away_in_time(
    patient: RunningSpace, door: str
) -> None:
    with line(patient, door=door, buffer=4_096) as connection:
        connection.sendall(LARGE * 50)
        eventually(lambda: phases(patient) == [Phase.WRITING])
        (its_own,) = connections(patient)
        waiting = its_own.transport.get_write_buffer_size()
        its_own.limits = replace(FAR, write_s=0.3)
        eventually(lambda: not connections(patient))

    assert waiting < 250_000, "every answer waits in memory"


def test_an_answer_that_is_taken_slowly_arrives_whole(patient: RunningSpace) -> None:
    """Each part in time, and much more time for the whole."""
    limit(patient, write_s=2.0, progress=8_192)
    whole = httpx.get(patient.http + "/openapi.json", trust_env=False).content
    with line(patient, buffer=4_096) as connection:
        connection.sendall(LARGE * 4 + LARGE.replace(b"x\r\n", b"x\r\nConnection: close\r\n"))
        received, pause, waits = bytearray(), threading.Event(), 0
        while chunk := connection.recv(8_192):
            received += chunk
            pause.wait(0.03)
            waits += 1

    assert waits * 0.03 > 2.0, "no longer much more than an answer may stand still"
    assert [one.body for one in parse(bytes(received))] == [whole] * 5


def test_room_is_made_where_an_answer_is_not_taken(patient: RunningSpace) -> None:
    """Closing in good order would wait for a client that takes nothing, and make no room at all."""
    limit(patient, connections=3)
    with contextlib.ExitStack() as slow:
        for _ in range(3):
            slow.enter_context(line(patient, buffer=4_096)).sendall(LARGE * 5)
        eventually(lambda: phases(patient) == [Phase.WRITING] * 3)
        eventually(lambda: [one.is_stuck() for one in connections(patient)] == [True] * 3)
        newcomer = slow.enter_context(line(patient))
        eventually(lambda: len(connections(patient)) == 3)
        newcomer.sendall(request(b"", b"", path="/health", method="GET"))

        assert next_answer(newcomer).status == 200


def test_a_client_that_leaves_its_answer_is_gone_with_its_connection(
    patient: RunningSpace,
) -> None:
    for _ in range(20):
        with line(patient, buffer=4_096) as connection:
            connection.sendall(LARGE * 5)
            connection.recv(10)
    eventually(lambda: not connections(patient))


TRICKS: dict[str, Callable[[RunningSpace], bytes]] = {
    "slow head": lambda _: b"POST / HTTP/1.1\r\nHost: x\r\nX: ",
    "slow body": lambda space: request(bearer(space, "infino"), b"{", length=1_000),
    "slow body of a stranger": lambda _: request(b"", b"{", length=1_000),
    "slow chunks": lambda _: request(b"Transfer-Encoding: chunked\r\n", b"1\r\n{\r\n", length=None),
    "nothing at all": lambda _: b"",
    "idle": lambda _: b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
    "slow reader": lambda _: LARGE * 2,
}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("most", [1_000, 60], ids=["room for all", "no room for all"])
def test_two_hundred_slow_clients_keep_nobody_from_an_answer(
    patient: RunningSpace, trick: str, most: int
) -> None:
    """By counts: every question on a connection of its own is answered, on both doors."""
    limit(patient, connections=most)
    said = TRICKS[trick](patient)
    with contextlib.ExitStack() as slow:
        for _ in range(200):
            connection = slow.enter_context(line(patient, buffer=4_096))
            with contextlib.suppress(OSError):
                connection.sendall(said)
        eventually(lambda: len(connections(patient)) >= min(most, 200) - 1, 60)

        statuses = [_asked(patient, secure=turn % 4 == 1) for turn in range(12)]

        assert statuses == [200] * 12
        eventually(lambda: len(connections(patient)) <= most + 2, 20)


def _asked(space: RunningSpace, *, secure: bool) -> int:
    """One question on a new connection; one that is turned away because all are new asks again."""
    found: list[int] = []

    def is_answered() -> bool:
        with contextlib.suppress(httpx.TransportError):
            if secure:
                with client(space, "infino") as connection:
                    found.append(connection.post(TRANSACTIONS, content=QUESTION).status_code)
            else:
                found.append(space.post("infino", TRANSACTIONS, QUESTION).status_code)
        return bool(found)

    eventually(is_answered, 20)
    return found[0]


def test_two_hundred_half_handshakes_keep_nobody_from_an_answer(patient: RunningSpace) -> None:
    host, port = str(patient.ready["https"]).removeprefix("https://").split(":")
    with contextlib.ExitStack() as slow:
        for _ in range(200):
            one = slow.enter_context(socket.create_connection((host, int(port))))
            one.sendall(b"\x16\x03\x01")
        eventually(lambda: len(patient.host._tls._handshakes) == 60)

        assert [_asked(patient, secure=True) for _ in range(8)] == [200] * 8
        assert len(patient.host._tls._handshakes) <= 60


def test_slow_bodies_that_give_way_are_entered(patient: RunningSpace) -> None:
    """Whoever began a message has made an attempt, also when others need the place."""
    limit(patient, connections=10)
    before, said = len(patient.leaves()), request(bearer(patient, "infino"), b"{", length=1_000)
    with contextlib.ExitStack() as slow:
        for _ in range(10):
            slow.enter_context(line(patient)).sendall(said)
        eventually(lambda: phases(patient) == [Phase.BODY] * 10)

        assert _asked(patient, secure=False) == 200

        eventually(lambda: len(patient.leaves()) == before + 2)
    reasons = [one["reasons"] for one in patient.leaves()[before : before + 2]]
    assert sorted(reasons) == [[], ["message-invalid"]]
