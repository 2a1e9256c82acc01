"""A connection of the FTP library under the standard library's TLS, which the library itself does not know."""

import contextlib
import ssl
from typing import Any

import pyftpdlib.ioloop  # first: it silences that what it is built on is deprecated
from pyftpdlib.exceptions import _RetryError

_Library: Any = pyftpdlib.ioloop.AsyncChat
_WAITING = (ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Secure(_Library):  # type: ignore[misc]  # the library has no types
    """Goes under TLS once, and says goodbye once, without waiting for an answer.

    INVARIANT: nothing goes in plain text once a handshake was begun; `is_said` is set only where the other
    side said the end of what it sends in TLS.
    """

    is_secure = is_said = False
    socket: Any
    _is_shaking = _is_rude = False

    def secure(self, context: ssl.SSLContext) -> None:
        """Shake hands, as soon as the client does."""
        self._is_shaking = True
        try:
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
            )  # fmt: skip
        except (OSError, ValueError):  # it is gone already
            self.part()

    def handshake_done(self) -> None:
        """The handshake succeeded."""

    def handshake_failed(self, error: OSError) -> None:  # noqa: ARG002  others look at it
        """It did not."""
        self.part()

    def part(self) -> None:
        """End it without a goodbye: the other side sees that something is missing."""
        self._is_rude = True
        self.close()

    def readable(self) -> bool:
        """Whether anything is to be read."""
        return bool(self._is_shaking or super().readable())

    def writable(self) -> bool:
        """Whether anything is to be written."""
        return bool(self._is_shaking or super().writable())

    def handle_read_event(self) -> None:
        """Something came."""
        if self._is_shaking:
            self._shake()
        else:
            super().handle_read_event()

    def handle_write_event(self) -> None:
        """Something can go."""
        if self._is_shaking:
            self._shake()
        else:
            super().handle_write_event()

    def recv(self, buffer_size: int) -> bytes:
        """What came; nothing once the other side is gone."""
        if not self.is_secure:
            return bytes(super().recv(buffer_size))
        try:
            received: bytes = self.socket.recv(buffer_size)
        except _WAITING:
            raise _RetryError from None
        except OSError:
            received = b""
        else:
            self.is_said = not received
        if not received:
            self.handle_close()
        return received

    def send(self, data: bytes | bytearray) -> int:
        """How much of it could go; nothing in plain text once a handshake was begun."""
        if self._is_shaking:
            return 0
        if not self.is_secure:
            return int(super().send(data))
        try:
            return int(self.socket.send(data))
        except _WAITING:
            return 0
        except OSError:
            self.handle_close()
            return 0

    def close(self) -> None:
        """Let go of it."""
        if self.is_secure and not (self._closed or self._is_rude):
            self._is_rude = True
            with contextlib.suppress(OSError, ValueError):
                self.socket.unwrap()
        super().close()

    def _shake(self) -> None:
        """A step of the handshake. Until the client goes on, nothing wakes us."""
        try:
            self.socket.do_handshake()
        except ssl.SSLWantReadError:
            self.modify_ioloop_events(self.ioloop.READ)
        except ssl.SSLWantWriteError:
            self.modify_ioloop_events(self.ioloop.WRITE)
        except OSError as error:
            self._is_shaking = False
            self.handshake_failed(error)
        else:
            self._is_shaking, self.is_secure = False, True
            self.modify_ioloop_events(self._wanted_io_events)
            self.handshake_done()
