"""The TLS door under hostile hands: what the handshake lets in, and that nobody stops the others."""

import asyncio
import gc
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop

from consumers.wire_tls import with_certificate
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation import https_door
from gateway.simulation.host import Host
from gateway.simulation.https_door import HttpsDoor
from gateway.simulation.tls_self_test import TlsSelfTestFailed
from gateway.web.client_certificate import TLS
from gateway.web.tls import PeerCertificateProtocol
from tests.running import RunningSpace
from tests.tls import ask, client, client_with, context_of, door, forge
from tests.waiting import eventually


def client_hello(server_name: bytes) -> bytes:
    """A ClientHello of TLS 1.2 with one cipher and this content of the server name extension."""
    extension = b"\x00\x00" + len(server_name).to_bytes(2, "big") + server_name
    body = b"\x03\x03" + b"r" * 32 + b"\x00" + b"\x00\x02\xc0\x2b" + b"\x01\x00"
    body += len(extension).to_bytes(2, "big") + extension
    hello = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(hello).to_bytes(2, "big") + hello


REFUSED_BY_HANDSHAKE = (
    httpx.ConnectError,
    httpx.ReadError,
    httpx.RemoteProtocolError,
    httpx.WriteError,
)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("kind", ["self-signed", "another authority's"])
def test_a_certificate_that_leads_to_no_trusted_root_does_not_get_in(
    shared_space: RunningSpace, tmp_path: Path, kind: str, version: ssl.TLSVersion
) -> None:
    issuer = None if kind == "self-signed" else forge(tmp_path, "elsewhere", ca=True)
    forged = forge(tmp_path, "infino", issuer)
    context = with_certificate(shared_space.ready["ca"], forged.certificate, forged.key)
    context.minimum_version = context.maximum_version = version
    before = len(shared_space.leaves())

    with client_with(shared_space, context) as connection, pytest.raises(REFUSED_BY_HANDSHAKE):
        ask(connection)

    eventually(lambda: len(shared_space.leaves()) > before)
    (entry,) = shared_space.leaves()[before:]
    assert (entry["e"], entry["outcome"]) == ("https.handshake-refused", "refusal")
    assert entry["reasons"] == ["credential-invalid"]
    answers(shared_space)


