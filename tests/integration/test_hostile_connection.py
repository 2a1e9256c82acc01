"""Hostile clients that logged in, below SFTP (hostile tests 11 to 16): channels, windows, keys, silence."""

import contextlib
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from hashlib import sha256
from pathlib import Path
from typing import Any

import paramiko
import pytest
from paramiko.common import MSG_KEXINIT

from sftp_drop import transport as transport_module
from sftp_drop import visitor as visitor_module
from sftp_drop.channels import WINDOW
from sftp_drop.limits import Limits
from sftp_drop.packets import Packets
from sftp_drop.wire import Kind, packet, string
from tests.drop import FLOW, USER, Drop, say, transport_of
from tests.drop_process import drop_process
from tests.raw_sftp import READ, RawSftp, processor_time, resident, u32, u64
from tests.waiting import eventually

MEBIBYTE = 1 << 20


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    running = Drop(tmp_path, Limits(upload_bytes=64 * MEBIBYTE))
    yield running
    running.stop()


def is_refused(transport: paramiko.Transport) -> bool:
    try:
        transport.open_session(timeout=10)
    except paramiko.ChannelException as error:
        return error.code == 1
    return False


def test_h11_the_eleventh_channel_is_refused_and_the_next_after_a_close_is_not(drop: Drop) -> None:
    client = drop.client()
    transport = transport_of(client)
    channels = [transport.open_session(timeout=10) for _ in range(9)]

    assert is_refused(transport)
    channels[0].close()
    eventually(lambda: not is_refused(transport))
    assert client.listdir("/") == ["archief", "in", "uit"]
    transport.close()


def test_h11_many_channels_one_after_the_other_are_served(drop: Drop) -> None:
    """As with a connection that is kept for many runs of a client."""
    transport = transport_of(drop.client())
    for _ in range(30):
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        assert client.listdir("/") == ["archief", "in", "uit"]
        client.close()
    transport.close()


def test_h11_nothing_but_sftp_is_offered(drop: Drop) -> None:
    transport = transport_of(drop.client())

    def refused(kind: str) -> bool:
        channel = transport.open_session(timeout=10)
        ways: dict[str, Callable[[], object]] = {
            "shell": channel.invoke_shell,
            "exec": lambda: channel.exec_command("id"),
            "pty": channel.get_pty,
            "x11": channel.request_x11,
            "subsystem": lambda: channel.invoke_subsystem("netconf"),
        }
        try:
            ways[kind]()
        except paramiko.SSHException:
            return True
        finally:
            channel.close()
        return False

    assert all(refused(kind) for kind in ("shell", "exec", "pty", "x11", "subsystem"))
    for kind in ("direct-tcpip", "forwarded-tcpip"):
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel(kind, ("127.0.0.1", 22), ("127.0.0.1", 1), timeout=10)
    with pytest.raises(paramiko.SSHException):
        transport.request_port_forward("127.0.0.1", 0)
    channel = transport.open_session(timeout=10)
    channel.update_environment({"LD_PRELOAD": "/x"})  # no answer is wanted, and nothing comes of it
    transport.close()


def data(channel: int, content: bytes) -> bytes:
    return b"\x5e" + u32(channel) + string(content)


def test_h12_data_beyond_the_window_ends_the_connection(drop: Drop) -> None:
    raw = drop.raw()
    path = drop.place("f_1.json", b"x" * 200_000)
    handle = raw.open(path)
    number = raw.channel.remote_chanid
    ask = packet(Kind.READ, u32(1), string(handle), u64(0), u32(200_000))

    for _ in range(150):  # more requests than answers are taken: the window fills up
        say(raw.transport, data(number, ask * 700))

    eventually(lambda: not raw.transport.is_active())


@pytest.mark.parametrize(
    "payload",
    [
        b"\x5e" + u32(0) + u32(40) + b"short",  # longer than it is
        b"\x5e" + u32(99) + u32(1) + b"x",  # no such channel
        b"\x5d" + u32(99) + u32(1),
        b"\x62" + u32(99) + b"\x00\x00\x00\x05shell\x01",
        b"\x5f" + u32(0) + u32(1) + u32(1) + b"x",  # what only a server sends
        b"\x63" + u32(0),
    ],
    ids=["longer", "nowhere", "wider nowhere", "asks nowhere", "stderr", "answer"],
)
def test_h12_messages_that_fit_no_channel_end_the_connection(drop: Drop, payload: bytes) -> None:
    raw = drop.raw()

    say(raw.transport, payload)

    eventually(lambda: not raw.transport.is_active())


