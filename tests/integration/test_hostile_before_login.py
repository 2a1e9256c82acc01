"""Hostile clients that did not log in (hostile tests 1 to 10): what they cost, and whom they stop.

The figures are those of the list; where a figure is a patience in seconds, the suite shortens the
patience and the slow test keeps it.
"""

import asyncio
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import paramiko
import pytest

from sftp_drop.limits import Limits
from tests.drop import TYPIST, USER, Drop, say, transport_of
from tests.drop_process import drop_process
from tests.raw_sftp import processor_time, resident
from tests.waiting import eventually

MEBIBYTE = 1 << 20
OFFERED = (
    "mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org",
    "kex-strict-s-v00@openssh.com", "ssh-ed25519", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com",
    "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "none",
)  # fmt: skip


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    running = Drop(tmp_path, Limits(greeting_s=1.5, login_s=4.0))
    yield running
    running.stop()


def is_closed(client: socket.socket, within_s: float) -> bool:
    client.settimeout(within_s)
    try:
        while client.recv(4_096):
            pass
    except TimeoutError:
        return False
    except OSError:
        return True
    return True


def log_in(drop: Drop) -> float:
    """Seconds that a log-in and a listing take."""
    began = time.monotonic()
    client = drop.client()
    assert client.listdir("/") == ["archief", "in", "uit"]
    transport_of(client).close()
    return time.monotonic() - began


def two_hundred_silent(drop: Drop, patience_s: float) -> float:
    """A log-in among 200 silent connections; how long it took. All of them are closed in time."""
    silent = [drop.connect() for _ in range(200)]
    took = log_in(drop)
    began = time.monotonic()
    assert all(is_closed(one, patience_s) for one in silent)
    assert time.monotonic() - began < patience_s
    return took


def test_h01_two_hundred_silent_connections_stop_nobody_and_are_closed(drop: Drop) -> None:
    before = threading.active_count()

    assert two_hundred_silent(drop, 30) < 10
    assert threading.active_count() <= before + 1


