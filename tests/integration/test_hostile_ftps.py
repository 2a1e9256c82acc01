"""Hostile test 32: the FTPS door against those who talk in plain text, send elsewhere, escape, flood and wait."""

import contextlib
import ftplib
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # it has no types
import pytest

from gateway.contracts.drop import Factor
from sftp_drop.ftps.control import Guest
from sftp_drop.limits import Limits
from tests.drop import TYPIST, USER
from tests.ftps import IN, OUT, WITHIN_S, FtpsDrop, answer, get, put
from tests.hostile_paths import NAMES, PATHS, everything, plant
from tests.waiting import eventually

MEBIBYTE = 1 << 20


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[FtpsDrop]:
    running = FtpsDrop(tmp_path, Limits(greeting_s=5.0, login_s=20.0))
    yield running
    running.stop()


def say(client: ftplib.FTP, line: bytes) -> str:
    """Send bytes as a command; the answer."""
    assert client.sock is not None
    client.sock.sendall(line + b"\r\n")
    return client.getmultiline()


def port_of(reply: str) -> int:
    """The port of a 227."""
    high, low = reply.partition("(")[2].partition(")")[0].split(",")[4:]
    return int(high) * 256 + int(low)


def hung_up(line: socket.socket) -> bool:
    """Whether the server ends a connection in time, whatever it still says."""
    line.settimeout(WITHIN_S)
    with contextlib.suppress(ConnectionError):
        while line.recv(65_536):
            pass
    return True


def letter_by_letter(line: socket.socket) -> None:
    """Write as slowly as one can, until the server had enough."""
    with contextlib.suppress(OSError):
        for _ in range(600):
            line.sendall(b"x")
            threading.Event().wait(0.05)


def guests(drop: FtpsDrop) -> list[Guest]:
    return list(drop.server._anteroom)


def listening() -> int:
    """How many ports this process has open for others."""
    found = psutil.Process().net_connections("tcp")
    return sum(one.status == psutil.CONN_LISTEN for one in found)


@pytest.mark.parametrize("command", [b"USER wewis", b"PASS secret"])
def test_h32_nothing_is_shown_in_plain_text(drop: FtpsDrop, command: bytes) -> None:
    with drop.line() as line:
        line.sendall(command + b"\r\n")
        assert answer(line).startswith("530 say AUTH TLS")
        assert hung_up(line)

    user = USER if command.startswith(b"USER") else ""
    assert drop.desk.factors == [(user, Factor.CERTIFICATE, False)]


@pytest.mark.parametrize("command", [b"LIST /", b"PASV", b"RETR /x", b"STAT /", b"SITE CHMOD 1 /x"])
def test_h32_and_nothing_is_served_in_plain_text(drop: FtpsDrop, command: bytes) -> None:
    with drop.line() as line:
        line.sendall(command + b"\r\n")
        assert answer(line).startswith("530")


def test_h32_data_is_never_in_plain_text(drop: FtpsDrop) -> None:
    client = drop.client()
    assert say(client, b"PROT C").startswith("534")
    assert say(client, b"PROT S").startswith("534")
    unprotected = drop.stranger()
    unprotected.login(USER, drop.password())

    for command in (b"PASV", b"EPSV"):
        assert say(unprotected, command).startswith("522")
    assert say(unprotected, b"LIST /").startswith("425")


def test_h32_a_data_connection_without_a_handshake_hears_nothing(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(keepalive_s=0.5, keepalives=2))
    try:
        path = drop.place("f_1.json", b"SECRET" * 1_000)
        client = drop.client()
        port = port_of(say(client, b"PASV"))
        with socket.create_connection(("127.0.0.1", port), WITHIN_S) as data:
            assert say(client, f"RETR {path}".encode())[:3] in {"125", "150"}
            heard = b""
            with contextlib.suppress(ConnectionError):
                while more := data.recv(65_536):
                    heard += more
        assert heard == b""
        assert drop.desk.read == []
    finally:
        drop.stop()


@pytest.mark.parametrize("holder", [TYPIST, None])
def test_h32_a_data_connection_is_of_whoever_logged_in(drop: FtpsDrop, holder: str | None) -> None:
    path = drop.place("f_1.json", b"SECRET" * 1_000)
    client = drop.client()
    port = port_of(say(client, b"PASV"))

    with socket.create_connection(("127.0.0.1", port), WITHIN_S) as plain:
        assert say(client, f"RETR {path}".encode())[:3] in {"125", "150"}
        with drop.tls(holder).wrap_socket(plain, server_hostname="127.0.0.1") as data:
            heard = b""
            with contextlib.suppress(OSError):
                heard = data.recv(65_536)

    assert heard == b""
    assert client.getmultiline().startswith("522 this connection does not show the certificate")
    assert drop.desk.read == []
    assert get(client, path) == b"SECRET" * 1_000


