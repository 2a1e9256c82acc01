"""Uploads in the making: bytes go to a hidden file, and only a clean close shows it.

INVARIANT: a connection that is lost is never a close. What it leaves behind is removed; an upload
under a temporary name is kept under that name, so that it can be resumed.
"""

import os
from dataclasses import dataclass

from sftp_drop.confined import ConfinedFolder
from sftp_drop.paths import FINAL, is_temporary
from sftp_drop.view import Place
from sftp_drop.wire import Code, Refused

STAGING = ".staging"


@dataclass(slots=True)
class Upload:
    """One open upload. `staged` is the hidden file's path below the account's root."""

    place: Place
    staged: str
    descriptor: int
    limit: int
    failed: str | None = None

    def write(self, offset: int, content: bytes) -> None:
        """Write at an offset.

        Raises:
            Refused: the file would grow over its limit, or the disk is full.
        """
        if offset + len(content) > self.limit:
            raise self._fail(f"a file has at most {self.limit} bytes")
        try:
            while content:
                written = os.pwrite(self.descriptor, content, offset)
                content, offset = content[written:], offset + written
        except OSError as error:
            raise self._fail(f"cannot be written: {os.strerror(error.errno or 0)}") from None

    def truncate(self, size: int) -> None:
        """Cut to a size."""
        if size > self.limit:
            raise self._fail(f"a file has at most {self.limit} bytes")
        os.ftruncate(self.descriptor, size)

    def _fail(self, why: str) -> Refused:
        """A write that failed spoils the upload: clients that pipeline may not notice before close."""
        self.failed = why
        return Refused(Code.FAILURE, why)


class Uploads:
    """Opens, finishes and abandons uploads of one session. `session` keeps hidden names apart."""

    def __init__(self, tree: ConfinedFolder, session: str, limit: int) -> None:
        self._tree, self._session, self._limit = tree, session, limit
        self._count = 0

    def open(self, place: Place, flags: int) -> Upload:
        """Begin an upload, or go on with one under a temporary name.

        Raises:
            Refused: the name is none for an upload, or is taken.
        """
        temporary = is_temporary(place.name)
        if not temporary and not place.name.endswith(FINAL):
            raise Refused(
                Code.PERMISSION_DENIED,
                f"an upload ends in {FINAL}, or in .part or .tmp until it is renamed",
            )
        exists = _exists(self._tree, place.path)
        if exists and not temporary:
            raise Refused(Code.PERMISSION_DENIED, "this name is taken until the file is handled")
        self._count += 1
        staged = f"{STAGING}/{self._session}-{self._count}"
        if exists and not flags & os.O_TRUNC:
            self._tree.rename(place.path, staged)
            descriptor = self._tree.open(staged, os.O_RDWR)
        else:
            descriptor = self._tree.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        return Upload(place, staged, descriptor, self._limit)

    def finish(self, upload: Upload) -> bool:
        """Make it durable and show it under its name; whether that name is final.

        Raises:
            Refused: a write had failed, or another session was first; nothing is left of it.
        """
        try:
            os.fsync(upload.descriptor)
        finally:
            os.close(upload.descriptor)
        if upload.failed is not None:
            self._tree.remove(upload.staged)
            raise Refused(Code.FAILURE, f"not finished: {upload.failed}")
        if not is_temporary(upload.place.name) and _exists(self._tree, upload.place.path):
            self._tree.remove(upload.staged)
            raise Refused(Code.FAILURE, "another session finished this name first")
        self._tree.rename(upload.staged, upload.place.path)
        return not is_temporary(upload.place.name)

    def abandon(self, upload: Upload) -> None:
        """The session died: keep what has a temporary name, remove the rest."""
        os.close(upload.descriptor)
        if is_temporary(upload.place.name) and upload.failed is None:
            self._tree.rename(upload.staged, upload.place.path)
        else:
            self._tree.remove(upload.staged)


def _exists(tree: ConfinedFolder, path: str) -> bool:
    try:
        tree.stat(path)
    except OSError:
        return False
    return True
