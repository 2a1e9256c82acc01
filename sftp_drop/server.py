"""The drop server: listens, accepts within limits, and ends sessions when told to."""

import io
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import paramiko

from gateway.contracts.drop import DropAccount, DropDesk, DropGate
from sftp_drop.guard import Guard, Lockout
from sftp_drop.login import Door
from sftp_drop.transport import DropTransport, Serving, open_transport, quieten_ssh

_LOG = logging.getLogger(__name__)
_TICK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What clients may take: connections, sessions of one account, seconds of machine time, bytes."""

    connections: int = 512
    sessions_per_account: int = 128
    login_s: float = 30.0
    idle_s: float = 900.0
    upload_bytes: int = 536_870_912
    lockout: Lockout = field(default_factory=Lockout)


@dataclass(slots=True)
class _Connection:
    """One accepted connection. `since` is when it was accepted (machine time)."""

    transport: DropTransport
    door: Door
    since: float = field(default_factory=time.monotonic)


class DropServer:
    """One SFTP listener. `host_key` is an Ed25519 private key in OpenSSH or PEM text."""

    def __init__(
        self,
        gate: DropGate,
        desk: DropDesk,
        host_key: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: Limits | None = None,
    ) -> None:
        self._gate, self._desk, self._limits = gate, desk, limits or Limits()
        self._guard = Guard(self._limits.lockout)
        self._host_key = paramiko.Ed25519Key.from_private_key(io.StringIO(host_key))
        self._address = (host, port)
        self._lock = threading.Lock()
        self._connections: dict[int, _Connection] = {}
        self._accepted = 0
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None

    @property
    def public_host_key(self) -> str:
        """The host key as one line of OpenSSH text."""
        return f"{self._host_key.get_name()} {self._host_key.get_base64()}"

    def start(self) -> int:
        """Listen; the port."""
        quieten_ssh()
        self._listener = socket.create_server(self._address, backlog=256)
        for run in (self._accept, self._watch):
            thread = threading.Thread(target=run, name=f"drop-{run.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)
        port: int = self._listener.getsockname()[1]
        return port

    def stop(self) -> None:
        """Listen no more and end every session."""
        self._stopping.set()
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self._end(lambda _: True)
        for thread in self._threads:
            thread.join(timeout=10)

    def end_sessions(self) -> None:
        """Cut every session, as when the ground under them is taken away."""
        self._end(lambda one: one.door.visit is not None)

    def _accept(self) -> None:
        assert self._listener is not None
        while not self._stopping.is_set():
            try:
                connection, (address, *_) = self._listener.accept()
            except OSError:
                if self._stopping.wait(_TICK_S):
                    return
                continue
            self._admit(connection, address)

    def _admit(self, connection: socket.socket, address: str) -> None:
        self._accepted += 1
        number = self._accepted
        with self._lock:
            full = len(self._connections) >= self._limits.connections
        if full:
            connection.close()
            return
        limits = self._limits
        door = Door(self._gate, self._guard, address, self._has_room)
        serving = Serving(self._desk, f"{number}", limits.upload_bytes)
        transport = open_transport(connection, self._host_key, door, serving, limits.login_s)
        with self._lock:
            self._connections[number] = _Connection(transport, door)
        try:
            transport.start_server(event=threading.Event(), server=door)
        except (OSError, EOFError, paramiko.SSHException) as error:
            _LOG.info("connection ended: %s", type(error).__name__)
            transport.close()

    def _has_room(self, account: DropAccount) -> bool:
        with self._lock:
            visits = [one.door.visit for one in self._connections.values()]
        mine = [visit for visit in visits if visit and visit.account.user == account.user]
        return len(mine) < self._limits.sessions_per_account

    def _watch(self) -> None:
        """Forget what ended; end what did not log in, is idle too long, or whose credential is gone."""
        while not self._stopping.wait(_TICK_S):
            now = time.monotonic()
            self._end(self._overdue_at(now))
            with self._lock:
                gone = [k for k, one in self._connections.items() if not one.transport.is_active()]
                for key in [k for k in gone if now - self._connections[k].since > _TICK_S]:
                    del self._connections[key]

    def _overdue_at(self, now: float) -> Callable[[_Connection], bool]:
        return lambda one: self._is_overdue(one, now)

    def _is_overdue(self, one: _Connection, now: float) -> bool:
        age, visit = now - one.since, one.door.visit
        if visit is None:
            return age > self._limits.login_s
        if not self._gate.still_stands(visit):
            return True
        return age > self._limits.idle_s and not _has_channels(one.transport)

    def _end(self, chosen: Callable[[_Connection], bool]) -> None:
        with self._lock:
            ending = [one for one in self._connections.values() if chosen(one)]
        for one in ending:
            one.transport.close()


def _has_channels(transport: paramiko.Transport) -> bool:
    return len(transport._channels) > 0  # type: ignore[attr-defined]  # noqa: SLF001  no public way