def answers(space: RunningSpace) -> None:
    """The door still serves an honest caller."""
    with client(space, "infino") as honest:
        assert ask(honest).status_code == 403


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_of_tls_are_spoken_with_forward_secrecy(
    shared_space: RunningSpace, version: ssl.TLSVersion
) -> None:
    context = context_of(shared_space, "infino")
    context.minimum_version = context.maximum_version = version

    with (
        socket.create_connection(door(shared_space), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        name, protocol, _ = secure.cipher() or ("", "", 0)

    assert protocol == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
    assert name.startswith(("ECDHE-", "TLS_"))
    assert "CBC" not in name


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated:DeprecationWarning")
def test_older_versions_and_weak_ciphers_are_not_spoken(shared_space: RunningSpace) -> None:
    old, weak = context_of(shared_space, None), context_of(shared_space, None)
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers("AES128-SHA256:ECDHE-ECDSA-AES128-SHA256")

    for context in (old, weak):
        with client_with(shared_space, context) as connection, pytest.raises(httpx.ConnectError):
            ask(connection)
    answers(shared_space)


@pytest.mark.needs("openssl")
def test_openssl_shows_a_certificate_and_renegotiation_is_refused(
    shared_space: RunningSpace,
) -> None:
    one, (host, port) = shared_space.credential("infino"), door(shared_space)
    command = ["openssl", "s_client", "-connect", f"{host}:{port}", "-CAfile", shared_space.ready["ca"],
               "-cert", one["certificate"], "-cert_chain", one["certificate"],
               "-key", one["private_key"], "-verify_return_error", "-quiet", "-no_ign_eof"]  # fmt: skip
    request = f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    asked = subprocess.run(
        [*command[:-1], "-ign_eof"], input=request, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    renegotiated = subprocess.run(
        [*command[:-2], "-tls1_2"], input="R\n", capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip

    assert asked.stdout.startswith("HTTP/1.1 200")
    assert "RENEGOTIATING" in renegotiated.stdout + renegotiated.stderr
    assert "no renegotiation" in renegotiated.stderr
    answers(shared_space)


def test_plain_http_on_the_tls_door_gets_no_answer_and_no_entry(shared_space: RunningSpace) -> None:
    before = len(shared_space.leaves())

    with socket.create_connection(door(shared_space), timeout=10) as plain:
        plain.sendall(b"POST /soap HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        received = drained(plain)

    assert b"HTTP" not in received
    assert len(shared_space.leaves()) == before
    answers(shared_space)


def drained(connection: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := connection.recv(4096):
            received += chunk
    except ConnectionResetError:
        pass
    return received


@contextmanager
def half_open(space: RunningSpace) -> Iterator[list[socket.socket]]:
    """Two hundred that came, and half of which began to speak; all of them are waited for."""
    with ExitStack() as all_of_them:
        opened = [
            all_of_them.enter_context(socket.create_connection(door(space), timeout=30))
            for _ in range(200)
        ]
        for one in opened[::2]:
            one.sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a ClientHello, and no more
        yield opened


def test_two_hundred_half_open_handshakes_stop_nobody(
    shared_space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https_door, "HANDSHAKE_S", 3_600)
    waiting = shared_space.host._tls._handshakes
    with half_open(shared_space):
        eventually(lambda: len(waiting) == 200)

        answers(shared_space)

        assert len(waiting) == 200
    eventually(lambda: not waiting)


def test_two_hundred_half_open_handshakes_are_ended(
    shared_space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(https_door, "HANDSHAKE_S", 0.5)
    with half_open(shared_space) as opened:
        for one in opened:
            drained(one)  # returns only because the other side ended it


def test_a_host_stops_in_order_with_half_open_handshakes(tmp_path: Path) -> None:
    host = Host(
        Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    )
    space = RunningSpace(host, host.start())
    opened = [socket.create_connection(door(space), timeout=10) for _ in range(5)]

    host.stop()

    assert not host._thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(door(space), timeout=5)
    for one in opened:
        one.close()


async def stop_as_somebody_knocks(door: HttpsDoor, idle: int) -> bytes:
    """What a client gets that came in the very round of the loop in which the door is told to close."""
    serving = asyncio.ensure_future(door.serve(asyncio.Protocol, 10))
    await asyncio.sleep(0.02)
    with socket.create_connection(door.listener.getsockname()[:2], timeout=10) as knocking:
        for _ in range(idle):
            await asyncio.sleep(0)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        door.listener.close()
        return drained(knocking)


@pytest.mark.parametrize("idle", range(6))
def test_whoever_knocks_as_the_door_closes_leaves_no_socket_behind(idle: int) -> None:
    """A socket that is left to the garbage collector is a warning, and a warning fails this test."""

    async def nobody() -> None:
        pytest.fail("nobody showed a certificate")

    received = uvloop.run(stop_as_somebody_knocks(HttpsDoor("127.0.0.1", 0, None, nobody), idle))
    gc.collect()

    assert received == b""


def test_a_host_whose_https_port_is_taken_leaves_no_socket_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = Settings(
            data=tmp_path / "s", http_port=0, https_port=other.getsockname()[1], sftp_port=0,
            clock=DEMO_CLOCK, demo=True,
        )  # fmt: skip
        with pytest.raises(OSError, match="in use"):
            Host(taken)
    gc.collect()


def test_a_chain_beyond_all_measure_is_refused_and_a_long_one_is_passed_over(
    shared_space: RunningSpace, tmp_path: Path
) -> None:
    one = shared_space.credential("infino")
    own = Path(one["certificate"]).read_text()
    stuffing = forge(tmp_path, "stuffing", padding=400).certificate.read_text()
    statuses = {}
    for copies in (3, 60):
        chain = tmp_path / f"{copies}.pem"
        chain.write_text(own + stuffing * copies)
        context = with_certificate(shared_space.ready["ca"], chain, one["private_key"])
        with client_with(shared_space, context) as connection:
            try:
                statuses[copies] = ask(connection).status_code
            except REFUSED_BY_HANDSHAKE:
                statuses[copies] = 0

    assert statuses == {3: 403, 60: 0}
    answers(shared_space)


@pytest.mark.parametrize("name", ["xn--.invalid", "a" * 63 + "." + "b" * 63, "bank.test"])
def test_a_server_name_that_means_nothing_changes_nothing(
    shared_space: RunningSpace, name: str
) -> None:
    context = context_of(shared_space, "infino")
    context.check_hostname = False
    with (
        socket.create_connection(door(shared_space), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert drained(secure).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "junk",
    [
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        client_hello(b"\x00\x05\x00\x00\x02\x00\xff"),
        client_hello(b"\x00\x04\x00\x00\x01\xff"),
        b"\x00" * 500,
        b"\x80\x2e\x01\x00\x02",
    ],
    ids=["cut hello", "server name cut", "server name of one byte", "zeros", "ssl 2"],
)
def test_bytes_that_are_no_handshake_end_the_connection_and_nothing_else(
    shared_space: RunningSpace, junk: bytes
) -> None:
    before = len(shared_space.leaves())
    with socket.create_connection(door(shared_space), timeout=10) as plain:
        plain.sendall(junk)
        plain.shutdown(socket.SHUT_WR)
        drained(plain)

    assert len(shared_space.leaves()) == before
    answers(shared_space)


def test_a_resumed_session_still_shows_who_it_is(shared_space: RunningSpace) -> None:
    context, (host, port) = context_of(shared_space, "infino"), door(shared_space)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # here the ticket comes with the handshake
    request = (
        b"POST /soap HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<x/>"
    )

    def call(session: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool | None]:
        with (
            socket.create_connection((host, port), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost", session=session) as secure,
        ):
            secure.sendall(request)
            drained(secure)
            return secure.session, secure.session_reused

    session, _ = call(None)
    _, resumed = call(session)

    assert resumed is True
    assert [one["credential"] for one in shared_space.leaves()[-2:]] == ["infino", "infino"]


def test_the_scope_of_a_request_holds_the_asgi_tls_extension(shared_space: RunningSpace) -> None:
    seen: list[dict[object, object]] = []
    real = PeerCertificateProtocol.on_message_begin
    context = context_of(shared_space, "infino")

    def watching(self: PeerCertificateProtocol) -> None:
        real(self)
        seen.append(self.scope["extensions"][TLS])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PeerCertificateProtocol, "on_message_begin", watching)
        with client_with(shared_space, context) as connection:
            ask(connection)

    (told,) = seen  # an earlier test's handshake may end late; its request cannot
    chain = told["client_cert_chain"]
    assert isinstance(chain, list)
    assert "".join(chain) == Path(shared_space.credential("infino")["certificate"]).read_text()
    assert told["client_cert_name"] == "CN=infino,O=infino"
    assert (told["tls_version"], told["client_cert_error"]) == (0x0304, None)
    assert told["cipher_suite"] in {0x1301, 0x1302, 0x1303}


def test_a_uvicorn_that_hands_no_certificate_on_keeps_the_space_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade that calls the hook by another name."""
    monkeypatch.delattr(PeerCertificateProtocol, "on_message_begin")
    host = Host(
        Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    )
    try:
        with pytest.raises(TlsSelfTestFailed, match="does not hand client certificates"):
            host.start()
        assert not (tmp_path / "s" / "ready.json").exists()
    finally:
        host.stop()


def test_a_door_that_cannot_be_opened_keeps_the_space_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(self: PeerCertificateProtocol, transport: object) -> None:
        raise AttributeError("moved")

    monkeypatch.setattr(PeerCertificateProtocol, "connection_made", moved)
    monkeypatch.setattr("gateway.simulation.tls_self_test._TIMEOUT_S", 0.5)
    host = Host(
        Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    )
    try:
        with pytest.raises(TlsSelfTestFailed):
            host.start()
    finally:
        host.stop()
        gc.collect()


def test_a_door_that_is_slow_at_first_does_not_keep_the_space_from_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in, shown_out = HttpsDoor._let_in, list[object]()

    def slow(door: HttpsDoor, loop: Any, accepted: socket.socket, protocol: Any) -> None:
        if shown_out:
            let_in(door, loop, accepted, protocol)
        else:
            shown_out.append(accepted.getpeername())
            accepted.close()

    monkeypatch.setattr(HttpsDoor, "_let_in", slow)
    host = Host(
        Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    )
    try:
        answers(RunningSpace(host, host.start()))
    finally:
        host.stop()
    assert len(shown_out) == 1


def test_an_idle_caller_after_its_handshake_costs_the_others_nothing(
    shared_space: RunningSpace,
) -> None:
    context = context_of(shared_space, "infino")
    idle = [
        context.wrap_socket(
            socket.create_connection(door(shared_space), timeout=10), server_hostname="localhost"
        )
        for _ in range(20)
    ]

    answers(shared_space)

    for one in idle:
        one.close()
    eventually(lambda: not busy(shared_space))


def busy(space: RunningSpace) -> bool:
    return bool(space.host._http.server_state.connections)
