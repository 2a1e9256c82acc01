"""The drop server against the stock OpenSSH client, other clients, and clients that mean harm."""

import base64
import contextlib
import io
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.ids import SeededSecrets
from gateway.contracts.drop import CompletedUpload, DropAccount, Folder, Verb
from gateway.simulation.keyring import Keyring
from sftp_drop.core import SftpCore
from sftp_drop.drop_store import DropStore
from sftp_drop.server import DropServer, Limits
from sftp_drop.session import DropSession
from sftp_drop.wire import ProtocolBroken
from tests.waiting import eventually

FLOW = "jobbonusplus-mutaties"
SEE = frozenset({Verb.LIST, Verb.READ})
FOLDERS = (
    Folder(f"/in/{FLOW}", frozenset({Verb.LIST, Verb.UPLOAD})),
    Folder(f"/in/{FLOW}/verwerkt", SEE),
    Folder(f"/uit/{FLOW}", SEE),
    Folder("/archief", SEE | {Verb.ARCHIVE}),
)


class RecordingDesk:
    """A desk that knows one account and writes down what it is told."""

    def __init__(self, account: DropAccount, key: bytes) -> None:
        self.account, self.key = account, key
        self.uploads: list[str] = []
        self.archived: list[str] = []
        self.read: list[str] = []
        self.refused: list[str] = []
        self.why_not: str | None = None

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        return self.account if (user, key) == (self.account.user, self.key) else None

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        return self.why_not

    def login_refused(self, user: str, /) -> None:
        self.refused.append(user)

    def uploaded(self, upload: CompletedUpload, /) -> None:
        self.uploads.append(upload.name)

    def collected(self, account: DropAccount, path: str, /) -> None:
        self.read.append(path)

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        self.archived.append(name)


class Drop:
    """A server with one account, its store, and a stock client to use on it."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.keys = Keyring(SeededSecrets(b"k" * 32))
        self.store = DropStore(folder / "drop")
        self.store.prepare("wewis", (one.path for one in FOLDERS))
        account = DropAccount("wewis", "wewis", self.store.root_of("wewis"), FOLDERS)
        self.root = Path(account.root)
        self.desk = RecordingDesk(account, self.keys.ssh_public_blob("wewis"))
        self.server = DropServer(self.desk, self.keys.ssh_private("host"), limits=limits)
        self.port = self.server.start()
        self.key = self.keys.write_ssh_key("wewis", folder / "keys")

    def sftp(self, *lines: str, user: str = "wewis", key: Path | None = None) -> "subprocess.CompletedProcess[str]":  # fmt: skip
        """Run a batch in OpenSSH's own client."""
        command = [
            "sftp", "-b", "-", "-P", str(self.port), "-i", str(key or self.key),
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-F", "none",
            f"{user}@127.0.0.1",
        ]  # fmt: skip
        return subprocess.run(
            command, input="\n".join(lines), text=True, capture_output=True, timeout=40, check=False
        )

    def transport(self) -> paramiko.Transport:
        transport = paramiko.Transport(socket.create_connection(("127.0.0.1", self.port)))
        transport.start_client(timeout=10)
        return transport

    def client(self) -> paramiko.SFTPClient:
        transport = self.transport()
        private = io.StringIO(self.keys.ssh_private("wewis"))
        transport.auth_publickey("wewis", paramiko.Ed25519Key.from_private_key(private))
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        return client

    def local(self, content: bytes, name: str = "local.json") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    running = Drop(tmp_path, Limits(login_s=2.0, upload_bytes=1_000_000, connections=300))
    yield running
    running.server.stop()


