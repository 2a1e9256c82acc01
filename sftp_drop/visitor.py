"""A connection and, once it is let in, the thread that serves it: deadlines, keys, and how it ends."""

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable

from sftp_drop.limits import Limits
from sftp_drop.packets import Ended
from sftp_drop.transport import DropTransport

_LOG = logging.getLogger(__name__)
_TICK_S = 5
_ALERT_S = 0.0001
"""How long a session stays awake for the next request, where few others want the processor."""
_PATIENCE = struct.pack("ll", _TICK_S, 0)


class Visitor(threading.Thread):
    """Somebody who came. `since` is when (machine time); the thread starts when they are let in."""

    def __init__(
        self, transport: DropTransport, limits: Limits, is_quiet: Callable[[], bool]
    ) -> None:
        super().__init__(name="drop-visitor", daemon=True)
        self.transport, self._limits, self._is_quiet = transport, limits, is_quiet
        self.since = self._heard = self._used = time.monotonic()
        self._unanswered = 0
        self._farewell: str | None = None

    def run(self) -> None:
        """Serve the connection until it ends."""
        transport = self.transport
        try:
            self._serve()
        except Ended as ended:
            transport.say_goodbye(str(ended))
        except EOFError:
            if self._farewell is not None:
                transport.say_goodbye(self._farewell)
        except Exception as error:  # noqa: BLE001  whatever a stranger's bytes make paramiko raise
            _LOG.info("connection ended: %s", type(error).__name__)
        finally:
            transport.shut()

    def dismiss(self, why: str) -> None:
        """End it from another thread: its own says goodbye, unless it is told twice."""
        how = socket.SHUT_RD if self._farewell is None else socket.SHUT_RDWR
        self._farewell = self._farewell or why
        try:
            self.transport.sock.shutdown(how)
        except OSError:
            return

    def _serve(self) -> None:
        """The client's requests one after the other; all that came together is answered together."""
        transport, packets = self.transport, self.transport.packets
        transport.sock.settimeout(None)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            transport.sock.setsockopt(socket.SOL_SOCKET, option, _PATIENCE)
        transport.begin_visit()
        while self._farewell is None:
            while (payload := packets.next()) is not None:
                transport.take(payload)
            packets.flush()
            packets.alert_s = _ALERT_S if self._is_quiet() else 0.0
            is_heard = packets.fill()
            self._look_at_the_time(time.monotonic(), is_heard=is_heard)
        raise Ended(self._farewell)

    def _look_at_the_time(self, now: float, *, is_heard: bool) -> None:
        """Who asks nothing for too long is let go, and so is who says nothing at all."""
        channels, limits = self.transport.channels, self._limits
        if channels.was_used:
            self._used, channels.was_used = now, False
        elif now - self._used > limits.idle_s:
            raise Ended("nothing was asked for too long")
        self.transport.keep_keys_fresh(now)
        if is_heard:
            self._heard, self._unanswered = now, 0
        elif now - self._heard >= limits.keepalive_s * (self._unanswered + 1):
            if self._unanswered >= limits.keepalives:
                raise Ended("no answer")
            self._unanswered += 1
            self.transport.ask_whether_still_there()