def test_h01_who_makes_room_for_another_may_be_talking_just_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are found at one look: who comes, and the oldest with something to say, who has to go for it."""
    drop = Drop(tmp_path, Limits(half_open=1))
    try:
        oldest = drop.connect()
        eventually(lambda: len(drop.server._anteroom) == 1)
        is_busy, go = threading.Event(), threading.Event()

        def look_round(_now: float) -> None:
            is_busy.set()
            go.wait(30)

        with monkeypatch.context() as patch:
            patch.setattr(drop.server, "_look_round", look_round)
            assert is_busy.wait(30)
        drop.connect()
        oldest.sendall(b"SSH-2.0-x\r\n")
        go.set()

        assert is_closed(oldest, 30)
        assert log_in(drop) < 30
    finally:
        drop.stop()


@pytest.mark.slow
def test_h01_at_full_length(tmp_path: Path) -> None:
    drop = Drop(tmp_path, Limits())
    try:
        assert two_hundred_silent(drop, 30) < 10
    finally:
        drop.stop()


def test_h02_a_key_exchange_and_then_silence_is_closed(drop: Drop) -> None:
    began = time.monotonic()
    transports = [drop.transport() for _ in range(5)]

    eventually(lambda: not any(one.is_active() for one in transports), within_s=30)

    assert time.monotonic() - began >= 3.0  # the shortened patience, and not something else
    assert log_in(drop) < 30


def test_h02_nor_does_talking_without_logging_in_help(drop: Drop) -> None:
    transport = drop.transport()

    def talk() -> bool:
        say(transport, b"\x02\x00\x00\x00\x01x")
        return not transport.is_active()

    eventually(talk)


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_h02_at_full_length(tmp_path: Path) -> None:
    drop = Drop(tmp_path, Limits())
    try:
        began = time.monotonic()
        transport = drop.transport()
        eventually(lambda: not transport.is_active(), within_s=60)
        assert time.monotonic() - began > 29  # and not the patience of a greeting, or of a visitor
    finally:
        drop.stop()


def test_h03_an_endless_identification_is_cut_at_once(drop: Drop) -> None:
    with drop.connect() as client:
        client.sendall(b"SSH-2.0-" + b"x" * 300)
        assert is_closed(client, 30)
    with drop.connect() as client:
        sent = 0
        try:
            while sent < 8 * MEBIBYTE:
                sent += client.send(b"x" * 65_536)
        except OSError:
            return
        assert is_closed(client, 30)
    assert log_in(drop) < 30


def test_h03_an_identification_letter_by_letter_is_cut_in_time(drop: Drop) -> None:
    began = time.monotonic()
    with drop.connect() as client:
        try:
            for letter in b"SSH-2.0-slow-and-slower-and-slower" * 9:
                client.sendall(bytes([letter]))
                threading.Event().wait(0.1)
        except OSError:
            assert time.monotonic() - began < 20  # of thirty seconds that the letters take
            return
    pytest.fail("it was never cut")


@pytest.mark.parametrize("length", [1 << 30, 0, 3, 0xFFFFFFFF, 35_001])
def test_h04_a_forged_length_ends_the_connection_before_the_first_keys(
    drop: Drop, length: int
) -> None:
    with drop.connect() as client:
        client.sendall(b"SSH-2.0-x\r\n" + length.to_bytes(4, "big") + b"\x14" * 64)
        assert is_closed(client, 30)


@pytest.mark.parametrize("length", [1 << 30, 0, 3, 0xFFFFFFFF, 35_008])
def test_h04_and_after_them(drop: Drop, length: int) -> None:
    transport = drop.transport()

    transport.sock.sendall(length.to_bytes(4, "big") + b"\x14" * 64)

    eventually(lambda: not transport.is_active())


@pytest.mark.parametrize("length", [1 << 30, 0xFFFFFFFF, 300_000])
def test_h04_and_after_the_log_in(drop: Drop, length: int) -> None:
    client = drop.client()

    transport_of(client).sock.sendall(length.to_bytes(4, "big") + b"\x14" * 64)

    eventually(lambda: not transport_of(client).is_active())


def test_h04_takes_no_memory(tmp_path: Path) -> None:
    with drop_process(tmp_path) as (drop, process):
        log_in(drop)
        before = resident(process.pid)
        clients = [drop.connect() for _ in range(20)]
        for client in clients:
            client.sendall(b"SSH-2.0-x\r\n" + (1 << 30).to_bytes(4, "big"))
            try:
                client.sendall(bytes(MEBIBYTE))
            except OSError:
                continue
        held = [drop.connect() for _ in range(20)]
        for client in held:  # the largest packet that may be, never finished
            client.sendall(b"SSH-2.0-x\r\n" + (35_000 - 4).to_bytes(4, "big") + bytes(34_000))
        assert log_in(drop) < 30
        assert resident(process.pid) - before < 5 * MEBIBYTE


@pytest.mark.parametrize(
    "payload",
    [b"\x5a\x00\x00\x00\x07session\x00\x00\x00\x00\x00\x20\x00\x00\x00\x00\x80\x00", b"\x34"],
    ids=["channel", "success"],
)
def test_h05_nobody_is_in_by_saying_so(drop: Drop, payload: bytes) -> None:
    """The bypasses of 2018: a channel before the log-in, and the server's own word in a client's mouth."""
    transport = drop.transport()

    say(transport, payload)

    eventually(lambda: not transport.is_active())
    assert drop.desk.visits == []


def plain(payload: bytes) -> bytes:
    """A packet before the first keys."""
    padding = 4 + -(len(payload) + 9) % 8
    return (len(payload) + padding + 1).to_bytes(4, "big") + bytes([padding]) + payload + bytes(padding)  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [b"\x02\x00\x00\x00\x01x", b"\x04\x00\x00\x00\x00\x01x", b"\x05\x00\x00\x00\x0cssh-userauth", b"\x15"],
    ids=["ignore", "debug", "service", "newkeys"],
)  # fmt: skip
def test_h06_nothing_may_slip_into_the_first_key_exchange(drop: Drop, payload: bytes) -> None:
    with drop.connect() as client:
        client.sendall(b"SSH-2.0-x\r\n" + plain(payload))
        assert is_closed(client, 30)


def test_h06_strict_key_exchange_is_agreed(drop: Drop) -> None:
    transport = drop.transport()

    assert transport.agreed_on_strict_kex  # type: ignore[attr-defined]  # not in the stubs
    transport.close()


def offered_to(client: socket.socket) -> str:
    """The names in the server's list of algorithms."""
    client.settimeout(10)
    seen = b""
    while len(seen) < 4 or len(seen) < 4 + int.from_bytes(seen[:4], "big"):
        seen += client.recv(4_096)
        if seen.startswith(b"SSH-") and b"\n" in seen:
            seen = seen.split(b"\n", 1)[1]
    return seen.decode("latin-1")