def test_h12_a_window_wider_than_there_are_ends_the_connection(drop: Drop) -> None:
    raw = drop.raw()
    number = raw.channel.remote_chanid

    for _ in range(3):
        say(raw.transport, b"\x5d" + u32(number) + u32(0xFFFFFFFF))

    eventually(lambda: not raw.transport.is_active())


def test_h12_a_channel_that_takes_packets_of_nothing_is_refused(drop: Drop) -> None:
    transport = transport_of(drop.client())
    message = b"\x5a" + string(b"session") + u32(77) + u32(WINDOW) + u32(0)

    say(transport, message)
    eventually(lambda: transport.get_exception() is not None)

    assert transport.is_active()
    transport.close()


def sftp_with(
    drop: Drop, *lines: str, limit: str = "default"
) -> "subprocess.CompletedProcess[str]":
    command = ["sftp", "-b", "-", "-P", str(drop.port), "-o", f"RekeyLimit={limit}", *drop.options(), f"{USER}@127.0.0.1"]  # fmt: skip
    return subprocess.run(
        command, input="\n".join(lines), text=True, capture_output=True, timeout=55, check=False
    )


def both_ways(drop: Drop, size: int, limit: str) -> None:
    content = struct.pack(">Q", size) * (size // 8)
    local, got = drop.local(content), drop.folder / "got"
    path = drop.place("f_1.json", content)

    done = sftp_with(drop, f"put {local} /in/{FLOW}/a.json", f"get {path} {got}", limit=limit)

    assert done.returncode == 0, done.stderr
    assert (drop.root / f"in/{FLOW}/a.json").read_bytes() == content
    assert got.read_bytes() == content
    assert drop.desk.transfers[0].sha256 == sha256(content).hexdigest()


@pytest.mark.needs("sftp")
def test_h13_the_client_renews_keys_every_mebibyte(drop: Drop) -> None:
    both_ways(drop, 12 * MEBIBYTE, "1M")


@pytest.mark.needs("sftp")
def test_h13_the_server_renews_keys(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    renewed = []
    begin = transport_module.DropTransport._send_kex_init

    def count(transport: transport_module.DropTransport) -> None:
        renewed.append(1)
        begin(transport)

    monkeypatch.setattr(Packets, "rekey_bytes", MEBIBYTE)
    monkeypatch.setattr(transport_module.DropTransport, "_send_kex_init", count)

    both_ways(drop, 12 * MEBIBYTE, "default none")

    assert len(renewed) > 10


def test_h13_and_after_an_hour(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    client = drop.client()
    first = transport_of(client).H
    monkeypatch.setattr(Packets, "rekey_s", 0.0)

    assert client.listdir("/") == ["archief", "in", "uit"]
    monkeypatch.undo()

    eventually(lambda: first != transport_of(client).H)
    assert client.listdir("/") == ["archief", "in", "uit"]
    transport_of(client).close()


def test_h13_a_client_that_does_not_go_along_is_let_go(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "_KEYS_TAKE_S", 0.5)
    raw = drop.raw()
    raw.transport._handler_table[MSG_KEXINIT] = lambda message: None
    monkeypatch.setattr(Packets, "rekey_s", 0.0)

    def goes_on() -> bool:
        say(raw.transport, b"\x02\x00\x00\x00\x01x")
        return not raw.transport.is_active()

    eventually(goes_on)


def deaf(transport: Any) -> threading.Event:
    """The client reads its socket no more, until it may."""
    may = threading.Event()
    read = transport.packetizer.read_message

    def wait() -> object:
        may.wait(30)
        return read()

    transport.packetizer.read_message = wait
    return may


def test_h14_who_asks_for_a_gigabyte_and_reads_nothing_costs_little(tmp_path: Path) -> None:
    with drop_process(tmp_path) as (drop, process):
        path = drop.place("f_1.json", bytes(8 * MEBIBYTE))
        raw = drop.raw(window=0x7FFFFFFF)
        handle = raw.open(path)
        before = resident(process.pid)
        may = deaf(raw.transport)
        raw.send(packet(Kind.STAT, u32(1), string(b"/")))  # the answer is the last that is read
        asks = b"".join(
            packet(Kind.READ, u32(n), string(handle), u64(n * 1_000), u32(261_120))
            for n in range(4_096)
        )
        raw.send(asks)
        threading.Event().wait(1)

        assert resident(process.pid) - before < 8 * MEBIBYTE
        assert drop.client().listdir("/") == ["archief", "in", "uit"]
        may.set()


def test_h15_a_frozen_client_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visitor_module, "_PATIENCE", struct.pack("ll", 0, 100_000))
    drop = Drop(tmp_path, Limits(keepalive_s=0.3, keepalives=3))
    try:
        frozen, lively = drop.raw(), drop.client()
        may = deaf(frozen.transport)
        frozen.send(packet(Kind.STAT, u32(1), string(b"/")))
        inside = drop.server._visitors

        eventually(lambda: len(inside()) == 1)

        assert lively.listdir("/") == ["archief", "in", "uit"]
        may.set()
        transport_of(lively).close()
    finally:
        drop.stop()


def test_h15_a_client_that_answers_and_does_nothing_is_let_go_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visitor_module, "_PATIENCE", struct.pack("ll", 0, 100_000))
    drop = Drop(tmp_path, Limits(keepalive_s=0.2, idle_s=3.0))
    try:
        idle, busy = drop.client(), drop.client()
        until = time.monotonic() + 40
        while transport_of(idle).is_active() and time.monotonic() < until:
            assert busy.listdir("/") == ["archief", "in", "uit"]
            threading.Event().wait(0.2)

        assert not transport_of(idle).is_active()
        assert transport_of(busy).is_active()
        transport_of(busy).close()
    finally:
        drop.stop()


def test_h16_a_session_ends_with_its_credential_and_is_told_why(drop: Drop) -> None:
    """Within a second, also in the middle of a download; the watch looks four times a second."""
    drop.place("f_1.json", bytes(4 * MEBIBYTE))
    raw = drop.raw()
    handle = raw.open(f"/uit/{FLOW}/f_1.json", READ)
    assert raw.ask(Kind.READ, string(handle), u64(0), u32(10))[0] is Kind.DATA

    drop.desk.revoked.add(USER)

    eventually(lambda: not raw.transport.is_active())  # else the keep-alive would, after minutes
    eventually(lambda: len(drop.desk.transfers) == 1)
    assert drop.desk.read == []


def test_a_session_can_be_ended_from_its_first_moment_on(
    drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends it waits for its thread, which may be about to start just then."""
    start = visitor_module.Visitor.start
    endings: list[Future[None]] = []

    def late(visitor: visitor_module.Visitor) -> None:
        ending = hand.submit(drop.server.end_sessions, lambda account: account.user == USER)
        endings.append(ending)
        wait([ending], 0.5)
        start(visitor)

    with ThreadPoolExecutor(1) as hand, monkeypatch.context() as patch:
        patch.setattr(visitor_module.Visitor, "start", late)
        with contextlib.suppress(EOFError, OSError, paramiko.SSHException):
            drop.raw()
        endings[0].result(30)

    eventually(lambda: drop.server._visits() == [])


def test_what_sessions_had_open_is_given_back(drop: Drop) -> None:
    """After many sessions that ended in every way there are no more threads and files than before."""

    def use(how: int) -> None:
        raw: RawSftp = drop.raw()
        raw.open(drop.place("f_1.json", b"x" * 100_000))
        if how == 0:
            raw.transport.sock.shutdown(2)
        elif how == 1:
            say(raw.transport, b"\x5e" + u32(99) + u32(1) + b"x")
        raw.transport.close()

    use(0)
    eventually(lambda: not drop.server._visitors() or not drop.server._visitors()[0].is_alive())
    descriptors, threads = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for turn in range(30):
        use(turn % 3)

    def is_back() -> bool:
        now = len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
        return now[0] <= descriptors + 4 and now[1] <= threads + 1

    eventually(is_back)
    assert drop.server._house.files.count == 0


def test_a_session_that_waits_costs_nothing(tmp_path: Path) -> None:
    """It stays awake for a moment after a quick request, and not for longer."""
    with drop_process(tmp_path) as (drop, process):
        client = drop.client()
        for _ in range(50):
            client.stat("/")
        before = processor_time(process.pid)
        threading.Event().wait(1.5)

        assert processor_time(process.pid) - before < 0.3
