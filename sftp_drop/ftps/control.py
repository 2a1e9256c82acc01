"""One control connection: AUTH TLS, then certificate and password, then the verbs of a session."""

import contextlib
import logging
import re
import ssl
import time
from typing import Any, Protocol

from gateway.contracts.drop import DropGate, Factor, Visit
from gateway.contracts.faults import LogUnavailable
from sftp_drop.ftps.login import Login
from sftp_drop.ftps.verbs import Verbs
from sftp_drop.guard import MOST_WRONG
from sftp_drop.house import House
from sftp_drop.session import DropSession
from sftp_drop.wire import NOT_NOW

_LOG = logging.getLogger(__name__)
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")
_MOST_BEFORE_LOGIN = 100
_MOST_UNREAD = 256
_LAST_WORDS_S = 2.0


class Door(Protocol):
    """The server that a control connection belongs to."""

    gate: DropGate
    house: House
    context: ssl.SSLContext

    def wants_thread(self, guest: "Guest") -> None:
        """Somebody has something to be done that takes time."""
        ...

    def forget(self, guest: "Guest") -> None:
        """The connection ended."""
        ...


class Guest(Verbs):
    """Somebody who came. Until a password is to be checked they are served with all others in the anteroom.

    `key` keeps the hidden files of the session apart; `since` and `used` are instants of machine time.
    """

    banner = "MagdaSim: AUTH TLS, then the certificate and the password of a unit."
    visit: Visit | None
    certificate: bytes | None
    session: DropSession | None
    username: str
    _leaving: float | None

    def __init__(self, connection: Any, door: Door, loop: Any, key: str) -> None:
        self.key, self.visit, self.certificate, self.session = key, None, None, None
        self.since = self.used = time.monotonic()
        self._said = self._wrong = self._moved = 0
        self._leaving = None
        self._is_inside = False
        self._held: list[tuple[str, str, str]] = []
        super().__init__(connection, door, loop)
        self.agree()

    @property
    def is_gone(self) -> bool:
        """Whether the connection is closed."""
        return bool(self._closed)

    def begin_visit(self, loop: Any) -> None:
        """Somebody serves this connection alone from now on: what was put off is done."""
        self.ioloop, self._is_inside = loop, True
        self.add_channel(events=self._wanted_io_events)
        held, self._held = self._held, []
        for one in held:
            self.pre_process_command(*one)

    def end_visit(self) -> None:
        """The connection is over: what was open is given up."""
        if self.session is not None:
            self.session.end()

    def look(self, now: float) -> None:
        """End it where its time is up, or what was shown counts no more (machine time `now`)."""
        if self._leaving is not None:
            if now - self._leaving > _LAST_WORDS_S:
                self.cut()
        elif self.visit is None:
            self._look_before_login(now - self.since)
        elif not self.server.gate.still_stands(self.visit):
            self.bye("the credential was revoked")
        elif now - self._last_used(now) > self.server.house.limits.idle_s:
            self.bye("nothing was asked for too long")

    def bye(self, why: str) -> None:
        """Say why, and end it."""
        if self._leaving is None and not self._closed:
            self._leaving = time.monotonic()
            if self.data_channel is not None:
                self.data_channel.part()
            self.respond(f"421 {why}.")
            self.close_when_done()

    def cut(self) -> None:
        """End it at once."""
        if not self._closed:
            if self.data_channel is not None:
                self.data_channel.part()
            self.part()

    def close(self) -> None:
        """Let go of the connection, now or once TLS said goodbye."""
        super().close()
        if self._closed:
            self.server.forget(self)

    def handle_error(self) -> None:
        """Whatever a stranger's bytes make the library raise ends the connection."""
        _LOG.info("a connection was ended by an error", exc_info=True)
        self.cut()

    def handshake_done(self) -> None:
        """Whose certificate it is, is asked with the password."""
        self.certificate = self.socket.getpeercert(binary_form=True)

    def handshake_failed(self, error: OSError) -> None:
        """A certificate that leads nowhere is an attempt to come in."""
        if isinstance(error, ssl.SSLCertVerificationError):
            with contextlib.suppress(LogUnavailable):  # nobody was let in either
                self._login.refuse("", Factor.CERTIFICATE)
        self.cut()

    def collect_incoming_data(self, data: bytes) -> None:
        """A line without an end is nobody's who means well."""
        if not self._closed and self._leaving is None:
            super().collect_incoming_data(data)
            if self._in_buffer_len == 0:
                self.bye("no command is that long")

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Serve one command; one that takes time waits for a thread, with all that come behind it."""
        if self._closed or self._leaving is not None:
            return
        self._said, self.used = self._said + 1, time.monotonic()
        if _UNFIT.search(line):
            self.respond("501 a command has no control characters")
        elif not self._is_inside and (self._held or cmd == "PASS"):
            if not self._held:
                self.server.wants_thread(self)
            self._held.append((line, cmd, arg))
        else:
            self._serve(line, cmd, arg)
        self._stop_floods()

    def _serve(self, line: str, cmd: str, arg: str) -> None:
        try:
            super().pre_process_command(line, cmd, arg)
        except LogUnavailable:
            self.bye(NOT_NOW)

    def process_command(self, cmd: str, *args: Any, **kwargs: Any) -> None:
        """Nothing is shown in plain text, and whoever tries does not get to the password."""
        if cmd in {"USER", "PASS"} and not self.is_secure:
            self._turn_away(
                args[0] if cmd == "USER" else "", "say AUTH TLS before you say who you are"
            )
        else:
            super().process_command(cmd, *args, **kwargs)

    def ftp_USER(self, line: str) -> None:
        """Who it is said to be; a session stays whose it is."""
        if self.authenticated:
            self.respond("503 this session is somebody's already")
        elif self.certificate is None:
            self._turn_away(line, "show the unit's certificate in the TLS handshake")
        else:
            super().ftp_USER(line)

    def ftp_PASS(self, line: str) -> None:
        """Certificate and password; what was wrong is not told."""
        if self.authenticated or not self.username or self.certificate is None:
            self.respond("503 say USER first, once")
            return
        self.visit = self._login.visit(self.username, self.certificate, line)
        if self.visit is None:
            self._wrong += 1
            self.username = ""
            self.respond("530 certificate and password do not open this account")
            if self._wrong >= MOST_WRONG:
                self.bye("too many wrong tries")
        else:
            self.session = self.server.house.session(self.visit.account, self.key)
            self.handle_auth_success("/", "", "you are in")

    @property
    def _login(self) -> Login:
        return Login(self.server.gate, self.server.house, self.remote_ip)

    def _turn_away(self, user: str, why: str) -> None:
        self._login.refuse(user, Factor.CERTIFICATE)
        self.respond(f"530 {why}")
        self.bye("come again")

    def _stop_floods(self) -> None:
        """Whoever asks and does not read, or talks without logging in, costs no more than this."""
        if self.visit is None and self._said > _MOST_BEFORE_LOGIN:
            self.bye("too much was said before the log-in")
        elif not self._closed and len(self.producer_fifo) > _MOST_UNREAD:
            self.cut()

    def _look_before_login(self, age_s: float) -> None:
        limits = self.server.house.limits
        if not self.is_secure and age_s > limits.greeting_s:
            self.cut()
        elif age_s > limits.login_s:
            self.bye("the log-in took too long")

    def _last_used(self, now: float) -> float:
        """When something was asked, or a transfer moved on."""
        moved = self.data_channel.get_transmitted_bytes() if self.data_channel is not None else 0
        if moved != self._moved:
            self._moved, self.used = moved, now
        return self.used
