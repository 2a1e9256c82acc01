"""The bytes of one connection on their way in and out: few system calls, and bounds on all that waits."""

import contextlib
import socket
import time

from paramiko.ssh_exception import SSHException

_LONGEST_LINE = 255
_WIDE = 524_288
_STUCK_S = 90.0
_LONGEST_NAP = 512


class Stream:
    """What came and is not taken yet, and what is to be sent.

    `hurries` has every packet acknowledged at once: while logging in, clients wait for that before they
    send the next small one. `alert_s` is for how long one stays awake for what comes next.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._in = memoryview(bytearray(4_096))
        self._from = self._to = self._wanted = 0
        self._out = memoryview(bytearray(16_384))
        self._sent = self._end = 0
        self._naps = self._in_vain = 0
        self.alert_s = 0.0
        self.hurries = hasattr(socket, "TCP_QUICKACK")
        self.blocks = False
        self.closed = False

    def fill(self) -> bool:
        """Take in what has come; whether anything had.

        Raises:
            EOFError: the client is gone.
        """
        self._make_room_in()
        try:
            count = self._receive(self._in[self._to :])
        except (BlockingIOError, TimeoutError):
            return False
        except OSError:
            raise EOFError from None
        if count == 0:
            raise EOFError
        self._to += count
        if self.hurries:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return True

    def line(self) -> str | None:
        """The client's identification, once it is there.

        Raises:
            SSHException: it is longer than it may be.
        """
        seen = bytes(self._in[self._from : min(self._to, self._from + _LONGEST_LINE + 1)])
        end = seen.find(b"\n")
        if end < 0:
            if len(seen) > _LONGEST_LINE:
                raise SSHException("the identification is too long")
            return None
        self._from += end + 1
        return seen[:end].rstrip(b"\r").decode("ascii", "replace")

    def flush(self) -> bool:
        """Send what waits; whether all of it went.

        Raises:
            EOFError: the client is gone, or takes nothing any more.
        """
        if self._end == 0:
            return True
        stuck_at = 0.0
        while self._sent < self._end:
            try:
                self._sent += self._socket.send(self._out[self._sent : self._end])
                stuck_at = 0.0
            except (BlockingIOError, TimeoutError):
                if not self.blocks:
                    return False
                stuck_at = stuck_at or time.monotonic()
                if time.monotonic() - stuck_at > _STUCK_S:
                    raise EOFError from None
            except OSError:
                raise EOFError from None
        self._sent = self._end = 0
        return True

    def widen(self) -> None:
        """The client logged in, and somebody serves it alone: larger buffers, and sending may wait."""
        self.blocks = True
        here = bytes(self._in[self._from : self._to])
        self._in = memoryview(bytearray(_WIDE))
        self._in[: len(here)] = here
        self._from, self._to = 0, len(here)
        waiting = bytes(self._out[self._sent : self._end])
        self._out = memoryview(bytearray(_WIDE))
        self._out[: len(waiting)] = waiting
        self._sent, self._end = 0, len(waiting)

    def close(self) -> None:
        """Let go of the connection."""
        self.closed = True
        self._socket.close()

    def _receive(self, room: memoryview) -> int:
        """Stay awake for a moment before falling asleep: being woken costs more, where requests follow soon.

        Not in the middle of a packet, whose rest is better taken in one piece; and the more often it
        was in vain, because nobody asks or because the client has no processor, the rarer.
        """
        if self._naps:
            self._naps -= 1
        elif self.alert_s and self._from == self._to:
            until = time.perf_counter() + self.alert_s
            while time.perf_counter() < until:
                with contextlib.suppress(BlockingIOError):
                    count = self._socket.recv_into(room, 0, socket.MSG_DONTWAIT)
                    self._in_vain //= 2
                    return count
            self._in_vain = min(2 * self._in_vain + 4, _LONGEST_NAP)
            self._naps = self._in_vain
        return self._socket.recv_into(room)

    def _make_room_in(self) -> None:
        """Room behind what is there: for the packet that has begun, and for a good piece more."""
        held, size = self._to - self._from, len(self._in)
        if held == 0:
            self._from = self._to = 0
        if size - self._to >= max(self._wanted - held, size // 4):
            return
        room = self._in
        if max(self._wanted, held) + size // 4 > size:
            room = memoryview(bytearray(2 * max(self._wanted, held)))
        room[:held] = bytes(self._in[self._from : self._to])
        self._in, self._from, self._to = room, 0, held

    def _make_room_out(self, size: int) -> None:
        if not self.flush() or size > len(self._out):
            raise SSHException("the client does not read what it is sent")