@pytest.mark.parametrize("when", ["before", "after"])
def test_h32_what_is_slipped_in_behind_auth_is_not_executed(drop: FtpsDrop, when: str) -> None:
    with drop.line() as line:
        if when == "before":
            line.sendall(b"AUTH TLS\r\nFEAT\r\nUSER wewis\r\n")
            assert answer(line).startswith("421 nothing follows AUTH")
        else:
            line.sendall(b"AUTH TLS\r\n")
            assert answer(line).startswith("234")
            line.sendall(b"FEAT\r\nUSER wewis\r\n" + b"\x00" * 64)
        line.settimeout(WITHIN_S)
        rest = b""
        with contextlib.suppress(ConnectionError):
            while more := line.recv(4_096):
                rest += more

    assert b"211" not in rest
    assert b"331" not in rest


@pytest.mark.parametrize(
    "command",
    [
        b"PORT 127,0,0,2,%d,%d",
        b"PORT 127,0,0,1,%d,%d",
        b"EPRT |1|127.0.0.1|%d%d|",
        b"PORT x",
        b"EPRT",
    ],
)
def test_h32_nobody_is_called(drop: FtpsDrop, command: bytes) -> None:
    client = drop.client()
    with socket.create_server(("127.0.0.1", 0)) as victim:
        high, low = divmod(victim.getsockname()[1], 256)
        full = command % (high, low) if b"%d" in command else command
        assert say(client, full).startswith("501")
        assert say(client, b"LIST /").startswith("425")
        victim.settimeout(0.2)
        with pytest.raises(TimeoutError):
            victim.accept()


def test_h32_data_from_another_address_is_turned_away(drop: FtpsDrop) -> None:
    drop.place("f_1.json", b"hello")
    client = drop.client()
    port = port_of(say(client, b"PASV"))

    with socket.create_connection(
        ("127.0.0.1", port), WITHIN_S, source_address=("127.0.0.2", 0)
    ) as other:
        assert client.getmultiline().startswith("425")
        assert hung_up(other)

    with socket.create_connection(("127.0.0.1", port), WITHIN_S) as plain:
        assert say(client, f"NLST {OUT}".encode())[:3] in {"125", "150"}
        with drop.tls().wrap_socket(plain, server_hostname="127.0.0.1") as data:
            assert data.recv(100) == b"f_1.json\r\n"


def test_h32_a_session_has_one_data_port(drop: FtpsDrop) -> None:
    client = drop.client()
    before = listening()

    ports = {port_of(say(client, b"PASV")) for _ in range(200)}

    assert len(ports) > 1
    assert listening() <= before + 1
    client.close()
    eventually(lambda: listening() <= before, WITHIN_S)


def test_h32_a_transfer_whose_data_never_comes_is_given_up(drop: FtpsDrop) -> None:
    path = drop.place("f_1.json", b"hello")
    client = drop.client()
    for _ in range(100):  # more than a session may have open
        say(client, b"PASV")
        assert say(client, f"RETR {path}".encode()).startswith("150")

    assert drop.house.files.count <= 1
    assert client.nlst(OUT) == ["f_1.json"]


def test_h32_no_other_name_and_no_other_path_reaches_the_file_system(drop: FtpsDrop) -> None:
    client = drop.client()
    say(client, b"PASV")
    before = everything(drop.folder)
    paths = [f"{folder}/".encode() + name for name in NAMES for folder in (IN, OUT, "/archief")]

    for path in [*paths, *(one for one in PATHS if len(one) < 2_000)]:
        for verb in (b"STOR", b"APPE", b"RETR", b"DELE", b"MKD", b"RNFR", b"CWD", b"SIZE", b"MDTM"):
            is_folder = path.rstrip(b"/").endswith(
                (b".", IN.encode(), OUT.encode(), b"archief", b"/in")
            )
            if (verb in {b"CWD", b"RNFR"} and is_folder) or path == b"":
                continue  # a folder may be looked at
            said = say(client, verb + b" " + path)
            assert said[:1] == "5", (verb, path, said)

    assert everything(drop.folder) == before
    assert client.nlst(OUT) == []


