"""A consumer's client of the drop server in the same process: gate, session and desk, without the wire."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from consumers.closing import Closing
from consumers.wire_sftp import ARCHIVE
from sftp_drop.session import DropSession
from sftp_drop.wire import Code, Refused

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_CHUNK = 65_536


class DropInProcess(Closing):
    """Does what `consumers.wire_sftp.SftpClient` does; `settle` waits until what was told is noted."""

    def __init__(self, session: DropSession, settle: Callable[[], None]) -> None:
        self._session, self._settle = session, settle

    def close(self) -> None:
        """Log out."""
        self._session.end()
        self._settle()

    def files(self, flow: str) -> Sequence[str]:
        """The data files that wait in `/uit/<flow>`, oldest sequence first."""
        return self._names(f"/uit/{flow}")

    def archived(self, flow: str) -> Sequence[str]:
        """The files of a flow that were acknowledged before and are still there."""
        return [name for name in self._names(ARCHIVE) if name.startswith(f"{flow}_")]

    def chunks(self, path: str, offset: int = 0) -> Iterator[bytes]:
        """The content of a file from an offset on.

        Raises:
            FileNotFoundError: it is not there (any more).
            PermissionError: it may not be read now; the text says why.
        """
        with _as_client_sees():
            handle = self._session.open(path.encode(), os.O_RDONLY)
        try:
            while chunk := self._read(handle, offset):
                yield chunk
                offset += len(chunk)
        finally:
            self._session.close(handle)

    def read(self, path: str) -> bytes:
        """The whole content of a file."""
        return b"".join(self.chunks(path))

    def manifest(self, flow: str, name: str) -> str:
        """The signed manifest of a file (compact JWS)."""
        return self.read(f"/uit/{flow}/{name}.manifest.jws").decode()

    def acknowledge(self, flow: str, name: str) -> None:
        """Say that a file was taken over, by renaming it into the archive."""
        with _as_client_sees():
            self._session.rename(f"/uit/{flow}/{name}".encode(), f"{ARCHIVE}/{name}".encode())

    def upload(self, flow: str, name: str, content: bytes) -> None:
        """Put a file under a temporary name and rename it when it is whole."""
        hidden = f"/in/{flow}/{name}.part".encode()
        with _as_client_sees():
            handle = self._session.open(hidden, _NEW)
            self._session.write(handle, 0, content)
            self._session.close(handle)
            self._session.rename(hidden, f"/in/{flow}/{name}".encode())
        self._settle()

    def receipt(self, upload: str) -> bytes:
        """The receipt of an upload, as JSON."""
        return self.read(f"/ontvangstbewijzen/{upload}.ontvangstbewijs.json")

    def _read(self, handle: bytes, offset: int) -> bytes:
        with _as_client_sees():
            return bytes(self._session.read(handle, offset, _CHUNK))

    def _names(self, folder: str) -> Sequence[str]:
        return self._session.names(folder.encode(), ".json")


@contextmanager
def _as_client_sees() -> Iterator[None]:
    """A refusal of the server as the errors that a client of it raises."""
    try:
        yield
    except Refused as refused:
        raise _ERRORS.get(refused.code, OSError)(str(refused)) from None


_ERRORS: Mapping[Code, type[OSError]] = {
    Code.NO_SUCH_FILE: FileNotFoundError,
    Code.PERMISSION_DENIED: PermissionError,
}