@pytest.mark.needs("sftp")
def test_a_stock_client_uploads_by_final_name_and_by_rename(drop: Drop) -> None:
    local = drop.local(b'{"a": 1}')

    done = drop.sftp(
        f"put {local} /in/{FLOW}/a.json",
        f"put {local} /in/{FLOW}/b.json.part",
        f"rename /in/{FLOW}/b.json.part /in/{FLOW}/b.json",
        f"put {local} /in/{FLOW}/.c.json",
        f"rename /in/{FLOW}/.c.json /in/{FLOW}/c.json",
    )

    assert done.returncode == 0, done.stderr
    assert drop.desk.uploads == ["a.json", "b.json", "c.json"]
    assert (drop.root / f"in/{FLOW}/b.json").read_bytes() == b'{"a": 1}'
    assert not list((drop.root / ".staging").iterdir())


@pytest.mark.needs("sftp")
def test_a_stock_client_lists_collects_and_acknowledges(drop: Drop) -> None:
    drop.store.place("wewis", f"/uit/{FLOW}", "f_1.json", b"hello")

    done = drop.sftp(
        "ls -l /",
        f"get /uit/{FLOW}/f_1.json {drop.folder}/got",
        f"rename /uit/{FLOW}/f_1.json /archief/f_1.json",
        "chmod 600 /archief/f_1.json",
        "ls /archief",
    )

    assert done.returncode == 0, done.stderr
    assert (drop.folder / "got").read_bytes() == b"hello"
    assert drop.desk.read == [f"/uit/{FLOW}/f_1.json"]
    assert drop.desk.archived == ["f_1.json"]
    assert "/archief/f_1.json" in done.stdout


@pytest.mark.needs("sftp")
@pytest.mark.parametrize(
    "line",
    [
        "mkdir /in/new",
        f"rmdir /in/{FLOW}",
        f"put LOCAL /in/{FLOW}/x.txt",
        f"put LOCAL /in/{FLOW}/verwerkt/x.json",
        f"put LOCAL /uit/{FLOW}/x.json",
        "put LOCAL /x.json",
        f"put LOCAL /in/{FLOW}/a*b.json",
        f"rename /uit/{FLOW}/f_1.json /archief/other.json",
        f"rm /uit/{FLOW}/f_1.json",
        "get /../../etc/passwd LOCAL.got",
        "get /.staging/x LOCAL.got",
        f"ln -s /etc/passwd /in/{FLOW}/l.json",
        f"ln /uit/{FLOW}/f_1.json /archief/f_1.json",
    ],
)
def test_what_is_not_offered_is_refused(drop: Drop, line: str) -> None:
    drop.store.place("wewis", f"/uit/{FLOW}", "f_1.json", b"hello")
    local = drop.local(b"{}")

    done = drop.sftp(line.replace("LOCAL", str(local)))

    assert done.returncode == 1
    assert drop.desk.uploads == []
    assert drop.desk.archived == []


def test_a_name_with_dots_never_climbs_out(drop: Drop) -> None:
    client = drop.client()

    for path in (f"/in/{FLOW}/../../../../x.json", "/../x.json", f"/in/{FLOW}/..", "//etc/passwd"):
        with pytest.raises(OSError):  # noqa: PT011  which one depends on the path
            client.open(path, "w")
    client.close()

    assert not (drop.folder / "x.json").exists()
    assert drop.desk.uploads == []


def test_a_finished_name_is_taken_until_the_file_is_handled(drop: Drop) -> None:
    client = drop.client()
    client.putfo(io.BytesIO(b"{}"), f"/in/{FLOW}/a.json", confirm=False)

    with pytest.raises(PermissionError):
        client.putfo(io.BytesIO(b"[]"), f"/in/{FLOW}/a.json", confirm=False)

    assert (drop.root / f"in/{FLOW}/a.json").read_bytes() == b"{}"
    client.get_channel().get_transport().close()  # type: ignore[union-attr]  # it has both


