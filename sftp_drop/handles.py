"""What a session has open: uploads, downloads and listings, by handle."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import TypeVar

from gateway.contracts.drop import DropAccount, DropDesk
from gateway.contracts.faults import LogUnavailable
from sftp_drop.uploads import Upload
from sftp_drop.view import Place
from sftp_drop.wire import Code, Listed, Refused, not_now, not_there

MOST_HANDLES = 64


@dataclass(slots=True)
class Download:
    """One open download: how far it got, how much was sent, why it was stopped, or that it was lost."""

    place: Place
    descriptor: int
    size: int
    reached: int = 0
    sent: int = 0
    stopped: str | None = None
    is_lost: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether it was read to its end."""
        return self.reached >= self.size and self.stopped is None and not self.is_lost

    def read(self, account: DropAccount, desk: DropDesk, offset: int, count: int) -> bytes:
        """Bytes from an offset; empty at the end. Reading on is judged anew each time.

        Raises:
            Refused: the file is gone, or may not be read any more; that stays so and is entered once.
        """
        if self.stopped is None:
            if os.fstat(self.descriptor).st_nlink == 0:
                raise not_there()
            self.stopped = why_not(account, desk, self.place)
        if self.stopped is not None:
            raise Refused(Code.PERMISSION_DENIED, self.stopped)
        content = os.pread(self.descriptor, count, offset)
        self.sent += len(content)
        self.reached = max(self.reached, offset + len(content))
        return content


@dataclass(slots=True)
class Listing:
    """One open folder, with what is still to be told of it."""

    rows: list[Listed]
    attributes: os.stat_result


def why_not(account: DropAccount, desk: DropDesk, place: Place) -> str | None:
    """Why a file may not be read at this instant.

    Raises:
        Refused: nothing may, for now.
    """
    try:
        return desk.refuse_reading(account, place.shown)
    except LogUnavailable:
        raise not_now() from None


def require_door(account: DropAccount, desk: DropDesk, place: Place) -> None:
    """Refuse what may not go in or out at this door.

    Raises:
        Refused: it goes by another, or nothing may go now.
    """
    try:
        why = desk.refuse_door(account, place.shown)
    except LogUnavailable:
        raise not_now() from None
    if why is not None:
        raise Refused(Code.PERMISSION_DENIED, why)


Open = Upload | Download | Listing
_Kind = TypeVar("_Kind", Upload, Download, Listing)


@dataclass(slots=True)
class OpenFiles:
    """How many files all sessions of a server have open together; a client cannot use up the rest."""

    most: int = 2_048
    count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def take(self) -> None:
        """Count one more.

        Raises:
            Refused: there are too many.
        """
        with self._lock:
            if self.count >= self.most:
                raise Refused(Code.FAILURE, "too many files are open on this server; try again")
            self.count += 1

    def give_back(self, count: int) -> None:
        """Count so many less."""
        with self._lock:
            self.count -= count


@dataclass(slots=True)
class Handles:
    """The handles of one session; another session's are not known here."""

    files: OpenFiles = field(default_factory=OpenFiles)
    _open: dict[bytes, Open] = field(default_factory=dict)
    _count: int = 0

    def open(self, do: Callable[[], Open]) -> bytes:
        """Open something; its handle.

        Raises:
            Refused: this session, or all together, have too much open.
        """
        if len(self._open) >= MOST_HANDLES:
            raise Refused(Code.FAILURE, f"at most {MOST_HANDLES} files may be open at once")
        self.files.take()
        try:
            opened = do()
        except BaseException:
            self.files.give_back(1)
            raise
        self._count += 1
        handle = self._count.to_bytes(4, "big")
        self._open[handle] = opened
        return handle

    def get(self, handle: bytes) -> Open:
        """What a handle has open.

        Raises:
            Refused: it has nothing open in this session.
        """
        opened = self._open.get(handle)
        if opened is None:
            raise Refused(Code.FAILURE, "no such handle in this session")
        return opened

    def of(self, kind: type[_Kind], handle: bytes) -> _Kind:
        """What a handle has open, which must be of this kind.

        Raises:
            Refused: it has something else open, or nothing.
        """
        opened = self.get(handle)
        if not isinstance(opened, kind):
            raise Refused(Code.FAILURE, f"this handle is not one of {kind.__name__.lower()}s")
        return opened

    def take(self, handle: bytes) -> Open:
        """What a handle has open; it is closed by that."""
        opened = self.get(handle)
        del self._open[handle]
        self.files.give_back(1)
        return opened

    def uploads(self) -> Iterator[Upload]:
        """The uploads that are open."""
        return (one for one in self._open.values() if isinstance(one, Upload))

    def take_all(self) -> list[Open]:
        """Everything that is still open; nothing is afterwards."""
        left = list(self._open.values())
        self._open.clear()
        self.files.give_back(len(left))
        return left