def test_h32_dots_never_climb_above_the_top(drop: FtpsDrop) -> None:
    client = drop.client()
    for path in ("..", "/../..", "/in/../..", "../../uit/.."):
        client.cwd(path)
        assert client.pwd() == "/"


def test_h32_what_is_no_plain_file_is_not_there(drop: FtpsDrop) -> None:
    planted = plant(drop.root / OUT[1:], drop.folder)
    client = drop.client()
    say(client, b"PASV")

    for name in planted:
        for verb in ("RETR", "SIZE", "MDTM", "RNFR", "MLST"):
            assert say(client, f"{verb} {OUT}/{name}".encode()).startswith("5"), (verb, name)
    assert client.nlst(OUT) == []
    assert everything(drop.root / "archief") == set()


def test_h32_a_folder_that_is_swapped_for_a_link_leads_nowhere(drop: FtpsDrop) -> None:
    outside = drop.folder / "outside"
    outside.mkdir()
    (outside / "f_1.json").write_text("SECRET")
    out = drop.root / OUT[1:]
    out.rmdir()
    out.symlink_to(outside)
    client = drop.client()
    say(client, b"PASV")

    assert say(client, f"RETR {OUT}/f_1.json".encode()).startswith("550")
    assert say(client, f"NLST {OUT}".encode()).startswith("550")
    assert say(client, f"SIZE {OUT}/f_1.json".encode()).startswith("550")


@pytest.mark.parametrize("secure", [False, True])
def test_h32_a_line_without_an_end_is_cut(drop: FtpsDrop, *, secure: bool) -> None:
    before = psutil.Process().memory_info().rss
    with contextlib.ExitStack() as stack:
        line = drop.stranger().sock if secure else stack.enter_context(drop.line())
        assert line is not None
        line.settimeout(WITHIN_S)
        with contextlib.suppress(OSError):
            for _ in range(8 * 16):
                line.sendall(b"x" * 65_536)
        with contextlib.suppress(OSError):
            assert hung_up(line)
    eventually(lambda: guests(drop) == [], WITHIN_S)

    assert psutil.Process().memory_info().rss - before < 16 * MEBIBYTE
    assert drop.client().nlst("/") != []


def test_h32_a_line_letter_by_letter_is_cut_in_time(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(greeting_s=0.5))
    try:
        with drop.line() as line:
            writing = threading.Thread(target=letter_by_letter, args=(line,))
            writing.start()
            eventually(lambda: guests(drop) == [], WITHIN_S)
            writing.join(WITHIN_S)
            assert not writing.is_alive()
    finally:
        drop.stop()


@pytest.mark.parametrize(
    "command", [b"NO\x00OP", b"NOOP\x1b", b"\xff\xf4\xff\xf2NOOP\x07", b"RETR a\nb", b"USER a\rb"]
)
def test_h32_control_characters_are_no_commands(drop: FtpsDrop, command: bytes) -> None:
    client = drop.client()

    assert say(client, command).startswith("501 a command has no control characters")
    assert client.nlst("/") != []


def test_h32_unknown_and_broken_commands_are_answered(drop: FtpsDrop) -> None:
    client = drop.client()
    for line in (b"", b" ", b"XYZZY", b"\xff\xfe\xfd", b"REST -1", b"REST x", b"OPTS a b c", b"TYPE E",
                 b"MODE B", b"STRU R", b"AUTH TLS", b"AUTH GSSAPI", b"RNTO /x", b"SITE EXEC id", b"MFMT x",
                 b"CCC", b"ACCT x", b"PASS x"):  # fmt: skip
        assert say(client, line)[:1] in {"4", "5"}, line

    put(client, f"{IN}/a.json", b"[]")
    assert drop.desk.uploads == ["a.json"]


def test_h32_who_asks_and_does_not_read_is_cut(drop: FtpsDrop) -> None:
    client = drop.client()
    assert client.sock is not None
    client.sock.settimeout(WITHIN_S)
    before = psutil.Process().memory_info().rss

    with contextlib.suppress(OSError):
        for _ in range(2_000):
            client.sock.sendall(b"HELP\r\n" * 500)

    eventually(lambda: drop.server._visits() == [], WITHIN_S)
    assert psutil.Process().memory_info().rss - before < 32 * MEBIBYTE