def test_a_connection_lost_in_the_middle_leaves_nothing(drop: Drop) -> None:
    client = drop.client()
    handle = client.open(f"/in/{FLOW}/half.json", "w")
    handle.write(b"{" * 50_000)
    handle.flush()
    transport = client.get_channel().get_transport()  # type: ignore[union-attr]  # it has one
    transport.sock.shutdown(socket.SHUT_RDWR)

    eventually(lambda: not list((drop.root / ".staging").iterdir()))

    assert drop.desk.uploads == []
    assert not (drop.root / f"in/{FLOW}/half.json").exists()


def test_an_upload_over_the_limit_is_refused_and_removed(drop: Drop) -> None:
    client = drop.client()
    handle = client.open(f"/in/{FLOW}/big.json", "w")
    handle.write(b"x" * 900_000)

    with pytest.raises(OSError, match="at most 1000000 bytes"):
        handle.write(b"x" * 200_000)
    with pytest.raises(OSError, match="not finished"):
        client._request(paramiko.sftp.CMD_CLOSE, handle.handle)  # type: ignore[attr-defined]  # no public way

    assert drop.desk.uploads == []
    assert not list((drop.root / ".staging").iterdir())
    assert not (drop.root / f"in/{FLOW}/big.json").exists()


@pytest.mark.needs("sftp")
def test_a_client_that_pipelines_cannot_finish_a_cut_upload(drop: Drop) -> None:
    local = drop.local(b"x" * 1_100_000)

    drop.sftp(f"put {local} /in/{FLOW}/big.json")

    assert drop.desk.uploads == []
    assert not (drop.root / f"in/{FLOW}/big.json").exists()


def test_links_pipes_and_devices_in_the_tree_are_never_opened(drop: Drop) -> None:
    secret = drop.folder / "secret.json"
    secret.write_text("secret")
    out = drop.root / f"uit/{FLOW}"
    (out / "link.json").symlink_to(secret)
    os.mkfifo(out / "pipe.json")
    client = drop.client()

    for name in ("link.json", "pipe.json"):
        with pytest.raises(OSError):  # noqa: PT011  either is right
            client.open(f"/uit/{FLOW}/{name}").read()

    assert client.listdir(f"/uit/{FLOW}") == []
    client.get_channel().get_transport().close()  # type: ignore[union-attr]  # it has both


def test_a_folder_swapped_for_a_link_leads_nowhere(drop: Drop) -> None:
    outside = drop.folder / "outside"
    outside.mkdir()
    (outside / "f.json").write_text("secret")
    folder = drop.root / f"uit/{FLOW}"
    folder.rmdir()
    folder.symlink_to(outside)
    client = drop.client()

    with pytest.raises(OSError):  # noqa: PT011  either is right
        client.open(f"/uit/{FLOW}/f.json").read()
    client.get_channel().get_transport().close()  # type: ignore[union-attr]  # it has both


def test_a_suspension_cuts_an_open_download_at_its_next_read(drop: Drop) -> None:
    drop.store.place("wewis", f"/uit/{FLOW}", "f_1.json", b"x" * 500_000)
    client = drop.client()
    handle = client.open(f"/uit/{FLOW}/f_1.json")
    assert handle.read(10) == b"x" * 10

    drop.desk.why_not = "suspended (art. 8)"
    threading.Event().wait(0.15)

    with pytest.raises(PermissionError):
        handle.read(400_000)
    assert drop.desk.read == []
    client.get_channel().get_transport().close()  # type: ignore[union-attr]  # it has both


@pytest.mark.needs("sftp")
def test_a_wrong_key_and_a_wrong_user_are_refused_alike(drop: Drop) -> None:
    other = drop.keys.write_ssh_key("other", drop.folder / "keys")

    key, user = drop.sftp("ls", key=other), drop.sftp("ls", user="nobody")

    assert key.returncode == user.returncode == 255
    assert key.stderr.replace("wewis", "U") == user.stderr.replace("nobody", "U")
    assert set(drop.desk.refused) == {"wewis", "nobody"}


