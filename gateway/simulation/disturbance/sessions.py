"""A session at the drop server in which transfers are slow, or break off."""

import threading
from collections.abc import Callable
from typing import Any

from gateway.simulation.disturbance.board import Board, Drawn
from gateway.simulation.disturbance.kinds import Stage
from gateway.simulation.disturbance.sources import delay
from sftp_drop.session import DropSession

_WRITING = 0b11


class Disconnected(EOFError):
    """The connection ends here, as if the client were gone: what was under way is abandoned."""


class DisturbedSession(DropSession):
    """A session with a board; each opened file is one occurrence, at the door or out of it."""

    __slots__ = ("_board", "_drawn", "_gone", "_pause", "_unit")

    def __init__(
        self, board: Board, unit: str, pause: Callable[[float], object], *session: Any
    ) -> None:
        super().__init__(*session)
        self._board, self._unit, self._pause = board, unit, pause
        self._drawn: dict[bytes, Drawn] = {}
        self._gone: set[bytes] = set()

    def open(self, path: bytes, flags: int) -> bytes:
        """Open a file, perhaps a while later."""
        if self._board.is_still:
            return super().open(path, flags)
        place = f"drop.{'in' if flags & _WRITING else 'out'}.{self._unit}"
        waits = self._board.draw(place, Stage.WAIT)
        if waits is not None:
            self._pause(delay(waits))
        handle = super().open(path, flags)
        drawn = self._board.draw(place, Stage.HAPPEN)
        if drawn is not None:
            self._drawn[handle] = drawn
        return handle

    def read(self, handle: bytes, offset: int, count: int) -> bytes:
        """Bytes of a download; where it breaks off, half of the first ones are the last."""
        drawn = self._drawn.get(handle)
        if drawn is None:
            return super().read(handle, offset, count)
        if drawn.kind == "disconnect":
            if offset > 0:
                self._break_off(handle)
            count = max(1, min(count, self.stat_handle(handle).st_size) // 2)
        content = super().read(handle, offset, count)
        self._drip(drawn, len(content), self.stat_handle(handle).st_size)
        return content

    def write(self, handle: bytes, offset: int, content: bytes | memoryview) -> None:
        """Write into an upload; where it breaks off, the first bytes are the last."""
        drawn = self._drawn.get(handle)
        if drawn is not None:
            if offset > 0:
                self._break_off(handle)
            self._drip(drawn, len(content), offset + len(content))
        super().write(handle, offset, content)

    def close(self, handle: bytes) -> None:
        """Close a handle, unless the connection breaks off before."""
        if handle in self._drawn:
            self._break_off(handle)
            del self._drawn[handle]
        super().close(handle)

    def _break_off(self, handle: bytes) -> None:
        """What was under way is given up, and entered, before the client sees the end."""
        if self._drawn[handle].kind == "disconnect":
            if handle not in self._gone:
                self._gone.add(handle)
                self.abandon(handle)
            raise Disconnected

    def _drip(self, drawn: Drawn, count: int, whole: int) -> None:
        """Each part takes its share of the time that the whole has."""
        if drawn.kind == "slow-drip" and whole:
            self._pause(drawn.seconds * count / whole)


def sessions(find: Callable[[str], tuple[Board | None, str]]) -> Callable[..., DropSession]:
    """Makes the sessions of all spaces at both doors; `find` tells the board and the unit of an account.

    A pause is the visitor's own: each session has its thread.
    """
    pause = threading.Event().wait

    def make(account: Any, *more: Any) -> DropSession:
        board, unit = find(account.user)
        if board is None:
            return DropSession(account, *more)
        return DisturbedSession(board, unit, pause, account, *more)

    return make