def test_h07_what_is_offered_is_the_list_and_nothing_else(drop: Drop) -> None:
    with drop.connect() as client:
        client.sendall(b"SSH-2.0-waits\r\n")
        offered = offered_to(client)

    for name in (*OFFERED, "aes256-ctr", "aes128-ctr"):
        assert name in offered
    for weak in ("-cbc", "3des", "sha1", "md5", "diffie-hellman", "ssh-rsa", "ssh-dss", "nistp", "arcfour", "chacha20"):  # fmt: skip
        assert weak not in offered


@pytest.mark.needs("ssh-audit")
def test_h07_an_auditor_finds_nothing(drop: Drop) -> None:
    """Names that the auditor is too old to know are no finding."""
    done = subprocess.run(
        ["ssh-audit", "-j", "-p", str(drop.port), "127.0.0.1"],
        capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip
    told = json.loads(done.stdout)

    offered = {one if isinstance(one, str) else one["algorithm"] for part in ("kex", "key", "enc", "mac") for one in told[part]}  # fmt: skip
    assert offered | {"none"} == set(OFFERED)
    plainly = subprocess.run(
        ["ssh-audit", "-n", "-p", str(drop.port), "127.0.0.1"],
        capture_output=True, text=True, timeout=40, check=False,
    ).stdout  # fmt: skip
    assert "[fail]" not in plainly
    assert all("unknown algorithm" in line for line in plainly.splitlines() if "[warn]" in line)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_h08_an_unknown_name_costs_the_time_of_a_wrong_password(tmp_path: Path) -> None:
    """Less than five percent apart, in the server's processor time, each where it was disturbed least."""
    never = {"per_account": 10_000, "per_address": 10_000}

    with drop_process(tmp_path, lockout=never) as (drop, process):

        def spend(user: str) -> float:
            before = processor_time(process.pid)
            for _ in range(2):
                transport = drop.transport()
                for _ in range(5):
                    with pytest.raises(paramiko.AuthenticationException):
                        transport.auth_password(user, "wrong")
                transport.close()
            return processor_time(process.pid) - before

        spend(TYPIST)
        spend("nobody")
        turns = [(spend(TYPIST), spend("nobody")) for _ in range(12)]
        known, unknown = min(a for a, _ in turns), min(b for _, b in turns)
        assert abs(known - unknown) / known < 0.05


async def visit(drop: Drop, key: asyncssh.SSHKey) -> int:
    async with (
        asyncssh.connect(
            "127.0.0.1", drop.port, username=USER, client_keys=[key], known_hosts=None, config=None,
            agent_path=None, login_timeout=50,
        ) as connection,
        connection.start_sftp_client() as client,
    ):  # fmt: skip
        return len(await client.listdir("/"))


def test_h10_a_hundred_log_ins_at_once_all_get_in(tmp_path: Path) -> None:
    drop = Drop(tmp_path, Limits())
    key = asyncssh.import_private_key(drop.keys.ssh_private(USER))

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(visit(drop, key) for _ in range(100)))

    try:
        assert asyncio.run(all_of_them()) == [3] * 100
        assert len(drop.desk.visits) == 100
    finally:
        drop.stop()


def test_the_oldest_who_did_not_log_in_makes_room(tmp_path: Path) -> None:
    """A flood of connections shows out its own first, and not who is inside or comes now."""
    drop = Drop(tmp_path, Limits(half_open=10, connections=12))
    try:
        inside = drop.client()
        flood = [drop.connect() for _ in range(40)]
        assert log_in(drop) < 30
        assert inside.listdir("/") == ["archief", "in", "uit"]
        assert sum(is_closed(one, 0.2) for one in flood) >= 29
        transport_of(inside).close()
    finally:
        drop.stop()


@pytest.mark.parametrize("kind", [5, 7, 20, 21, 50, 61, 80, 94, 98, 192])
def test_any_message_with_rubbish_in_it_stops_nobody_else(drop: Drop, kind: int) -> None:
    transport = drop.transport()

    for _ in range(3):
        say(transport, bytes([kind]) + b"\xff" * 40)

    assert log_in(drop) < 30
    transport.close()
