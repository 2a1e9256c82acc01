"""The bytes of SFTP version 3: reading requests, writing replies, status codes with a text."""

import stat
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from os import stat_result

VERSION = 3
LARGEST_PACKET = 262_144 + 1_024
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_ATTRIBUTES = struct.Struct(">IQIIIII")
_SIZE, _OWNER, _MODE, _TIMES, _EXTENDED = 1, 2, 4, 8, 0x80000000


class Kind(IntEnum):
    """Packet types."""

    INIT = 1
    OPEN = 3
    CLOSE = 4
    READ = 5
    WRITE = 6
    LSTAT = 7
    FSTAT = 8
    SETSTAT = 9
    FSETSTAT = 10
    OPENDIR = 11
    READDIR = 12
    REMOVE = 13
    MKDIR = 14
    RMDIR = 15
    REALPATH = 16
    STAT = 17
    RENAME = 18
    EXTENDED = 200
    VERSION_REPLY = 2
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED_REPLY = 201


class Code(IntEnum):
    """Status codes."""

    OK = 0
    EOF = 1
    NO_SUCH_FILE = 2
    PERMISSION_DENIED = 3
    FAILURE = 4
    BAD_MESSAGE = 5
    UNSUPPORTED = 8


class ProtocolBroken(Exception):
    """The client does not speak SFTP; the session ends."""


class Refused(Exception):
    """A request that is answered with a status. The text says what was wrong and the rule."""

    def __init__(self, code: Code, text: str) -> None:
        self.code = code
        super().__init__(text)


NOT_THERE = "no such file"


def not_there() -> Refused:
    """What every path gets that the account cannot see, whether or not it exists."""
    return Refused(Code.NO_SUCH_FILE, NOT_THERE)


class Reader:
    """Takes fields off a request, one after the other.

    Every method raises `ProtocolBroken` where the request is shorter than it says.
    """

    __slots__ = ("_at", "_packet")

    def __init__(self, packet: bytes) -> None:
        self._packet, self._at = packet, 0

    def byte(self) -> int:
        """One byte."""
        return self._take(1)[0]

    def u32(self) -> int:
        """Four bytes."""
        value: int = _U32.unpack(self._take(4))[0]
        return value

    def u64(self) -> int:
        """Eight bytes."""
        value: int = _U64.unpack(self._take(8))[0]
        return value

    def string(self) -> bytes:
        """A counted string."""
        return self._take(self.u32())

    def size_attribute(self) -> int | None:
        """The size in an attribute block, if it holds one; the rest of the block is left."""
        return self.u64() if self.u32() & _SIZE else None

    def _take(self, count: int) -> bytes:
        taken = self._packet[self._at : self._at + count]
        if len(taken) != count:
            raise ProtocolBroken("a request is shorter than it says")
        self._at += count
        return taken


@dataclass(frozen=True, slots=True)
class Listed:
    """One name in a listing."""

    name: str
    attributes: stat_result | None


def packet(kind: Kind, *parts: bytes) -> bytes:
    """A whole packet."""
    body = b"".join(parts)
    return _U32.pack(len(body) + 1) + bytes((kind,)) + body


def string(value: bytes) -> bytes:
    """A counted string."""
    return _U32.pack(len(value)) + value


def status(request: int, code: Code, text: str) -> bytes:
    """A status reply."""
    return packet(
        Kind.STATUS, _U32.pack(request), _U32.pack(code), string(text.encode()), string(b"en")
    )


def handle(request: int, value: bytes) -> bytes:
    """A handle reply."""
    return packet(Kind.HANDLE, _U32.pack(request), string(value))


def data(request: int, value: bytes) -> bytes:
    """A data reply."""
    return packet(Kind.DATA, _U32.pack(request), string(value))


def attrs(request: int, found: stat_result | None) -> bytes:
    """An attribute reply."""
    return packet(Kind.ATTRS, _U32.pack(request), attributes(found))


def names(request: int, listed: Sequence[Listed]) -> bytes:
    """A listing, or the one name of REALPATH."""
    rows = b"".join(
        string(one.name.encode()) + string(_long_name(one)) + attributes(one.attributes)
        for one in listed
    )
    return packet(Kind.NAME, _U32.pack(request), _U32.pack(len(listed)), rows)


def version(extensions: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The answer to INIT."""
    rows = b"".join(string(name) + string(value) for name, value in extensions)
    return packet(Kind.VERSION_REPLY, _U32.pack(VERSION), rows)


def limits(request: int, largest_packet: int, read: int, write: int, handles: int) -> bytes:
    """The answer to limits@openssh.com."""
    values = b"".join(_U64.pack(value) for value in (largest_packet, read, write, handles))
    return packet(Kind.EXTENDED_REPLY, _U32.pack(request), values)


def attributes(found: stat_result | None) -> bytes:
    """Size, mode and times of a file; a virtual folder for `None`."""
    if found is None:
        return _U32.pack(_MODE) + _U32.pack(stat.S_IFDIR | 0o555)
    when = int(found.st_mtime) & 0xFFFFFFFF
    flags = _SIZE | _OWNER | _MODE | _TIMES
    return _ATTRIBUTES.pack(flags, found.st_size, 0, 0, found.st_mode, when, when)


def _long_name(one: Listed) -> bytes:
    mode = stat.filemode(one.attributes.st_mode if one.attributes else stat.S_IFDIR | 0o555)
    size = one.attributes.st_size if one.attributes else 0
    when = time.gmtime(one.attributes.st_mtime if one.attributes else 0)
    return f"{mode} 1 drop drop {size:>10} {time.strftime('%b %d %H:%M', when)} {one.name}".encode()
