"""An FTPS door with a few accounts, certificates that lead to its root, and clients to use on it."""

import contextlib
import ftplib
import io
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from gateway.adapters.clock import WallClock
from gateway.adapters.drop_secrets import PasswordBook
from gateway.adapters.ids import SeededSecrets
from gateway.contracts.drop import FTPS, DropAccount, Factor
from gateway.simulation.accounts import callers
from gateway.simulation.authority import TestAuthority
from gateway.simulation.keyring import Keyring, private_pem, write_secret
from gateway.web.tls import furnish, server_context
from sftp_drop.ftps.server import FtpsServer
from sftp_drop.house import House
from sftp_drop.limits import Limits
from tests.drop import FLOW, TYPIST, USER, RecordingDesk

IN, OUT = f"/in/{FLOW}", f"/uit/{FLOW}"
LONG_AGO, LONG_OVER = datetime(2021, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
"""When the clients' certificates are valid: at no instant of this machine's time."""
WITHIN_S = 30.0


class CertifiedDesk(RecordingDesk):
    """A gate that asks for certificate and password."""

    def __init__(self, folder: Path, keys: Keyring) -> None:
        super().__init__(folder, keys)
        factors = Factor.CERTIFICATE, Factor.PASSWORD
        self.accounts = {
            user: replace(self.accounts[user], factors=factors, door=FTPS)
            for user in (USER, TYPIST)
        }
        self.passwords = PasswordBook(
            {user: partial(keys.password, user) for user in self.accounts}, keys.salt
        )
        self.certificates: dict[str, bytes] = {}

    def account_for_certificate(self, user: str, certificate: bytes, /) -> DropAccount | None:
        is_right = self.certificates.get(user) == certificate and user not in self.revoked
        return self.accounts.get(user) if is_right else None


class FtpsDrop:
    """A server with two accounts, and stock clients to use on it."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self.folder = folder
        self.keys = Keyring(SeededSecrets(b"f" * 32))
        self.desk = CertifiedDesk(folder, self.keys)
        self.store = self.desk.store
        self.root = Path(self.store.root_of(USER))
        self.authority = TestAuthority(self.keys, "test")
        self.ca = folder / "ca.pem"
        self.ca.write_text(self.authority.root_pem)
        self._issue()
        self.house = House(self.desk, limits)
        self.server = FtpsServer(self.desk, self.house, self._context())
        self.port = self.server.start()
        self._clients: list[ftplib.FTP] = []

    def stop(self) -> None:
        """End the clients' connections and the server."""
        for client in self._clients:
            client.close()
        self.server.stop()

    def place(self, name: str, content: bytes) -> str:
        """Put a file in the account's folder to collect it from; its path for clients."""
        self.store.place(USER, OUT, name, content)
        return f"{OUT}/{name}"

    def password(self, user: str = USER) -> str:
        """The account's password."""
        return self.keys.password(user)

    def paper(self, user: str = USER) -> tuple[Path, Path]:
        """The files of an account's certificate and key."""
        return self.folder / f"{user}.crt.pem", self.folder / f"{user}.pem"

    def tls(self, user: str | None = USER) -> ssl.SSLContext:
        """What a client of Python trusts and shows."""
        context = ssl.create_default_context(cafile=str(self.ca))
        if user is not None:
            context.load_cert_chain(*self.paper(user))
        return context

    def stranger(self, user: str | None = USER, source: str = "127.0.0.1") -> ftplib.FTP_TLS:
        """Somebody who shook hands, and did not log in."""
        client = ftplib.FTP_TLS(context=self.tls(user))
        self._clients.append(client)
        client.connect("127.0.0.1", self.port, timeout=WITHIN_S, source_address=(source, 0))
        client.auth()
        return client

    def client(self, user: str = USER) -> ftplib.FTP_TLS:
        """Somebody who logged in."""
        client = self.stranger(user)
        client.login(user, self.password(user))
        client.prot_p()
        return client

    @contextlib.contextmanager
    def line(self) -> Iterator[socket.socket]:
        """A bare connection, its greeting read."""
        with socket.create_connection(("127.0.0.1", self.port), WITHIN_S) as plain:
            answer(plain)
            yield plain

    def run(self, *command: str | Path) -> "subprocess.CompletedProcess[str]":
        """Run a program in the folder of the clients."""
        return subprocess.run(
            [str(one) for one in command], capture_output=True, text=True, timeout=50, check=False,
            cwd=self.folder, env=os.environ | {"HOME": str(self.folder), "LC_ALL": "C"},
        )  # fmt: skip

    def curl(self, *more: str | Path, user: str = USER) -> "subprocess.CompletedProcess[str]":
        """Run curl, which insists on TLS."""
        certificate, key = self.paper(user)
        return self.run(
            "curl", "-sS", "--ssl-reqd", "--cacert", self.ca, "--cert", certificate, "--key", key,
            "-u", f"{user}:{self.password(user)}", "--max-time", "40", *more,
        )  # fmt: skip

    def url(self, path: str) -> str:
        """Where a path is for curl."""
        return f"ftp://127.0.0.1:{self.port}{path}"

    def lftp(self, *lines: str) -> "subprocess.CompletedProcess[str]":
        """Run lftp, which insists on TLS."""
        certificate, key = self.paper()
        script = [
            "set cmd:fail-exit yes", "set net:max-retries 1", "set net:timeout 20",
            "set ftp:ssl-force yes", "set ftp:ssl-protect-data yes", f"set ssl:ca-file {self.ca}",
            f"set ssl:cert-file {certificate}", f"set ssl:key-file {key}",
            f"open -u {USER},{self.password()} ftp://127.0.0.1:{self.port}", *lines,
        ]  # fmt: skip
        return self.run("lftp", "--norc", "-c", "; ".join(script))

    def _issue(self) -> None:
        known = callers()
        for user in self.desk.accounts:
            key = self.keys.client_key(user)
            made = self.authority.client(known[user], user, (LONG_AGO, LONG_OVER), key.public_key())
            self.desk.certificates[user] = made.public_bytes(Encoding.DER)
            own = made.public_bytes(Encoding.PEM).decode() + self.authority.issuing_pem
            certificate, secret = self.paper(user)
            certificate.write_text(own)
            write_secret(secret, private_pem(key))

    def _context(self) -> ssl.SSLContext:
        made, key = self.authority.server(WallClock().now())
        own = made.public_bytes(Encoding.PEM).decode() + self.authority.issuing_pem
        chain = write_secret(self.folder / "server.crt.pem", own.encode())
        secret = write_secret(self.folder / "server.pem", private_pem(key))
        context = server_context()
        context.num_tickets = 0
        furnish(context, chain, secret, self.authority.root_pem, None)
        return context


def put(client: ftplib.FTP, path: str, content: bytes, rest: int | None = None) -> None:
    """Upload a file."""
    client.storbinary(f"STOR {path}", io.BytesIO(content), rest=rest)


def get(client: ftplib.FTP, path: str, rest: int | None = None) -> bytes:
    """Download a file."""
    got = io.BytesIO()
    client.retrbinary(f"RETR {path}", got.write, rest=rest)
    return got.getvalue()


def answer(line: socket.socket) -> str:
    """One answer, whole; empty where the server hung up."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while not received.endswith(b"\r\n") or received.splitlines()[-1][3:4] == b"-":
            more = line.recv(4_096)
            if not more:
                break
            received += more
    return received.decode()
