"""The FTPS door: one thread for all who did not log in, and one for each who did."""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any

from pyftpdlib.ioloop import Acceptor, IOLoop

from gateway.contracts.drop import FTPS, DropAccount, DropGate, Visit
from sftp_drop.ftps.control import Guest
from sftp_drop.house import House

_LOG = logging.getLogger(__name__)
_Acceptor: Any = Acceptor
_TICK_S = 0.25
_BACKLOG = 512
_LAST_WORDS_S = 5.0


class FtpsServer:
    """One FTPS listener. `context` is what it shows and trusts from the next connection on."""

    backlog = 1
    """Of each data port; the library asks for it, as for `ip_map` and `socket`."""

    def __init__(
        self,
        gate: DropGate,
        house: House,
        context: ssl.SSLContext,
        address: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self.gate, self.house, self.context, self._address = gate, house, context, address
        self.ip_map: list[str] = []
        self.socket: socket.socket | None = None
        house.present.append(self._visits)
        self._anteroom: dict[Guest, None] = {}
        self._waiting: list[Guest] = []
        self._inside: list[_Visitor] = []
        self._lock = threading.Lock()
        self._accepted = 0
        self._stopping = threading.Event()
        self._loop = IOLoop()
        self._thread = threading.Thread(target=self._run, name="drop-ftps", daemon=True)

    def start(self) -> int:
        """Listen; the port."""
        logging.getLogger("pyftpdlib").setLevel(logging.CRITICAL)  # what strangers do is no news
        self.socket = socket.create_server(self._address, backlog=_BACKLOG)
        port: int = self.socket.getsockname()[1]
        _Entrance(self, self.socket, self._loop)
        self._thread.start()
        return port

    def stop(self) -> None:
        """Listen no more and end every connection."""
        self._stopping.set()
        if self.socket is None:
            return
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread
        self._thread.join(timeout=10)
        _end(self._visitors(), "the server stops")

    def end_sessions(self, is_meant: Callable[[DropAccount], bool]) -> None:
        """Cut the sessions of these accounts, as when the ground under them is taken away; wait for it."""
        meant = [
            visitor
            for visitor in self._visitors()
            if (visit := visitor.guest.visit) is not None and is_meant(visit.account)
        ]
        _end(meant, "what was here is gone")

    def admit(self, connection: socket.socket) -> None:
        """Let somebody into the anteroom; where it is full the oldest goes."""
        limits = self.house.limits
        inside = len(self._visitors()) + len(self._anteroom)
        if inside >= limits.connections or len(self._anteroom) >= limits.half_open:
            oldest = next(iter(self._anteroom), None)
            if oldest is None:
                connection.close()
                return
            oldest.cut()
        self._accepted += 1
        _keep_alive(connection, limits.keepalive_s, limits.keepalives)
        guest = Guest(connection, self, self._loop, f"{FTPS}-{self._accepted}")
        if guest.connected:
            self._anteroom[guest] = None
            guest.handle()

    def wants_thread(self, guest: Guest) -> None:
        """Somebody has something typed to be checked."""
        self._waiting.append(guest)

    def forget(self, guest: Guest) -> None:
        """The connection ended."""
        self._anteroom.pop(guest, None)

    def out_of_sockets(self) -> None:
        """Those who hang up give theirs back."""
        self._stopping.wait(_TICK_S)

    def _accept_new_cons(self) -> bool:
        """The library asks before each data connection: a session has one."""
        return True

    def _run(self) -> None:
        with self._loop as loop:
            looked = 0.0
            while not self._stopping.is_set():
                loop.poll(_TICK_S)
                loop.sched.poll()
                self._let_in()
                if time.monotonic() - looked > _TICK_S:
                    looked = time.monotonic()
                    self._look_round(looked)

    def _let_in(self) -> None:
        waiting, self._waiting = self._waiting, []
        for guest in waiting:
            if guest in self._anteroom:
                del self._anteroom[guest]
                guest.del_channel()
                self._serve(guest)

    def _serve(self, guest: Guest) -> None:
        """From the first moment that others find somebody inside, they can be waited for."""
        visitor = _Visitor(guest)
        with self._lock:
            try:
                visitor.start()
            except RuntimeError:  # no thread is left
                guest.cut()
            else:
                self._inside.append(visitor)

    def _look_round(self, now: float) -> None:
        """Show out who took too long; forget who left."""
        for guest in list(self._anteroom):
            guest.look(now)
        with self._lock:
            self._inside = [one for one in self._inside if one.is_alive()]

    def _visits(self) -> list[Visit]:
        visits = [one.guest.visit for one in self._visitors()]
        return [visit for visit in visits if visit is not None]

    def _visitors(self) -> "list[_Visitor]":
        with self._lock:
            return list(self._inside)


class _Visitor(threading.Thread):
    """Serves one connection from its password on, and looks at the time."""

    def __init__(self, guest: Guest) -> None:
        super().__init__(name="ftps-visitor", daemon=True)
        self.guest = guest
        self._farewell: str | None = None

    def run(self) -> None:
        """Serve it until it ends."""
        loop, guest = IOLoop(), self.guest
        try:
            guest.begin_visit(loop)
            looked = 0.0
            while not guest.is_gone:
                loop.poll(_TICK_S)
                loop.sched.poll()
                if time.monotonic() - looked > _TICK_S:
                    looked = time.monotonic()
                    self._look(looked)
        except Exception:  # noqa: BLE001  whatever a stranger's bytes make the library raise
            _LOG.info("a visit was ended by an error", exc_info=True)
        finally:
            self._end(loop)

    def _look(self, now: float) -> None:
        if self._farewell is not None:
            self.guest.bye(self._farewell)
        if not self.guest.is_gone:
            self.guest.look(now)

    def _end(self, loop: Any) -> None:
        """Nobody waits for the goodbye of a data connection whose control connection is gone."""
        self.guest.cut()
        for left in loop.socket_map.values():
            left._is_rude = True  # noqa: SLF001  what is left may be a port that waits, too
        loop.close()
        self.guest.end_visit()

    def dismiss(self, why: str) -> None:
        """End it from another thread; its own says goodbye within a tick."""
        self._farewell = why


class _Entrance(_Acceptor):  # type: ignore[misc]  # the library has no types
    """The listening socket in the anteroom's loop."""

    def __init__(self, door: FtpsServer, listener: socket.socket, loop: Any) -> None:
        super().__init__(ioloop=loop)
        self._door = door
        listener.setblocking(False)  # noqa: FBT003  the socket's own word
        self.set_socket(listener)
        self.listen(_BACKLOG)

    def handle_accepted(self, connection: socket.socket, _address: object) -> None:
        """Somebody came."""
        self._door.admit(connection)

    def handle_error(self) -> None:
        """No descriptor is left, or somebody's bytes were odd from the start; others come after them."""
        self._door.out_of_sockets()


def _end(visitors: list[_Visitor], why: str) -> None:
    for visitor in visitors:
        visitor.dismiss(why)
    for visitor in visitors:
        visitor.join(timeout=_LAST_WORDS_S)


def _keep_alive(connection: socket.socket, every_s: float, most: int) -> None:
    """The system asks clients that are silent whether they are still there; FTP has no words for it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        (socket.TCP_KEEPIDLE, max(1, int(every_s))),
        (socket.TCP_KEEPINTVL, max(1, int(every_s))),
        (socket.TCP_KEEPCNT, most),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
