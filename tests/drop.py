"""A drop server with a few accounts and a desk that writes down what it is told, and clients to use on it."""

import contextlib
import io
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paramiko

from gateway.adapters.drop_secrets import OneTimeCodes, PasswordBook, code_at
from gateway.adapters.ids import SeededSecrets
from gateway.contracts.drop import (
    CompletedUpload,
    DropAccount,
    Factor,
    Folder,
    Outcome,
    Transfer,
    Verb,
    Visit,
)
from gateway.contracts.faults import LogUnavailable
from gateway.simulation.keyring import Keyring
from sftp_drop.drop_store import DropStore
from sftp_drop.house import House
from sftp_drop.limits import Limits
from sftp_drop.server import DropServer
from tests.raw_sftp import RawSftp

FLOW = "jobbonusplus-mutaties"
USER, TYPIST, STAFF = "wewis", "zele-financien", "vutg"
SEE = frozenset({Verb.LIST, Verb.READ})
FOLDERS = (
    Folder(f"/in/{FLOW}", frozenset({Verb.LIST, Verb.UPLOAD})),
    Folder(f"/in/{FLOW}/verwerkt", SEE),
    Folder(f"/uit/{FLOW}", SEE),
    Folder("/archief", SEE | {Verb.ARCHIVE}),
)
STEP = 57_000_000


class RecordingDesk:
    """A gate and a desk that know three accounts and write down what they are told."""

    def __init__(self, folder: Path, keys: Keyring) -> None:
        self.keys = keys
        self.store = DropStore(folder / "drop")
        self.accounts = {
            USER: self.account(USER, Factor.KEY),
            TYPIST: self.account(TYPIST, Factor.PASSWORD),
            STAFF: self.account(STAFF, Factor.KEY, Factor.CODE),
        }
        self.passwords = PasswordBook({TYPIST: lambda: keys.password(TYPIST)}, keys.salt)
        self.now = STEP * 30.0
        codes = {STAFF: keys.totp_secret(STAFF)}
        self.codes = OneTimeCodes(codes, folder / "used.json", lambda: self.now)
        self.revoked: set[str] = set()
        self.visits: list[Visit] = []
        self.refused: list[str] = []
        self.factors: list[tuple[str, Factor, bool]] = []
        self.transfers: list[Transfer] = []
        self.uploads: list[str] = []
        self.archived: list[str] = []
        self.why_not: str | None = None
        self.wrong_door: str | None = None
        self.is_log_there = True
        self.takes_away = False

    def account(self, user: str, *factors: Factor) -> DropAccount:
        self.store.prepare(user, (one.path for one in FOLDERS))
        return DropAccount(user, user, self.store.root_of(user), FOLDERS, factors)

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        account = self.accounts.get(user)
        is_right = account and Factor.KEY in account.factors and user not in self.revoked
        return account if is_right and key == self.keys.ssh_public_blob(user) else None

    def account_for_certificate(self, user: str, certificate: bytes, /) -> DropAccount | None:
        return None

    def account_for_password(self, user: str, password: str, /) -> DropAccount | None:
        return self.accounts[user] if self.passwords.is_right(user, password) else None

    def require_log(self, account: DropAccount | None = None, /) -> None:
        if not self.is_log_there:
            raise LogUnavailable

    def take_code(self, account: DropAccount, code: str, /) -> bool:
        return self.codes.take(account.user, code)

    def logged_in(self, visit: Visit, door: str, /) -> None:
        self.require_log()
        self.visits.append(visit)

    def still_stands(self, visit: Visit, /) -> bool:
        return visit.account.user not in self.revoked

    def login_refused(self, user: str, factor: Factor, door: str, /, *, locked: bool) -> None:
        self.refused.append(user)
        self.factors.append((user, factor, locked))

    def refuse_door(self, account: DropAccount, path: str, /) -> str | None:
        return self.wrong_door

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        return self.why_not

    def transferred(self, account: DropAccount, transfer: Transfer, /) -> None:
        self.transfers.append(transfer)

    def uploaded(self, upload: CompletedUpload, /) -> None:
        self.uploads.append(upload.name)
        if self.takes_away:
            self.store.move_upload(upload, "verwerkt")

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        self.archived.append(name)

    @property
    def read(self) -> list[str]:
        """What was read to its end."""
        down = [one for one in self.transfers if not one.is_upload]
        return [one.path for one in down if one.outcome is Outcome.COMPLETE]


