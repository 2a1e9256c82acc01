"""Uploads in the making: bytes go to a hidden file, and only a clean close shows it.

INVARIANT: a connection that is lost is never a close. What arrived under a temporary name is kept
under that name; what arrived under a final name is kept out of sight. Either can be resumed.
"""

import hashlib
import os
from dataclasses import dataclass, field

from sftp_drop.confined import ConfinedTree, Spot
from sftp_drop.paths import FINAL, is_temporary
from sftp_drop.view import Place
from sftp_drop.wire import Code, Refused, not_there

STAGING = ".staging"
ARRIVAL = "arrival-"
"""How hidden files begin that come in over another door; what a crash leaves of them nobody resumes."""
KEPT = "~"
"""Stands in the names of hidden files where a path has a slash; those outlive their session."""
_REST = f"{KEPT}{KEPT}"
TAKEN = "this name is taken until the file is handled"


@dataclass(slots=True)
class Upload:
    """One open upload: where its bytes are meanwhile, and where they go."""

    place: Place
    staged: Spot
    target: Spot
    rest: Spot
    descriptor: int
    limit: int
    appends: bool = False
    failed: str | None = None
    _hash: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    _hashed: int = 0

    def write(self, offset: int, content: bytes | memoryview) -> None:
        """Write at an offset, or at the end where that was asked when it was opened.

        Raises:
            Refused: the file would grow over its limit, or the disk is full.
        """
        if self.appends:
            offset = self.size
        if offset + len(content) > self.limit:
            raise self._fail(f"a file has at most {self.limit} bytes")
        if offset == self._hashed:
            self._hash.update(content)
            self._hashed += len(content)
        else:
            self._hashed = -1  # out of order, or over again: the file is read when it is finished
        self._put(offset, content)

    def truncate(self, size: int) -> None:
        """Cut to a size."""
        if size > self.limit:
            raise self._fail(f"a file has at most {self.limit} bytes")
        if size != self._hashed:
            self._hashed = -1
        os.ftruncate(self.descriptor, size)

    @property
    def size(self) -> int:
        """How long it is now."""
        return os.fstat(self.descriptor).st_size

    def digest(self, size: int) -> str:
        """SHA-256 of what was written, in hex, where that is `size` bytes."""
        if self._hashed == size:
            return self._hash.hexdigest()
        with os.fdopen(os.dup(self.descriptor), "rb") as file:
            file.seek(0)
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _put(self, offset: int, content: bytes | memoryview) -> None:
        try:
            while content:
                written = os.pwrite(self.descriptor, content, offset)
                content, offset = content[written:], offset + written
        except OSError as error:
            raise self._fail(f"cannot be written: {os.strerror(error.errno or 0)}") from None

    def _fail(self, why: str) -> Refused:
        """A write that failed spoils the upload: clients that pipeline may not notice before close."""
        self.failed = why
        return Refused(Code.FAILURE, why)


class Uploads:
    """Opens, finishes and abandons uploads of one session. `session` keeps hidden names apart."""

    def __init__(self, tree: ConfinedTree, session: str, limit: int) -> None:
        self._tree, self._session, self._limit = tree, session, limit
        self._staging = tree.folder(STAGING)
        self._count = 0

    def open(self, place: Place, flags: int) -> Upload:
        """Begin an upload, or go on with one that was left unfinished.

        Raises:
            Refused: the name is none for an upload, or is taken, or there is nothing to go on with.
        """
        _require_name(place)
        folder, staging = self._tree.folder(place.below), self._staging
        hidden = rest_of(place)
        target, kept = (folder, place.name), (staging, hidden)
        is_there = folder.has(place.name)
        if is_there and not is_temporary(place.name):
            raise Refused(Code.PERMISSION_DENIED, TAKEN)
        if is_there and flags & os.O_EXCL:
            raise Refused(Code.FAILURE, "this name is taken")
        self._count += 1
        staged = staging, f"{self._session}-{self._count}{hidden}"
        descriptor = self._begin(staged, target if is_there else kept, flags)
        return Upload(
            place, staged, target, kept, descriptor, self._limit, bool(flags & os.O_APPEND)
        )

    def finish(self, upload: Upload, size: int) -> str:
        """Make it durable and show it under its name; its SHA-256 in hex.

        Raises:
            Refused: a write had failed, or another session was first; nothing is left of it.
        """
        try:
            self._tree.sync(upload.descriptor)
            digest = upload.digest(size)
        finally:
            os.close(upload.descriptor)
        if upload.failed is not None:
            _remove(upload.staged)
            raise Refused(Code.FAILURE, f"not finished: {upload.failed}")
        try:
            self._tree.move(upload.staged, upload.target, replace=is_temporary(upload.place.name))
        except FileExistsError:
            _remove(upload.staged)
            raise Refused(Code.FAILURE, "another session finished this name first") from None
        folder, hidden = upload.rest
        folder.discard(hidden)
        return digest

    def abandon(self, upload: Upload) -> None:
        """The session died: keep what arrived, so that it can be resumed."""
        os.close(upload.descriptor)
        if upload.failed is not None:
            _remove(upload.staged)
            return
        kept = upload.target if is_temporary(upload.place.name) else upload.rest
        self._tree.move(upload.staged, kept, replace=True)

    def unfinished(self, place: Place) -> os.stat_result:
        """The attributes of what a lost session had sent of an upload.

        Raises:
            FileNotFoundError: there is no such thing.
        """
        return self._staging.file(rest_of(place))

    def _begin(self, staged: Spot, before: Spot, flags: int) -> int:
        """A descriptor of the hidden file: a new one, or what was there before, taken out of sight."""
        goes_on = not flags & (os.O_TRUNC | os.O_EXCL)
        if (goes_on or not flags & os.O_CREAT) and before[0].has(before[1]):
            if goes_on:
                self._tree.move(before, staged, replace=True)
                return staged[0].open(staged[1], os.O_RDWR)
        elif not flags & os.O_CREAT:
            raise not_there()
        return staged[0].create(staged[1])


def _require_name(place: Place) -> None:
    if not is_temporary(place.name) and not place.name.endswith(FINAL):
        raise Refused(
            Code.PERMISSION_DENIED,
            f"an upload ends in {FINAL}, or in .part or .tmp until it is renamed",
        )


def _remove(spot: Spot) -> None:
    folder, name = spot
    folder.remove(name)


def rest_of(place: Place) -> str:
    """Under which name the bytes of a lost upload are kept, out of sight."""
    return f"{_REST}{place.shown.strip('/').replace('/', KEPT)}"


def after_a_crash(staged: str) -> str | None:
    """Under which name a hidden file is kept that a session had in hand when the process died."""
    session, mark, place = staged.partition(_REST)
    return f"{_REST}{place}" if session and mark else None


def is_for_release(hidden: str) -> bool:
    """Whether a hidden file was staged to be shown, and is none that comes in."""
    return KEPT in hidden and _REST not in hidden


def is_rest(hidden: str) -> bool:
    """Whether a hidden file is what a lost session left."""
    return hidden.startswith(_REST)
