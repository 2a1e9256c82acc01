"""The channels of one connection (RFC 4254): sessions that may ask for SFTP and for nothing else."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from paramiko.ssh_exception import SSHException

from gateway.contracts.drop import DropAccount
from sftp_drop.core import SftpCore
from sftp_drop.house import House
from sftp_drop.packets import LARGEST_DATA, Packets
from sftp_drop.wire import ProtocolBroken, Reader, string

WINDOW = 2_097_152
_MOST_CHANNELS = 10
_MOST_EVER = 10_000
_LARGEST_WINDOW = 0xFFFFFFFF
_PROHIBITED = 1
_U32 = struct.Struct(">I")
_DATA_HEAD = struct.Struct(">II")
_CONFIRM = struct.Struct(">BIIII")
_ADJUST = struct.Struct(">BII")
_OPEN, _CONFIRMED, _NOT_OPENED, _WIDER, _DATA = 90, 91, 92, 93, 94
_END_OF_DATA, _CLOSE, _REQUEST, _GRANTED, _NOT_GRANTED = 96, 97, 98, 99, 100
_GLOBAL, _GLOBAL_DONE, _GLOBAL_NOT_DONE = 80, 81, 82


class Wire(Protocol):
    """The connection that channels belong to."""

    packets: Packets
    may_send: bool
    """Whether data may be sent now: not during a key exchange."""

    def post(self, payload: bytes) -> None:
        """Send a message, now or after a key exchange."""
        ...


@dataclass(slots=True)
class Channel:
    """One channel: windows in both directions, and the SFTP machine once it was asked for."""

    number: int
    theirs: int
    their_window: int
    their_most: int
    our_window: int = WINDOW
    consumed: int = 0
    core: SftpCore | None = None
    is_at_end: bool = False
    is_closing: bool = False

    def end(self) -> None:
        """Nothing more is served; what the session has open is given up."""
        if self.core is not None:
            self.core.end()
            self.core = None


@dataclass(slots=True)
class Channels:
    """Opens and serves them for the connection `key`. `was_used` is set whenever the client asks something."""

    wire: Wire
    house: House
    key: str
    account: Callable[[], DropAccount]
    was_used: bool = False
    _open: dict[int, Channel] = field(default_factory=dict)
    _ever: int = 0

    def take(self, kind: int, payload: memoryview | bytes) -> None:
        """Serve one message.

        Raises:
            SSHException: it is none that a client may send here.
        """
        if kind == _DATA:
            self._take_data(payload)
            return
        verb = self._VERBS.get(kind)
        if verb is None:
            raise SSHException("nothing that a client says")
        verb(self, Reader(bytes(payload[1:])))

    def pump(self) -> None:
        """Go on with what had to wait: for a wider window, or for new keys."""
        for channel in list(self._open.values()):
            self._serve(channel)

    def end(self) -> None:
        """The connection is over."""
        for channel in self._open.values():
            channel.end()
        self._open.clear()

    def _take_data(self, payload: memoryview | bytes) -> None:
        number, size = _DATA_HEAD.unpack_from(payload, 1)
        channel = self._open.get(number)
        if channel is None or size > len(payload) - 9 or size > channel.our_window:
            raise SSHException("data that no channel has room for")
        if channel.is_closing:
            return
        if channel.core is None or channel.is_at_end:
            raise SSHException("data where nobody asked for SFTP")
        self.was_used = True
        channel.our_window -= size
        channel.consumed += size
        try:
            channel.core.take_in(payload[9 : 9 + size])
            self._serve(channel)
        except ProtocolBroken:
            self._finish(channel, 1)

    def _serve(self, channel: Channel) -> None:
        """Answer requests and send the answers, as far as the client's window goes."""
        core, wire = channel.core, self.wire
        if core is None or channel.is_closing or not wire.may_send:
            return
        has_more = core.work()
        while core.waiting:
            room = min(channel.their_window, core.waiting)
            if room == 0:
                return
            channel.their_window -= room
            wire.packets.send_data(channel.theirs, core.give_out(room), channel.their_most)
            has_more = has_more and core.work()
        if channel.consumed > WINDOW // 2:
            wire.post(_ADJUST.pack(_WIDER, channel.theirs, channel.consumed))
            channel.our_window += channel.consumed
            channel.consumed = 0
        if channel.is_at_end:
            self._finish(channel, 0)

    def _open_channel(self, asked: Reader) -> None:
        kind, theirs, window, most = asked.string(), asked.u32(), asked.u32(), asked.u32()
        self._ever += 1
        is_full = len(self._open) >= _MOST_CHANNELS or self._ever > _MOST_EVER
        if kind != b"session" or is_full or most == 0:
            why = string(b"this server has sessions for SFTP only, ten at once") + string(b"en")
            self.wire.post(bytes([_NOT_OPENED]) + _U32.pack(theirs) + _U32.pack(_PROHIBITED) + why)
            return
        number = self._ever
        self._open[number] = Channel(number, theirs, window, most)
        self.wire.post(_CONFIRM.pack(_CONFIRMED, theirs, number, WINDOW, LARGEST_DATA))

    def _widen(self, asked: Reader) -> None:
        channel = self._channel(asked)
        channel.their_window += asked.u32()
        if channel.their_window > _LARGEST_WINDOW:
            raise SSHException("a window wider than there are")
        self._serve(channel)

    def _request(self, asked: Reader) -> None:
        channel, kind, wants_reply = self._channel(asked), asked.string(), asked.byte()
        is_granted = kind == b"subsystem" and asked.string() == b"sftp" and channel.core is None
        if is_granted:
            session = self.house.session(self.account(), f"{self.key}-{channel.number}")
            channel.core = SftpCore(session)
            self.wire.packets.hurries = False
        if wants_reply:
            answer = _GRANTED if is_granted else _NOT_GRANTED
            self.wire.post(bytes([answer]) + _U32.pack(channel.theirs))

    def _end_data(self, asked: Reader) -> None:
        """The client asks no more; it gets the answers that are still due, and then a goodbye."""
        channel = self._channel(asked)
        channel.is_at_end = True
        if channel.core is None:
            self._finish(channel, 1)
        else:
            self._serve(channel)

    def _close(self, asked: Reader) -> None:
        channel = self._channel(asked)
        channel.end()
        if not channel.is_closing:
            self.wire.post(bytes([_CLOSE]) + _U32.pack(channel.theirs))
        del self._open[channel.number]

    def _finish(self, channel: Channel, status: int) -> None:
        """Say how it ended, and that we have nothing more; the client closes it then."""
        if channel.is_closing:
            return
        channel.is_closing = True
        channel.end()
        theirs = _U32.pack(channel.theirs)
        exit_status = string(b"exit-status") + b"\x00" + _U32.pack(status)
        self.wire.post(bytes([_REQUEST]) + theirs + exit_status)
        self.wire.post(bytes([_END_OF_DATA]) + theirs)
        self.wire.post(bytes([_CLOSE]) + theirs)

    def _request_of_connection(self, asked: Reader) -> None:
        """Forwarding is not for here; some clients ask now and then whether we are still there."""
        asked.string()
        if asked.byte():
            self.wire.post(bytes([_GLOBAL_NOT_DONE]))

    def _pass_over(self, _asked: Reader) -> None:
        """The answer to our own question whether the client is still there."""

    def _channel(self, asked: Reader) -> Channel:
        channel = self._open.get(asked.u32())
        if channel is None:
            raise SSHException("a channel that is not open")
        return channel

    _VERBS: ClassVar[Mapping[int, Callable[["Channels", Reader], None]]] = {
        _GLOBAL: _request_of_connection,
        _GLOBAL_DONE: _pass_over,
        _GLOBAL_NOT_DONE: _pass_over,
        _OPEN: _open_channel,
        _WIDER: _widen,
        _END_OF_DATA: _end_data,
        _CLOSE: _close,
        _REQUEST: _request,
    }