Answer = Callable[[str, str, list[tuple[str, bool]]], list[str]]


class Drop:
    """A server with three accounts, its store, and stock clients to use on it."""

    def __init__(self, folder: Path, limits: Limits, port: int | None = None) -> None:
        self.folder = folder
        self.keys = Keyring(SeededSecrets(b"k" * 32))
        self.desk = RecordingDesk(folder, self.keys)
        self.store = self.desk.store
        self.root = Path(self.store.root_of(USER))
        host_key = self.keys.ssh_private("host")
        self.server = DropServer(self.desk, House(self.desk, limits), host_key)
        self.port = self.server.start() if port is None else port
        self.key = self.keys.write_ssh_key(USER, folder / "keys")
        self._connections: list[socket.socket] = []

    def stop(self) -> None:
        """End the clients' connections and the server."""
        for connection in self._connections:
            connection.close()
        self.server.stop()

    @classmethod
    def of(cls, folder: Path, port: int) -> "Drop":
        """The clients' side of a server that runs in another process on this folder."""
        return cls(folder, Limits(), port)

    def place(self, name: str, content: bytes) -> str:
        """Put a file in the account's folder to collect it from; its path for clients."""
        self.store.place(USER, f"/uit/{FLOW}", name, content)
        return f"/uit/{FLOW}/{name}"

    def raw(self, window: int | None = None) -> RawSftp:
        """A session of bare requests."""
        transport = self.transport()
        transport.auth_publickey(USER, self.private(USER))
        return RawSftp(transport, window)

    def options(self, key: Path | None = None) -> list[str]:
        """What OpenSSH's clients are told."""
        return [
            "-i", str(key or self.key), "-F", "none",
            "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
        ]  # fmt: skip

    def sftp(self, *lines: str, user: str = USER, key: Path | None = None) -> "subprocess.CompletedProcess[str]":  # fmt: skip
        """Run a batch in OpenSSH's own client."""
        command = ["sftp", "-b", "-", "-P", str(self.port), *self.options(key), f"{user}@127.0.0.1"]
        return subprocess.run(
            command, input="\n".join(lines), text=True, capture_output=True, timeout=40, check=False
        )

    def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A bare connection, from an address of one's own."""
        made = socket.create_connection(("127.0.0.1", self.port), 30, source_address=(source, 0))
        self._connections.append(made)
        return made

    def transport(self, source: str = "127.0.0.1") -> paramiko.Transport:
        """A connection that shook hands and did not log in."""
        transport = paramiko.Transport(self.connect(source))
        transport.start_client(timeout=30)
        return transport

    def private(self, user: str) -> paramiko.PKey:
        """The private key of an account."""
        return paramiko.Ed25519Key.from_private_key(io.StringIO(self.keys.ssh_private(user)))

    def client(self) -> paramiko.SFTPClient:
        """A client that logged in by key."""
        transport = self.transport()
        transport.auth_publickey(USER, self.private(USER))
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        return client

    def code(self, early: int = 0) -> str:
        """The one-time code of this or an earlier step."""
        step = int(self.desk.now) // 30 - early
        return code_at(self.keys.totp_secret(STAFF), step)

    def local(self, content: bytes, name: str = "local.json") -> Path:
        """A file on the client's side."""
        path = self.folder / name
        path.write_bytes(content)
        return path


def transport_of(client: paramiko.SFTPClient) -> Any:
    """The transport under a client; much of it is used that the stubs leave out."""
    channel = client.get_channel()
    assert channel is not None
    return channel.get_transport()


def say(transport: paramiko.Transport, payload: bytes) -> None:
    """Send a message as it is; a server that hung up before is no surprise here."""
    with contextlib.suppress(EOFError, OSError):
        transport._send_message(paramiko.Message(payload))  # type: ignore[attr-defined]  # no public way


def answering(*codes: str) -> Answer:
    """Answers questions with these, whatever they are."""
    return lambda title, instructions, fields: list(codes)[: len(fields)]
