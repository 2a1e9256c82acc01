"""The SSH side of one connection: modern algorithms only, bounded before and after log-in."""

import logging
import socket
import time
from dataclasses import dataclass
from typing import Any

import paramiko
from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

from gateway.contracts.drop import DropDesk
from sftp_drop.core import SftpCore
from sftp_drop.login import Door, DropAuth
from sftp_drop.session import DropSession
from sftp_drop.wire import ProtocolBroken

_LOG = logging.getLogger(__name__)
_SSH_LOG = f"{__name__}.ssh"
LARGEST_SSH_PACKET = 300 * 1024
_LARGEST_GREETING = 1_024
_GREETING_S = 15.0
_REPLIES_AT_ONCE = 1 << 20
_RECEIVE = 1 << 20
_CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr", "aes128-ctr")
_MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256")
_USER_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "rsa-sha2-512", "rsa-sha2-256")  # fmt: skip


class BoundedPacketizer(Packetizer):
    """Paramiko's packets with the bounds it lacks: a packet's length, and a greeting's."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._greeting = 0
        self._greeting_until = time.monotonic() + _GREETING_S

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:  # noqa: FBT001, FBT002  paramiko's form
        """Refuse a forged length before memory is given to it."""
        if not 0 <= n <= LARGEST_SSH_PACKET:
            raise SSHException("a packet of impossible length")
        content: bytes = super().read_all(n, check_rekey)
        return content

    def _read_timeout(self, timeout: float) -> bytes:
        """Part of the greeting: bounded in bytes, and in time as a whole."""
        part: bytes = super()._read_timeout(timeout)  # type: ignore[misc]  # not in the stubs
        self._greeting += len(part)
        if self._greeting > _LARGEST_GREETING or time.monotonic() > self._greeting_until:
            raise SSHException("the greeting is too long")
        return part


class SftpSubsystem(paramiko.SubsystemHandler):
    """Carries bytes between a channel and the SFTP machine, on the channel's own thread."""

    def __init__(
        self, channel: paramiko.Channel, name: str, server: Door, visit: "Serving"
    ) -> None:
        super().__init__(channel, name, server)
        self._door, self._serving = server, visit

    def start_subsystem(
        self, name: str, transport: paramiko.Transport, channel: paramiko.Channel  # noqa: ARG002  paramiko's form
    ) -> None:  # fmt: skip
        """Serve until the client leaves or breaks the protocol."""
        visit, serving = self._door.visit, self._serving
        assert visit is not None
        key = f"{serving.key}-{channel.get_id()}"
        session = DropSession(visit.account, serving.desk, key, serving.upload_limit)
        try:
            _serve(channel, SftpCore(session))
        except ProtocolBroken as broken:
            _LOG.info("session ended: %s", broken)
        finally:
            session.end()
            _say_goodbye(channel)


@dataclass(frozen=True, slots=True)
class Serving:
    """What every session of a connection works with; `key` keeps its hidden files apart."""

    desk: DropDesk
    key: str
    upload_limit: int


class DropTransport(paramiko.Transport):
    """Paramiko's transport with our own side of logging in."""

    door: Door

    def _parse_newkeys(self, message: paramiko.Message) -> None:
        super()._parse_newkeys(message)  # type: ignore[misc]  # not in the stubs
        if not isinstance(self.auth_handler, DropAuth):
            self.auth_handler = DropAuth(self, self.door)


def _serve(channel: paramiko.Channel, core: SftpCore) -> None:
    while received := channel.recv(_RECEIVE):
        replies: list[bytes] = []
        size = 0
        for reply in core.feed(received):
            replies.append(reply)
            size += len(reply)
            if size > _REPLIES_AT_ONCE:
                channel.sendall(b"".join(replies))
                replies, size = [], 0
        if replies:
            channel.sendall(b"".join(replies))


def _say_goodbye(channel: paramiko.Channel) -> None:
    try:
        channel.send_exit_status(0)
    except (OSError, EOFError, SSHException):
        return


def open_transport(
    connection: socket.socket, host_key: paramiko.PKey, door: Door, serving: Serving, login_s: float
) -> DropTransport:
    """A transport that offers this server's algorithms and its one subsystem."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    settings: dict[str, Any] = {"packetizer_class": BoundedPacketizer}
    transport = DropTransport(connection, **settings)
    transport.door = door
    transport.set_log_channel(_SSH_LOG)
    transport.banner_timeout = min(_GREETING_S, login_s)
    transport.auth_timeout = login_s
    options = transport.get_security_options()
    options.ciphers = _CIPHERS
    options.digests = _MACS
    options.kex = [kex for kex in options.kex if _is_modern(kex)]
    transport._preferred_pubkeys = _USER_KEYS  # type: ignore[attr-defined]  # noqa: SLF001  no public way
    transport.add_server_key(host_key)
    transport.set_subsystem_handler("sftp", SftpSubsystem, serving)
    return transport


def quieten_ssh() -> None:
    """Keep paramiko from telling stderr of every client that hangs up or speaks something else."""
    logging.getLogger(_SSH_LOG).setLevel(logging.CRITICAL)


def _is_modern(kex: str) -> bool:
    return not kex.startswith("diffie-hellman")
