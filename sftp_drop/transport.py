"""The SSH side of one connection: paramiko's key exchange and log-in, driven and bounded by us.

Paramiko's transport brings its own thread from the first byte on and reads without bounds. This one is only
told that bytes have come (`advance`): by the anteroom, where all are that did not log in, and then by the
visitor's own thread.
"""

import logging
import socket
import struct
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import paramiko
from paramiko.common import (
    MSG_DEBUG,
    MSG_DISCONNECT,
    MSG_EXT_INFO,
    MSG_IGNORE,
    MSG_KEXINIT,
    MSG_SERVICE_REQUEST,
    MSG_UNIMPLEMENTED,
    MSG_USERAUTH_INFO_RESPONSE,
    MSG_USERAUTH_REQUEST,
)
from paramiko.kex_curve25519 import KexCurve25519
from paramiko.message import Message
from paramiko.ssh_exception import SSHException

from gateway.contracts.drop import DropAccount
from sftp_drop.channels import Channels
from sftp_drop.house import House
from sftp_drop.login import Door, DropAuth
from sftp_drop.packets import Ended, Packets

_SSH_LOG = f"{__name__}.ssh"
_Paramiko: Any = paramiko.Transport
_GCM = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com")
_CTR = ("aes256-ctr", "aes128-ctr")
_MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com")
_KEX = ("mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org")
_USER_KEYS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "rsa-sha2-512", "rsa-sha2-256")  # fmt: skip
_TYPED = (b"password", b"keyboard-interactive")
_FIRST_KEX, _LAST_KEX, _FIRST_OF_CONNECTION = 30, 41, 80
_MOST_BEFORE_LOGIN = 100
_MOST_WAITING = 256
_KEYS_TAKE_S = 60.0
_STILL_THERE = b"\x50\x00\x00\x00\x15keepalive@openssh.com\x01"
_GOODBYE = struct.Struct(">BI")
_BY_APPLICATION = 11
_Payload = memoryview | bytes