def test_revoking_an_account_cuts_its_live_session(drop: Drop) -> None:
    client = drop.client()

    drop.server.end_sessions("wewis")

    with pytest.raises((EOFError, OSError, paramiko.SSHException)):
        client.listdir("/")


def test_neither_shell_nor_exec_nor_forwarding_is_offered(drop: Drop) -> None:
    client = drop.client()
    transport = client.get_channel().get_transport()  # type: ignore[union-attr]  # it has one
    channel = transport.open_session()

    with pytest.raises(paramiko.SSHException):
        channel.exec_command("id")
    with pytest.raises(paramiko.SSHException):
        transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1))
    transport.close()


def test_only_modern_algorithms_are_offered(drop: Drop) -> None:
    with socket.create_connection(("127.0.0.1", drop.port)) as client:
        client.sendall(b"SSH-2.0-test\r\n")
        client.settimeout(5)
        offered = b""
        while b"hmac" not in offered:
            offered += client.recv(4_096)

    for weak in (b"-cbc", b"3des", b"sha1", b"md5", b"diffie-hellman", b"ssh-rsa", b"ssh-dss"):
        assert weak not in offered


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


def test_a_forged_length_and_an_endless_greeting_are_cut(drop: Drop) -> None:
    with socket.create_connection(("127.0.0.1", drop.port)) as forged:
        forged.sendall(b"SSH-2.0-x\r\n" + (1 << 30).to_bytes(4, "big") + b"x" * 100)
        assert is_closed(forged, 5)
    with socket.create_connection(("127.0.0.1", drop.port)) as endless:
        try:
            for _ in range(2_000):
                endless.sendall(b"x" * 4_096)
        except OSError:
            return
        assert is_closed(endless, 5)


def test_who_does_not_log_in_is_dropped_and_does_not_stop_others(drop: Drop) -> None:
    silent = [socket.create_connection(("127.0.0.1", drop.port)) for _ in range(200)]
    began = time.monotonic()
    client = drop.client()
    took = time.monotonic() - began

    assert client.listdir("/") == ["archief", "in", "uit"]
    assert took < 5
    assert all(is_closed(one, 15) for one in silent[:5])
    for one in silent:
        one.close()
    client.get_channel().get_transport().close()  # type: ignore[union-attr]  # it has both


def test_two_sessions_with_one_name_finish_it_once(drop: Drop) -> None:
    first, second = drop.client(), drop.client()
    one = first.open(f"/in/{FLOW}/a.json", "w")
    two = second.open(f"/in/{FLOW}/a.json", "w")
    one.write(b"1")
    two.write(b"2")
    one.close()
    with contextlib.suppress(OSError):
        two.close()

    assert drop.desk.uploads == ["a.json"]
    assert (drop.root / f"in/{FLOW}/a.json").read_bytes() == b"1"
    for client in (first, second):
        client.get_channel().get_transport().close()  # type: ignore[union-attr]  # it has both


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes_are_answered_or_break_the_protocol_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]
) -> None:
    store = DropStore(tmp_path_factory.getbasetemp() / "fuzz")
    store.prepare("wewis", (one.path for one in FOLDERS))
    account = DropAccount("wewis", "wewis", store.root_of("wewis"), FOLDERS)
    session = DropSession(account, RecordingDesk(account, b""), "1-0", 10_000)
    core = SftpCore(session)
    greeting = b"\x00\x00\x00\x05\x01\x00\x00\x00\x03"

    try:
        for chunk in [greeting, *(len(c).to_bytes(4, "big") + c for c in chunks)]:
            list(core.feed(chunk))
    except ProtocolBroken:
        pass
    finally:
        session.end()


def test_the_host_key_is_the_spaces_own(drop: Drop) -> None:
    transport = drop.transport()

    shown = transport.get_remote_server_key().asbytes()

    assert shown == base64.b64decode(drop.keys.ssh_public("host").split()[1])
    transport.close()
