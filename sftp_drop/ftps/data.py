"""One data connection: under TLS with the certificate of the control connection, and whole or not at all."""

import logging
import os
import sys
from typing import Any

import pyftpdlib.ioloop  # noqa: F401  first: it silences that what it is built on is deprecated
from pyftpdlib.handlers.ftp.data import DTPHandler

from sftp_drop.ftps.secure import Secure
from sftp_drop.wire import NOT_NOW, Refused

_LOG = logging.getLogger(__name__)
_Library: Any = DTPHandler


class _Settled(_Library):  # type: ignore[misc]  # the library has no types
    """A transfer that is settled when its connection ends, before the client is told how it went."""

    transfer_finished: bool
    _resp: tuple[Any, ...]

    def close(self) -> None:
        """Let go of the connection and of the file."""
        if not self._closed:
            self._settle()
        super().close()

    def _leave(self) -> None:
        """The session has ended: nothing more is said, on either connection."""
        self._resp = ()
        self.cmd_channel.cut()

    def _settle(self) -> None:
        file = self.file_obj
        if file is None or file.closed:
            return
        try:
            if self.transfer_finished:
                file.finish()
            else:
                file.close()
        except EOFError:
            self.transfer_finished = False
            self._leave()
        except (Refused, OSError) as error:
            self.transfer_finished = False
            self._resp = (_answer(error, is_upload=self.receive), _LOG.info)


class DropData(Secure, _Settled):
    """The connection.

    INVARIANT: a connection that is lost is never a finished upload, and neither is one that somebody cut
    short: the end of an upload is said in TLS.
    """

    def __init__(self, connection: Any, control: Any) -> None:
        super().__init__(connection, control)
        if self.connected:
            self.secure(control.server.context)

    @property
    def timeout(self) -> float:
        """How long nothing may move."""
        limits = self.cmd_channel.server.house.limits
        return float(limits.keepalive_s * limits.keepalives)

    def use_sendfile(self) -> bool:
        """Never: it goes through TLS."""
        return False

    def handshake_done(self) -> None:
        """The connection is of whoever logged in, or nothing goes over it."""
        if self.socket.getpeercert(binary_form=True) != self.cmd_channel.certificate:
            self.end("522 this connection does not show the certificate of the control connection")

    def handshake_failed(self, error: OSError) -> None:  # noqa: ARG002  whatever it was
        """No TLS, no data."""
        self.end("522 the TLS handshake on the data connection failed")

    def handle_close(self) -> None:
        """The other side is gone, or everything was sent."""
        is_whole = self.is_said if self.receive else not self.producer_fifo
        if self._closed or is_whole:
            super().handle_close()
        else:
            self.end("426 the data connection was lost before its end was said")

    def handle_error(self) -> None:
        """Called while an exception is handled: what it was is told, unless it is none of the client's.

        Where the session says that this is its end, it is the end of all of it.
        """
        error = sys.exc_info()[1]
        if isinstance(error, EOFError):
            self._leave()
            return
        if not isinstance(error, (Refused, OSError)):
            _LOG.info("a transfer came to %s", type(error).__name__)
        self.end(_answer(error, is_upload=self.receive))

    def end(self, answer: str) -> None:
        """End it at once: the client sees that it is not whole, and is told why if it is waiting for an answer."""
        if self._initialized:
            self._resp = (answer, _LOG.info)
        else:
            self.cmd_channel.no_data = answer
        self.part()


def _answer(error: BaseException | None, *, is_upload: bool) -> str:
    if isinstance(error, Refused) and str(error) == NOT_NOW:
        return f"451 {error}"
    if isinstance(error, Refused):
        return f"{552 if is_upload else 550} {error}"
    if isinstance(error, OSError) and error.errno:
        return f"451 {os.strerror(error.errno)}"
    return "426 the transfer was broken off"