class DropTransport(_Paramiko):  # type: ignore[misc]  # paramiko's own types leave out what we build on
    """One connection, from the first byte to the last."""

    _kex_info: ClassVar[Mapping[str, Any]] = {
        **_Paramiko._kex_info,  # noqa: SLF001  there is no public table
        "curve25519-sha256": KexCurve25519,
    }
    _expected_packet: tuple[int, ...]
    _preferred_ciphers: tuple[str, ...]
    _preferred_kex = _KEX
    _preferred_macs = _MACS
    _preferred_pubkeys = _USER_KEYS

    def __init__(self, connection: socket.socket, host_key: paramiko.PKey, door: Door, house: House, key: str) -> None:  # fmt: skip
        super().__init__(connection, packetizer_class=Packets)
        connection.settimeout(0)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.set_log_channel(_SSH_LOG)
        self.local_version = "SSH-2.0-MagdaSim"
        self.add_server_key(host_key)
        self.server_mode, self.server_object, self.active = True, door, True
        self.door, self.packets = door, self.packetizer
        self.channels = Channels(self, house, key, self._account)
        self.auth_handler = DropAuth(self, door)
        self._held: bytes | None = None
        self._waiting: list[bytes] = []
        self._seen = 0
        self._kex_since = 0.0
        self.may_send = False

    def greet(self) -> None:
        """Say who we are. Our algorithms follow once the client said what it can do."""
        self.sock.send(f"{self.local_version}\r\n".encode())
        self._expect_packet(MSG_KEXINIT)

    def advance(self) -> None:
        """Serve every packet that is whole, then send what came of it.

        In the anteroom it stops at what takes time of its own: something typed, or a log-in that
        succeeded; `wants_thread` says so.
        """
        if self.remote_version or self._read_greeting():
            while not self.wants_thread and (payload := self.packets.next()) is not None:
                self.take(payload)
        self.packets.flush()

    def begin_visit(self) -> None:
        """Somebody serves this connection alone from now on: what was put off is done."""
        self.packets.widen()
        held, self._held = self._held, None
        if held is not None:
            self.take(held)

    def keep_keys_fresh(self, now: float) -> None:
        """Renew keys that are worn (machine time `now`).

        Raises:
            Ended: the client does not go along.
        """
        if not self.in_kex:
            if self.packets.is_worn(now):
                self._send_kex_init()
        elif now - self._kex_since > _KEYS_TAKE_S:
            raise Ended("the key exchange took too long")

    def ask_whether_still_there(self) -> None:
        """Every client answers this, if only that it does not know what is meant."""
        self.post(_STILL_THERE)

    def wait_no_longer(self) -> None:
        """Offer everything to a client that wants to hear from us before it says what it can do."""
        if self.remote_version and self.local_kex_init is None and not self.initial_kex_done:
            self._preferred_ciphers = _GCM + _CTR
            self._send_kex_init()
            self.packets.flush()

    @property
    def wants_thread(self) -> bool:
        """Whether it is to be served by a thread of its own from now on."""
        return not self.packets.blocks and (self.door.visit is not None or self._held is not None)

    def say_goodbye(self, why: str) -> None:
        """Tell the client why it ends, if it still listens."""
        try:
            text = why.encode()
            size = len(text).to_bytes(4, "big")
            head = _GOODBYE.pack(MSG_DISCONNECT, _BY_APPLICATION)
            self.packets.send_payload(head + size + text + bytes(4))
            self.packets.flush()
        except (EOFError, OSError, SSHException):
            return

    def shut(self) -> None:
        """Let go of everything."""
        self.active = False
        self.channels.end()
        self.packets.close()

    def post(self, payload: bytes) -> None:
        """Send a message of the connection; it waits while keys are exchanged."""
        if self.may_send:
            self.packets.send_payload(payload)
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append(payload)
        else:
            raise SSHException("too much to be sent during a key exchange")

    def _account(self) -> DropAccount:
        visit = self.door.visit
        assert visit is not None
        return visit.account

    def _read_greeting(self) -> bool:
        line = self.packets.line()
        if line is None:
            return False
        if not line.startswith(("SSH-2.0-", "SSH-1.99-")):
            raise SSHException("not a client of SSH 2")
        self.remote_version = line
        return True

    def take(self, payload: _Payload) -> None:
        """Serve one message.

        Raises:
            SSHException: it is none that a client may send now.
            EOFError: the client takes its leave.
        """
        kind = payload[0]
        if self._expected_packet:
            self._take_expected(kind, payload)
        elif self.door.visit is not None and kind >= _FIRST_OF_CONNECTION:
            self.channels.take(kind, payload)
        else:
            self._take_other(kind, payload)

    def _take_expected(self, kind: int, payload: _Payload) -> None:
        """During a key exchange nothing counts but what is next; before the first keys nothing else may come."""
        if kind not in self._expected_packet:
            if kind in (MSG_IGNORE, MSG_DEBUG) and self.initial_kex_done:
                return
            raise SSHException("not what comes next in a key exchange")
        self._expected_packet = ()
        message = _message(payload, self.packets.number)
        if _FIRST_KEX <= kind <= _LAST_KEX:
            self.kex_engine.parse_next(kind, message)
        elif kind == MSG_KEXINIT:
            self._negotiate_keys(message)
        else:
            self._parse_newkeys(message)

    def _take_other(self, kind: int, payload: _Payload) -> None:
        if self.door.visit is None:
            self._seen += 1
            if self._seen > _MOST_BEFORE_LOGIN or kind == MSG_KEXINIT:
                raise SSHException("too much before the log-in")
        handler = self._HANDLERS.get(kind)
        if handler is None:
            raise SSHException("nothing that a client says")
        handler(self, payload)

    def _send_kex_init(self) -> None:
        self._kex_since, self.may_send = time.monotonic(), False
        super()._send_kex_init()

    def _negotiate_keys(self, message: Message) -> None:
        """Offer what the client can do best: its order decides, and many name the slow ciphers first."""
        offered = self._really_parse_kex_init(Message(message.asbytes()))
        can = set(offered["client_encrypt_algo_list"]) & set(offered["server_encrypt_algo_list"])
        if self.local_kex_init is None:
            self._preferred_ciphers = _GCM if can.intersection(_GCM) else _CTR
        self.may_send = False
        super()._negotiate_keys(message)

    def _parse_newkeys(self, message: Message) -> None:
        super()._parse_newkeys(message)
        self.may_send = True
        waiting, self._waiting = self._waiting, []
        for payload in waiting:
            self.packets.send_payload(payload)
        self.channels.pump()

    def _renegotiate(self, payload: _Payload) -> None:
        self._negotiate_keys(_message(payload, self.packets.number))

    def _leave(self, _payload: _Payload) -> None:
        raise EOFError

    def _pass_over(self, _payload: _Payload) -> None:
        """Allowed to be said, and of no consequence."""

    def _ask_service(self, payload: _Payload) -> None:
        self.auth_handler._parse_service_request(_message(payload))  # noqa: SLF001  paramiko's table

    def _log_in(self, payload: _Payload) -> None:
        """Checking what is typed takes time on purpose; it is done by a thread of its own."""
        if not self.packets.blocks and any(word in bytes(payload[:400]) for word in _TYPED):
            self._held = bytes(payload)
        else:
            self.auth_handler._parse_userauth_request(_message(payload))  # noqa: SLF001  paramiko's table

    def _answer(self, payload: _Payload) -> None:
        self.auth_handler.answer(_message(payload))

    _HANDLERS: ClassVar[Mapping[int, Callable[["DropTransport", _Payload], None]]] = {
        MSG_DISCONNECT: _leave,
        MSG_IGNORE: _pass_over,
        MSG_UNIMPLEMENTED: _pass_over,
        MSG_DEBUG: _pass_over,
        MSG_SERVICE_REQUEST: _ask_service,
        MSG_EXT_INFO: _pass_over,
        MSG_KEXINIT: _renegotiate,
        MSG_USERAUTH_REQUEST: _log_in,
        MSG_USERAUTH_INFO_RESPONSE: _answer,
    }


def quieten_ssh() -> None:
    """Keep paramiko from telling stderr of every client that hangs up or speaks something else."""
    logging.getLogger(_SSH_LOG).setLevel(logging.CRITICAL)


def _message(payload: _Payload, number: int = 0) -> Message:
    """A message as paramiko takes it: its kind taken off, and which packet it was."""
    message = Message(bytes(payload[1:]))
    message.seqno = number
    return message
