"""An SFTP client that an agency can copy: list, fetch, acknowledge, upload; the host key pinned."""

import io
import socket
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import paramiko

_TIMEOUT_S = 30


class SftpClient:
    """One log-in to the drop server. `key` is a private key in PEM, `host_key` OpenSSH text."""

    def __init__(self, host: str, port: int, host_key: str, user: str, key: str) -> None:
        connection = socket.create_connection((host, port), timeout=_TIMEOUT_S)
        self._transport = paramiko.Transport(connection)
        self._transport.start_client(timeout=_TIMEOUT_S)
        if self._transport.get_remote_server_key().get_base64() != host_key.split()[1]:
            self._transport.close()
            raise paramiko.SSHException("the server shows another host key than the one given")
        private = paramiko.Ed25519Key.from_private_key(io.StringIO(key))
        self._transport.auth_publickey(user, private)
        client = paramiko.SFTPClient.from_transport(self._transport)
        assert client is not None
        self._sftp = client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._transport.close()

    def files(self, flow: str) -> Sequence[str]:
        """The data files that wait in `/uit/<flow>`, oldest sequence first."""
        return sorted(name for name in self._sftp.listdir(f"/uit/{flow}") if name.endswith(".json"))

    def fetch(self, flow: str, name: str) -> bytes:
        """The content of a file that waits."""
        return self._read(f"/uit/{flow}/{name}")

    def manifest(self, flow: str, name: str) -> str:
        """The signed manifest of a file (compact JWS)."""
        return self._read(f"/uit/{flow}/{name}.manifest.jws").decode()

    def acknowledge(self, flow: str, name: str) -> None:
        """Say that a file was taken over, by renaming it into the archive."""
        self._sftp.posix_rename(f"/uit/{flow}/{name}", f"/archief/{name}")

    def upload(self, flow: str, name: str, content: bytes) -> None:
        """Put a file under a temporary name and rename it when it is whole."""
        self._sftp.putfo(io.BytesIO(content), f"/in/{flow}/{name}.part", len(content))
        self._sftp.posix_rename(f"/in/{flow}/{name}.part", f"/in/{flow}/{name}")

    def receipt(self, upload: str) -> bytes:
        """The receipt of an upload, as JSON."""
        return self._read(f"/ontvangstbewijzen/{upload}.ontvangstbewijs.json")

    def _read(self, path: str) -> bytes:
        buffer = io.BytesIO()
        self._sftp.getfo(path, buffer)
        return buffer.getvalue()
