"""The bytes of SFTP version 3: reading requests, writing replies, status codes with a text."""

import stat
import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from os import stat_result

VERSION = 3
LARGEST_PACKET = 262_144 + 1_024
_U32 = struct.Struct(">I")
_U64 = struct.Struct(">Q")
_HANDLE_HEAD = _DATA_HEAD = struct.Struct(">IBII")
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
NOT_NOW = "the log cannot be written, so nothing may be done now; try again in a moment"
_SHORT = "a request is shorter than it says"


def not_there() -> Refused:
    """What every path gets that the account cannot see, whether or not it exists."""
    return Refused(Code.NO_SUCH_FILE, NOT_THERE)


def not_now() -> Refused:
    """What everything gets that is to be written down while the log is out of order."""
    return Refused(Code.FAILURE, NOT_NOW)


class Reader:
    """Takes fields off a request, one after the other.

    Every method raises `ProtocolBroken` where the request is shorter than it says.
    """

    __slots__ = ("_at", "_packet")

    def __init__(self, packet: bytes, at: int = 0) -> None:
        self._packet, self._at = packet, at

    def byte(self) -> int:
        """One byte."""
        at = self._at
        self._at += 1
        if at >= len(self._packet):
            raise ProtocolBroken(_SHORT)
        return self._packet[at]

    def u32(self) -> int:
        """Four bytes."""
        return self._number(_U32)

    def u64(self) -> int:
        """Eight bytes."""
        return self._number(_U64)

    def string(self) -> bytes:
        """A counted string."""
        start = self._at + 4
        end = start + self._number(_U32)
        if end > len(self._packet):
            raise ProtocolBroken(_SHORT)
        self._at = end
        return self._packet[start:end]

    def size_attribute(self) -> int | None:
        """The size in an attribute block, if it holds one; the rest of the block is left."""
        return self.u64() if self.u32() & _SIZE else None

    def _number(self, form: struct.Struct) -> int:
        try:
            value: int = form.unpack_from(self._packet, self._at)[0]
        except struct.error:
            raise ProtocolBroken(_SHORT) from None
        self._at += form.size
        return value


@dataclass(frozen=True, slots=True)
class Listed:
    """One name in a listing."""

    name: str
    attributes: stat_result


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


_DONE = status(0, Code.OK, "done")
_DONE_HEAD, _DONE_TAIL = _DONE[:5], _DONE[9:]


def done(request: int) -> bytes:
    """The status reply of everything that went well."""
    return _DONE_HEAD + _U32.pack(request) + _DONE_TAIL


def handle(request: int, value: bytes) -> bytes:
    """A handle reply."""
    size = len(value)
    return _HANDLE_HEAD.pack(9 + size, Kind.HANDLE, request, size) + value


def data_head(request: int, size: int) -> bytes:
    """What stands before the bytes in a data reply."""
    return _DATA_HEAD.pack(9 + size, Kind.DATA, request, size)


def attrs(request: int, found: stat_result) -> bytes:
    """An attribute reply."""
    return packet(Kind.ATTRS, _U32.pack(request), attributes(found))


def names(request: int, listed: Sequence[Listed]) -> bytes:
    """A listing."""
    rows = b"".join(
        string(one.name.encode()) + string(_long_name(one)) + attributes(one.attributes)
        for one in listed
    )
    return packet(Kind.NAME, _U32.pack(request), _U32.pack(len(listed)), rows)


def real_name(request: int, path: str) -> bytes:
    """The one name of REALPATH, without attributes."""
    shown = string(path.encode())
    return packet(Kind.NAME, _U32.pack(request), _U32.pack(1), shown, shown, _U32.pack(0))


def version(extensions: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The answer to INIT."""
    rows = b"".join(string(name) + string(value) for name, value in extensions)
    return packet(Kind.VERSION_REPLY, _U32.pack(VERSION), rows)


def numbers(request: int, *values: int) -> bytes:
    """An extended reply of whole numbers: limits@openssh.com, statvfs@openssh.com."""
    return packet(Kind.EXTENDED_REPLY, _U32.pack(request), *map(_U64.pack, values))


def attributes(found: stat_result) -> bytes:
    """Size, owner, mode and times; everything belongs to nobody in particular."""
    when = int(found.st_mtime) & 0xFFFFFFFF
    flags = _SIZE | _OWNER | _MODE | _TIMES
    return _ATTRIBUTES.pack(flags, found.st_size, 0, 0, found.st_mode, when, when)


def _long_name(one: Listed) -> bytes:
    found = one.attributes
    kind, minute = _kind(found.st_mode), _minute(int(found.st_mtime) // 60)
    return f"{kind} 1 drop drop {found.st_size:>10} {minute} {one.name}".encode()


@lru_cache(maxsize=64)
def _kind(mode: int) -> str:
    return stat.filemode(mode)


@lru_cache(maxsize=256)
def _minute(count: int) -> str:
    return time.strftime("%b %d %H:%M", time.gmtime(count * 60))
