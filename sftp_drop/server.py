"""The drop server: listens, keeps an anteroom for all who did not log in, and ends sessions when told to."""

import contextlib
import io
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable

import paramiko
from paramiko.ssh_exception import SSHException

from gateway.contracts.drop import DropAccount, DropGate, Visit
from sftp_drop.house import House
from sftp_drop.login import Door
from sftp_drop.packets import Ended
from sftp_drop.transport import DropTransport, quieten_ssh
from sftp_drop.visitor import Visitor

_LOG = logging.getLogger(__name__)
_TICK_S = 0.25
_ACCEPT_AT_ONCE = 16
_FEW = 2
_LAST_WORDS_S = 5.0


class DropServer:
    """One SFTP listener. `host_key` is an Ed25519 private key in OpenSSH or PEM text.

    One thread accepts, shakes hands with everybody who did not log in, and looks after deadlines; whoever
    logged in, or has something typed to be checked, gets a thread of their own.
    """

    def __init__(
        self,
        gate: DropGate,
        house: House,
        host_key: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._gate, self._house, self._limits = gate, house, house.limits
        house.present.append(self._visits)
        self._host_key = paramiko.Ed25519Key.from_private_key(io.StringIO(host_key))
        self._address = (host, port)
        self._lock = threading.Lock()
        self._anteroom: dict[socket.socket, Visitor] = {}
        self._inside: list[Visitor] = []
        self._accepted = 0
        self._stopping = threading.Event()
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._run, name="drop", daemon=True)
        self._listener: socket.socket | None = None

    @property
    def public_host_key(self) -> str:
        """The host key as one line of OpenSSH text."""
        return f"{self._host_key.get_name()} {self._host_key.get_base64()}"

    def start(self) -> int:
        """Listen; the port."""
        quieten_ssh()
        self._listener = socket.create_server(self._address, backlog=512)
        self._listener.settimeout(0)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()
        port: int = self._listener.getsockname()[1]
        return port

    def stop(self) -> None:
        """Listen no more and end every connection."""
        self._stopping.set()
        if self._listener is None:
            return
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._thread.join(timeout=10)
        self._listener.close()
        for guest in [*self._anteroom.values(), *self._visitors()]:
            guest.dismiss("the server stops")
            if guest.is_alive():
                guest.join(timeout=10)
            else:
                guest.transport.shut()
        self._selector.close()

    def end_sessions(self, is_meant: Callable[[DropAccount], bool]) -> None:
        """Cut the sessions of these accounts, as when the ground under them is taken away; wait for it."""
        meant = [
            guest
            for guest in self._visitors()
            if (visit := guest.transport.door.visit) is not None and is_meant(visit.account)
        ]
        for guest in meant:
            guest.dismiss("what was here is gone")
        for guest in meant:
            guest.join(timeout=_LAST_WORDS_S)

    def _run(self) -> None:
        looked = 0.0
        while not self._stopping.is_set():
            for key, _ in self._selector.select(_TICK_S):
                if key.fileobj is self._listener:
                    self._accept()
                elif guest := self._anteroom.get(key.fileobj):  # type: ignore[call-overload]  # sockets only
                    self._serve(guest)  # nobody, where one who came a moment before took the place
            if time.monotonic() - looked > _TICK_S:
                looked = time.monotonic()
                self._look_round(looked)

    def _accept(self) -> None:
        """Let a few in; where descriptors run out, those who knock wait for their turn."""
        assert self._listener is not None
        for _ in range(_ACCEPT_AT_ONCE):
            try:
                connection, (address, *_) = self._listener.accept()
            except BlockingIOError:
                return
            except OSError:
                self._stopping.wait(_TICK_S)
                return
            self._admit(connection, address)

    def _admit(self, connection: socket.socket, address: str) -> None:
        limits = self._limits
        if len(self._visitors()) + len(self._anteroom) >= limits.connections:
            if not self._anteroom:
                connection.close()
                return
            self._show_out(next(iter(self._anteroom.values())))
        elif len(self._anteroom) >= limits.half_open:
            self._show_out(next(iter(self._anteroom.values())))
        self._accepted += 1
        door = Door(self._gate, self._house, address)
        transport = DropTransport(
            connection, self._host_key, door, self._house, f"{self._accepted}"
        )
        guest = Visitor(transport, limits, self._is_quiet)
        self._anteroom[connection] = guest
        self._selector.register(connection, selectors.EVENT_READ)
        with contextlib.suppress(OSError):
            guest.transport.greet()

    def _serve(self, guest: Visitor) -> None:
        """Shake hands a little further; nobody's bytes may stop those of the others."""
        transport = guest.transport
        try:
            transport.packets.fill()
            transport.advance()
        except Ended as ended:
            transport.say_goodbye(str(ended))
            self._show_out(guest)
        except EOFError:
            self._show_out(guest)
        except Exception as error:  # noqa: BLE001  whatever a stranger's bytes make paramiko raise
            if not isinstance(error, SSHException):
                _LOG.info("a guest's bytes came to %s", type(error).__name__)
            self._show_out(guest)
        else:
            if transport.wants_thread:
                self._let_in(guest)

    def _let_in(self, guest: Visitor) -> None:
        """From the first moment that others find somebody inside, they can be waited for."""
        self._forget(guest)
        with self._lock:
            try:
                guest.start()
            except RuntimeError:  # no thread is left
                guest.transport.shut()
            else:
                self._inside.append(guest)

    def _show_out(self, guest: Visitor) -> None:
        self._forget(guest)
        guest.transport.shut()

    def _forget(self, guest: Visitor) -> None:
        connection = guest.transport.sock
        self._selector.unregister(connection)
        del self._anteroom[connection]

    def _look_round(self, now: float) -> None:
        """Show out who took too long; end whose credential is gone; forget what ended."""
        for guest in list(self._anteroom.values()):
            if self._is_late(guest, now):
                self._show_out(guest)
            elif now - guest.since > _TICK_S:
                self._prompt(guest)
        with self._lock:
            self._inside = [one for one in self._inside if one.is_alive()]
        for guest in self._visitors():
            visit = guest.transport.door.visit
            if visit is None and now - guest.since > self._limits.login_s:
                guest.dismiss("the log-in took too long")
            elif visit is not None and not self._gate.still_stands(visit):
                guest.dismiss("the credential was revoked")

    def _prompt(self, guest: Visitor) -> None:
        try:
            guest.transport.wait_no_longer()
        except (EOFError, SSHException):
            self._show_out(guest)

    def _is_late(self, guest: Visitor, now: float) -> bool:
        limits = self._limits
        is_known = bool(guest.transport.remote_version)
        patience = limits.login_s if is_known else min(limits.greeting_s, limits.login_s)
        return now - guest.since > patience

    def _is_quiet(self) -> bool:
        """Whether so few are inside that they are not in each other's way when they stay awake."""
        return len(self._inside) <= _FEW

    def _visits(self) -> list[Visit]:
        visits = [one.transport.door.visit for one in self._visitors()]
        return [visit for visit in visits if visit is not None]

    def _visitors(self) -> list[Visitor]:
        with self._lock:
            return list(self._inside)
