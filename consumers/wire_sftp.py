"""An SFTP client that an agency can copy: list, fetch, go on with a broken download, acknowledge; the host key pinned."""

import io
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import paramiko

from consumers.closing import Closing

ARCHIVE = "/archief"
_TIMEOUT_S = 30
_CHUNK = 262_144
_KEY_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class Password:
    """A password instead of a key."""

    text: str


@dataclass(frozen=True, slots=True)
class KeyAndCode:
    """A private key in PEM, and after it a one-time code, asked for when it is needed."""

    key: str
    code: Callable[[], str]


Secret = str | Password | KeyAndCode
"""What opens an account: a private key in PEM, or one of the others."""


class SftpClient(Closing):
    """One log-in to the drop server. `host_key` is OpenSSH text."""

    def __init__(self, host: str, port: int, host_key: str, user: str, key: Secret) -> None:
        connection = socket.create_connection((host, port), timeout=_TIMEOUT_S)
        self._transport = paramiko.Transport(connection)
        try:
            self._log_in(host_key, user, key)
            self._sftp = self._session()
        except BaseException:
            self._transport.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def files(self, flow: str) -> Sequence[str]:
        """The data files that wait in `/uit/<flow>`, oldest sequence first."""
        return self._names(f"/uit/{flow}")

    def archived(self, flow: str) -> Sequence[str]:
        """The files of a flow that were acknowledged before and are still there."""
        return [name for name in self._names(ARCHIVE) if name.startswith(f"{flow}_")]

    def fetch(self, flow: str, name: str) -> bytes:
        """The content of a file that waits."""
        return self.read(f"/uit/{flow}/{name}")

    def read(self, path: str) -> bytes:
        """The whole content of a file."""
        return b"".join(self.chunks(path))

    def chunks(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """The content of a file from an offset on.

        Raises:
            FileNotFoundError: it is not there (any more).
            PermissionError: it may not be read now; the text says why.
        """
        with self._sftp.open(path, "rb") as file:
            size = file.stat().st_size or 0
            file.seek(offset)
            file.prefetch(size)
            while chunk := file.read(_CHUNK):
                yield chunk

    def manifest(self, flow: str, name: str) -> str:
        """The signed manifest of a file (compact JWS); it stays where it is."""
        return self.read(f"/uit/{flow}/{name}.manifest.jws").decode()

    def acknowledge(self, flow: str, name: str) -> None:
        """Say that a file was taken over, by renaming it into the archive.

        Raises:
            FileNotFoundError: it is not there; if it was acknowledged before, all is well.
        """
        self._sftp.posix_rename(f"/uit/{flow}/{name}", f"{ARCHIVE}/{name}")

    def upload(self, flow: str, name: str, content: bytes) -> None:
        """Put a file under a temporary name and rename it when it is whole."""
        self._sftp.putfo(io.BytesIO(content), f"/in/{flow}/{name}.part", len(content))
        self._sftp.posix_rename(f"/in/{flow}/{name}.part", f"/in/{flow}/{name}")

    def receipt(self, upload: str) -> bytes:
        """The receipt of an upload, as JSON."""
        return self.read(f"/ontvangstbewijzen/{upload}.ontvangstbewijs.json")

    def _names(self, folder: str) -> Sequence[str]:
        return sorted(name for name in self._sftp.listdir(folder) if name.endswith(".json"))

    def _log_in(self, host_key: str, user: str, secret: Secret) -> None:
        self._transport.start_client(timeout=_TIMEOUT_S)
        if self._transport.get_remote_server_key().get_base64() != host_key.split()[1]:
            raise paramiko.SSHException("the server shows another host key than the one given")
        self._show(user, secret)

    def _session(self) -> paramiko.SFTPClient:
        client = paramiko.SFTPClient.from_transport(self._transport)
        assert client is not None
        channel = client.get_channel()
        assert channel is not None
        channel.settimeout(_TIMEOUT_S)  # a server that says nothing more is gone
        return client

    def _show(self, user: str, secret: Secret) -> None:
        match secret:
            case Password(text):
                self._transport.auth_password(user, text, fallback=False)
            case KeyAndCode(key, code):
                self._transport.auth_publickey(user, private_key(key))
                self._transport.auth_interactive(user, lambda *_: [code()])
            case str(key):
                self._transport.auth_publickey(user, private_key(key))


def private_key(text: str) -> paramiko.PKey:
    """A private key in PEM or OpenSSH text, of any kind.

    Raises:
        paramiko.SSHException: it is none.
    """
    for kind in _KEY_KINDS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise paramiko.SSHException("this is no private key that can be read")
