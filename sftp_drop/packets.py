"""SSH packets (RFC 4253 section 6) as paramiko's transport asks for them, bounded from the first byte.

Paramiko's own reads what a length field says, however large, and waits for it; here bytes are put in as
they come, and whole packets are taken out. Many packets share one system call in either direction.
"""

import logging
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from typing import Any

import paramiko
from cryptography.exceptions import InvalidTag
from paramiko.ssh_exception import SSHException

from sftp_drop.ciphers import CtrWithHmac, Gcm, Opener, Plain, Sealer
from sftp_drop.stream import Stream

LARGEST_UNKNOWN = 35_000
"""Of somebody who did not log in: what every implementation must take (RFC 4253 section 6.1)."""
LARGEST_DATA = 65_536
"""What a channel takes in one packet."""
_LARGEST_KNOWN = LARGEST_DATA + 1_024
_HEAD = struct.Struct(">IB")
_DATA = struct.Struct(">BII")
_ZEROS = bytes(64)
_SMALL = 4_096
_U32 = struct.Struct(">I")
_CHANNEL_DATA = 94
_LEAST_PADDING = 4
_SEQUENCE = 0xFFFFFFFF


class Ended(Exception):
    """We end the connection; the text is what the client is told."""


class Packets(Stream):
    """One connection's packets. `fill`, `next` and `flush` are for whoever drives it; the rest is paramiko's."""

    rekey_bytes = 1 << 29
    rekey_s = 3_600.0

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._most = LARGEST_UNKNOWN
        self._plain = memoryview(bytearray(4_096))
        self._clear = memoryview(bytearray(4_096))
        self._opener: Opener = Plain()
        self._sealer: Sealer = Plain()
        self._number_in = self._number_out = 0
        self._bytes_since_keys = 0
        self._keys_since = time.monotonic()
        self._renewed = 0
        self._initial_kex_done = False

    def next(self) -> memoryview | None:
        """The payload of the next packet, if one is whole; it holds until the next is asked for.

        Raises:
            SSHException: it is forged, or of a length that none has.
        """
        start, opener = self._from, self._opener
        if self._to - start < 4:  # noqa: PLR2004  the length field
            return None
        length = _U32.unpack_from(self._in, start)[0]
        if not 2 * _LEAST_PADDING <= length <= self._most or (length + opener.extra) % opener.block:
            raise SSHException("a packet of impossible length")
        whole = 4 + length + opener.tag
        if self._to - start < whole:
            self._wanted = whole
            return None
        if length > len(self._plain):
            self._plain = memoryview(bytearray(_LARGEST_KNOWN))
        plain = self._plain[:length]
        try:
            opener.open(self._in[start : start + whole], plain, self._number_in)
        except InvalidTag:
            raise SSHException("a packet was changed on its way") from None
        self._from, self._wanted = start + whole, 0
        self._number_in = self._count(self._number_in, whole)
        padding = plain[0]
        if not _LEAST_PADDING <= padding < length - 1:
            raise SSHException("a packet without content")
        return plain[1 : length - padding]

    def widen(self) -> None:
        """The client logged in, and somebody serves it alone: larger packets too."""
        self._most = _LARGEST_KNOWN
        super().widen()

    def send_payload(self, payload: bytes) -> None:
        """Close one packet and put it with what waits to be sent."""
        clear = self._clear_for(len(payload))
        clear[5 : 5 + len(payload)] = payload
        self._seal(clear)

    def send_data(self, channel: int, pieces: Sequence[bytes | memoryview], most: int) -> None:
        """Data of a channel, in packets of at most so many bytes; large pieces are not joined first."""
        left, at, used = sum(map(len, pieces)), 0, 0
        if left <= min(most, _SMALL):
            self.send_payload(_DATA.pack(_CHANNEL_DATA, channel, left) + b"".join(pieces))
            return
        while left:
            size = min(left, most)
            clear = self._clear_for(9 + size)
            _DATA.pack_into(clear, 5, _CHANNEL_DATA, channel, size)
            to, end = 14, 14 + size
            while to < end:
                piece = memoryview(pieces[at])
                taken = min(len(piece) - used, end - to)
                clear[to : to + taken] = piece[used : used + taken]
                to, used = to + taken, used + taken
                if used == len(piece):
                    at, used = at + 1, 0
            self._seal(clear)
            left -= size

    @property
    def number(self) -> int:
        """The sequence number of the packet that was opened last."""
        return (self._number_in - 1) & _SEQUENCE

    def is_worn(self, now: float) -> bool:
        """Whether these keys were used for long enough (machine time `now`)."""
        return self._bytes_since_keys >= self.rekey_bytes or now - self._keys_since >= self.rekey_s

    def _seal(self, clear: memoryview) -> None:
        whole = len(clear) + self._sealer.tag
        if self._end + whole > len(self._out):
            self._make_room_out(whole)
        self._sealer.seal(clear, self._out[self._end : self._end + whole], self._number_out)
        self._end += whole
        self._number_out = self._count(self._number_out, whole)

    def _count(self, number: int, size: int) -> int:
        """The next sequence number; it may not come round before the first keys."""
        self._bytes_since_keys += size
        if number == _SEQUENCE and not self._initial_kex_done:
            raise SSHException("too many packets before the first keys")
        return (number + 1) & _SEQUENCE

    def _clear_for(self, size: int) -> memoryview:
        """Where a payload of this size goes: from the fifth byte on, with its head and padding around it."""
        sealer = self._sealer
        padding = _LEAST_PADDING + -(size + 1 + _LEAST_PADDING + sealer.extra) % sealer.block
        whole = 5 + size + padding
        if whole > len(self._clear):
            self._clear = memoryview(bytearray(whole + 1_024))
        clear = self._clear[:whole]
        _HEAD.pack_into(clear, 0, size + padding + 1, padding)
        clear[5 + size :] = _ZEROS[:padding]
        return clear

    def send_message(self, message: paramiko.Message) -> None:
        """Close a message and put it with what waits."""
        self.send_payload(message.asbytes())

    def need_rekey(self) -> bool:
        """Whether these keys were used for long enough."""
        return self.is_worn(time.monotonic())

    def set_inbound_cipher(self, **keys: Any) -> None:
        """New keys for what comes."""
        self._opener = _cipher(keys, keys.get("iv_in"))
        self._renew(1)

    def set_outbound_cipher(self, **keys: Any) -> None:
        """New keys for what goes."""
        self._sealer = _cipher(keys, keys.get("iv_out"))
        self._renew(2)

    def reset_seqno_in(self) -> None:
        """Strict key exchange counts anew with new keys."""
        self._number_in = 0

    def reset_seqno_out(self) -> None:
        """Strict key exchange counts anew with new keys."""
        self._number_out = 0

    def set_log(self, log: logging.Logger) -> None:
        """Nothing is logged here."""

    def _renew(self, direction: int) -> None:
        """Keys are old again only once both directions have new ones."""
        self._renewed |= direction
        if self._renewed == 3:  # noqa: PLR2004  both bits
            self._renewed, self._bytes_since_keys = 0, 0
            self._keys_since = time.monotonic()


def _cipher(keys: Mapping[str, Any], nonce: bytes | None) -> Gcm | CtrWithHmac:
    if nonce is not None:
        return Gcm(keys["block_engine"], nonce)
    assert keys["etm"], "a cipher is signed after encryption, or signs by itself"
    return CtrWithHmac(keys["block_engine"], keys["mac_key"], keys["mac_engine"], keys["mac_size"])
