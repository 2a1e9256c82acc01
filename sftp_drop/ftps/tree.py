"""The session's tree as the FTP library asks for it: every path goes to the session, which judges it."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from pyftpdlib.exceptions import FilesystemError
from pyftpdlib.filesystems import AbstractedFS

from sftp_drop.paths import FOLDERS_TEXT
from sftp_drop.session import DropSession
from sftp_drop.wire import Refused

_Library: Any = AbstractedFS
_FLAGS = {
    "rb": os.O_RDONLY,
    "wb": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "ab": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
    "r+b": os.O_WRONLY,
}
_AT_ONCE = 128


class TransferFile:
    """One open upload or download, as a file. Closed before it was finished, it counts as lost."""

    def __init__(self, session: DropSession, handle: bytes, name: str) -> None:
        self._session, self._handle, self._at = session, handle, 0
        self.name, self.closed = name, False

    def read(self, count: int) -> bytes:
        """The next bytes; none at the end."""
        content = self._session.read(self._handle, self._at, count)
        self._at += len(content)
        return content

    def write(self, content: bytes) -> None:
        """Put bytes behind the last ones."""
        self._session.write(self._handle, self._at, content)
        self._at += len(content)

    def seek(self, offset: int) -> None:
        """Go on from an offset."""
        self._at = offset

    def finish(self) -> None:
        """All of it came over: an upload is shown under its name.

        Raises:
            Refused: it cannot be.
        """
        self.closed = True
        self._session.close(self._handle)

    def close(self) -> None:
        """It was lost on the way, unless it was finished."""
        if not self.closed:
            self.closed = True
            self._session.abandon(self._handle)


class SessionTree(_Library):  # type: ignore[misc]  # the library has no types
    """The tree of whoever logged in. A path on disk is never seen here: the client's is all there is."""

    def __init__(self, _root: str, control: Any) -> None:
        super().__init__("/", control)
        self._session: DropSession = control.session

    def ftp2fs(self, ftppath: str) -> str:
        """The path from the top; `..` never climbs above it."""
        return str(self.ftpnorm(ftppath))

    def fs2ftp(self, fspath: str) -> str:
        """The same."""
        return fspath

    def validpath(self, _path: str) -> bool:
        """The session judges it."""
        return True

    def realpath(self, path: str) -> str:
        """There are no links."""
        return path

    def open(self, filename: str, mode: str) -> TransferFile:
        """Open a file to read or to upload."""
        with _told():
            handle = self._session.open(_raw(filename), _FLAGS[mode])
        return TransferFile(self._session, handle, filename)

    def chdir(self, path: str) -> None:
        """Go to a folder."""
        if not self.isdir(path):
            raise FilesystemError("no such folder")
        self.cwd = path

    def listdir(self, path: str) -> list[str]:
        """The names in a folder."""
        with _told():
            handle = self._session.open_folder(_raw(path))
        names: list[str] = []
        while found := self._session.read_folder(handle, _AT_ONCE):
            names += [one.name for one in found]
        self._session.close(handle)
        return names

    def stat(self, path: str) -> os.stat_result:
        """The attributes of a file or folder."""
        with _told():
            return self._session.stat(_raw(path))

    lstat = stat

    def isdir(self, path: str) -> bool:
        """Whether it is a folder that can be seen."""
        return self._is(path, stat.S_ISDIR)

    def isfile(self, path: str) -> bool:
        """Whether it is a file that can be seen."""
        return self._is(path, stat.S_ISREG)

    def lexists(self, path: str) -> bool:
        """Whether there is anything."""
        return self._is(path, lambda _: True)

    def getsize(self, path: str) -> int:
        """How long it is."""
        return self.stat(path).st_size

    def getmtime(self, path: str) -> float:
        """How old it is."""
        return self.stat(path).st_mtime

    def rename(self, src: str, dst: str) -> None:
        """Finish an upload by its name, or acknowledge a file."""
        with _told():
            self._session.rename(_raw(src), _raw(dst))

    def remove(self, path: str) -> None:
        """Take back an upload that is not finished."""
        with _told():
            self._session.remove(_raw(path))

    def mkdir(self, _path: str) -> NoReturn:
        """Folders cannot be made."""
        raise FilesystemError(FOLDERS_TEXT)

    rmdir = mkdir

    def chmod(self, path: str, _mode: int) -> None:
        """Taken and left alone."""
        self.stat(path)

    def utime(self, path: str, _timeval: float) -> None:
        """Taken and left alone."""
        self.stat(path)

    def get_user_by_uid(self, _uid: int) -> str:
        """Nobody's name on this machine is told."""
        return self._session.account.user

    def get_group_by_gid(self, _gid: int) -> str:
        """Idem."""
        return "drop"

    def _is(self, path: str, of_kind: Callable[[int], bool]) -> bool:
        try:
            return of_kind(self.stat(path).st_mode)
        except (OSError, FilesystemError):
            return False


def _raw(path: str) -> bytes:
    return path.encode()


@contextmanager
def _told() -> Iterator[None]:
    """What is refused, in the library's words."""
    try:
        yield
    except Refused as refused:
        raise FilesystemError(str(refused)) from None