def test_h32_nor_does_talking_without_logging_in_help(drop: FtpsDrop) -> None:
    with drop.line() as line:
        line.sendall(b"NOOP\r\n" * 200)
        assert hung_up(line)
    client = drop.stranger()
    assert client.sock is not None
    client.sock.sendall(b"NOOP\r\n" * 200)
    assert hung_up(client.sock)
    assert drop.desk.visits == []


@pytest.mark.parametrize("hello", [b"\x16\x03\x01" + b"\xff" * 400, b"GET / HTTP/1.1\r\n\r\n", b""])
def test_h32_a_broken_handshake_ends_the_connection(tmp_path: Path, hello: bytes) -> None:
    drop = FtpsDrop(tmp_path, Limits(greeting_s=1.0))
    try:
        with drop.line() as line:
            line.sendall(b"AUTH TLS\r\n")
            answer(line)
            line.sendall(hello)
            assert hung_up(line)
        assert drop.desk.factors == []
    finally:
        drop.stop()


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_h32_tls_is_of_two_versions(drop: FtpsDrop, newest: ssl.TLSVersion) -> None:
    context = drop.tls()
    context.maximum_version = newest
    with ftplib.FTP_TLS(context=context) as client:
        client.connect("127.0.0.1", drop.port, timeout=WITHIN_S)
        client.login(USER, drop.password())
        client.prot_p()
        put(client, f"{IN}/a.json", bytes(200_000))

    assert drop.server.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert drop.desk.uploads == ["a.json"]


def test_h32_half_open_connections_stop_nobody_and_are_closed(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(greeting_s=3.0, login_s=30.0))
    threads = threading.active_count()
    try:
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(drop.line()) for _ in range(200)]
            assert threading.active_count() <= threads + 1
            assert drop.client().nlst("/") != []
            eventually(lambda: len(guests(drop)) == 0, WITHIN_S)
            assert all(hung_up(one) for one in silent)
    finally:
        drop.stop()


def test_h32_a_handshake_and_then_silence_is_closed(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(login_s=1.0))
    try:
        quiet = drop.stranger()
        with pytest.raises((ftplib.error_temp, EOFError, OSError)):
            quiet.getresp()
        halfway = drop.stranger()
        with contextlib.suppress(ftplib.Error):
            halfway.login(USER, "wrong")
        with pytest.raises((ftplib.error_temp, EOFError, OSError)):
            halfway.getresp()
    finally:
        drop.stop()


def test_h32_the_oldest_who_did_not_log_in_makes_room(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(half_open=5, connections=8))
    try:
        inside = drop.client()
        with contextlib.ExitStack() as stack:
            flood = [stack.enter_context(drop.line()) for _ in range(20)]
            assert inside.nlst("/") != []
            assert drop.client().nlst("/") != []
            assert all(hung_up(one) for one in flood[:14])
            assert len(guests(drop)) <= 5
    finally:
        drop.stop()


def log_in_all(drop: FtpsDrop, count: int) -> int:
    """Log in so many at once; how many got in and saw their folders."""
    context = drop.tls()

    def visit(_: int) -> bool:
        client = ftplib.FTP_TLS(context=context)
        with client:
            client.connect("127.0.0.1", drop.port, timeout=100)
            client.login(USER, drop.password())
            client.prot_p()
            return client.nlst("/") != []

    with ThreadPoolExecutor(count) as pool:
        return sum(pool.map(visit, range(count)))


def test_h32_twenty_log_ins_at_once_all_get_in(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(login_s=100.0, greeting_s=100.0))
    try:
        assert log_in_all(drop, 20) == 20
        assert len(drop.desk.visits) == 20
    finally:
        drop.stop()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_h32_a_hundred_log_ins_at_once_all_get_in(tmp_path: Path) -> None:
    drop = FtpsDrop(tmp_path, Limits(login_s=100.0, greeting_s=100.0))
    try:
        assert log_in_all(drop, 100) == 100
        assert len(drop.desk.visits) == 100
        eventually(lambda: drop.server._visitors() == [], WITHIN_S)
    finally:
        drop.stop()


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_h32_at_full_length(tmp_path: Path) -> None:
    """Silent ones have the same patience as over SFTP: 15 seconds, and 30 to log in."""
    drop = FtpsDrop(tmp_path, Limits())
    try:
        quiet = drop.stranger()
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(drop.line()) for _ in range(200)]
            assert drop.client().nlst("/") != []
            assert all(hung_up(one) for one in silent)
        assert guests(drop) != []
        with pytest.raises((ftplib.error_temp, EOFError, OSError)):
            quiet.getresp()
    finally:
        drop.stop()
