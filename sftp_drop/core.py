"""The SFTP server as a machine of bytes: requests in, replies out, no socket and no thread."""

import errno
import os
import struct
from collections.abc import Callable, Mapping

from sftp_drop import wire
from sftp_drop.handles import MOST_HANDLES
from sftp_drop.paths import FOLDERS_TEXT, split_path
from sftp_drop.session import DropSession
from sftp_drop.wire import Code, Kind, ProtocolBroken, Reader, Refused

LARGEST_WRITE = LARGEST_READ = 261_120
_MOST_WAITING = 1 << 20
_ROOMY, _MOST_KEPT = 1 << 16, 1 << 20
_NAMES_AT_ONCE = 128
_LARGEST_OFFSET = 2**62
_READ, _WRITE, _APPEND, _CREATE, _TRUNCATE, _EXCLUSIVE = 1, 2, 4, 8, 16, 32
_FLAGS = (_CREATE, os.O_CREAT), (_TRUNCATE, os.O_TRUNC), (_EXCLUSIVE, os.O_EXCL), (_APPEND, os.O_APPEND)  # fmt: skip
_U32 = struct.Struct(">I")
_WRITE_HEAD, _WRITE_PLACE = struct.Struct(">II"), struct.Struct(">QI")
_KIND_WRITE = int(Kind.WRITE)
_VERSION_ONE, _VERSION_TWO = b"1", b"2"
_NO_SET_UID = 2
_Verb = Callable[[int, Reader], bytes]


class SftpCore:
    """Speaks SFTP version 3 for one session.

    `take_in` what came, `work`, and `give_out` what is `waiting`. It stops working while too much waits,
    so that a client which asks and does not read costs no more memory. Raises `ProtocolBroken` where
    the client does not speak the protocol; everything else is answered with a status.
    """

    def __init__(self, session: DropSession) -> None:
        self._session = session
        self._in = memoryview(bytearray(1_024))
        self._from = self._to = 0
        self._out: list[bytes | memoryview] = []
        self.waiting = 0
        self._greeted = False
        self._verbs: Mapping[int, _Verb] = {
            Kind.OPEN: self._open,
            Kind.CLOSE: self._close,
            Kind.READ: self._read,
            Kind.STAT: self._stat,
            Kind.LSTAT: self._stat,
            Kind.FSTAT: self._stat_handle,
            Kind.SETSTAT: self._set_stat,
            Kind.FSETSTAT: self._set_stat_handle,
            Kind.OPENDIR: self._open_folder,
            Kind.READDIR: self._read_folder,
            Kind.REMOVE: self._remove,
            Kind.MKDIR: self._refuse_folder,
            Kind.RMDIR: self._refuse_folder,
            Kind.REALPATH: self._real_path,
            Kind.RENAME: self._rename,
            Kind.EXTENDED: self._extended,
        }
        self._extensions: Mapping[bytes, tuple[bytes, _Verb]] = {
            b"posix-rename@openssh.com": (_VERSION_ONE, self._rename),
            b"limits@openssh.com": (_VERSION_ONE, self._limits),
            b"fsync@openssh.com": (_VERSION_ONE, self._sync),
            b"statvfs@openssh.com": (_VERSION_TWO, self._stat_system),
            b"fstatvfs@openssh.com": (_VERSION_TWO, self._stat_system),
            b"lsetstat@openssh.com": (_VERSION_ONE, self._set_stat),
            b"expand-path@openssh.com": (_VERSION_ONE, self._expand),
        }

    def take_in(self, received: memoryview | bytes) -> None:
        """Keep what came until its request is whole."""
        size = len(received)
        if self._to + size > len(self._in):
            self._make_room(size)
        self._in[self._to : self._to + size] = received
        self._to += size

    def work(self) -> bool:
        """Answer whole requests, as long as not too much waits to be given out; whether that stopped it."""
        while self.waiting < _MOST_WAITING and self._to - self._from >= 4:  # noqa: PLR2004  the length field
            length = _U32.unpack_from(self._in, self._from)[0]
            if not 0 < length <= wire.LARGEST_PACKET:
                raise ProtocolBroken("a packet of impossible length")
            end = self._from + 4 + length
            if end > self._to:
                return False
            request = self._in[self._from + 4 : end]
            self._from = end
            if request[0] == _KIND_WRITE and self._greeted:
                self._write(request)
            else:
                self._answer(bytes(request))
        if self._from == self._to:
            self._from = self._to = 0
            if len(self._in) > _MOST_KEPT:
                self._in = memoryview(bytearray(_ROOMY))
        return self.waiting >= _MOST_WAITING

    def give_out(self, count: int) -> list[bytes | memoryview]:
        """Replies of exactly so many bytes; no more than wait may be asked for."""
        self.waiting -= count
        if self.waiting == 0:
            given, self._out = self._out, []
            return given
        given, at = [], 0
        while count:
            piece = self._out[at]
            if len(piece) > count:
                view = memoryview(piece)
                given.append(view[:count])
                self._out[at] = view[count:]
                break
            given.append(piece)
            count -= len(piece)
            at += 1
        del self._out[:at]
        return given

    def end(self) -> None:
        """The session is over."""
        self._session.end()

    def _make_room(self, size: int) -> None:
        held = self._to - self._from
        room = self._in
        if held + size > len(room):
            room = memoryview(bytearray(max(2 * (held + size), _ROOMY)))
        room[:held] = bytes(self._in[self._from : self._to])
        self._in, self._from, self._to = room, 0, held

    def _say(self, reply: bytes) -> None:
        self._out.append(reply)
        self.waiting += len(reply)

    def _answer(self, request: bytes) -> None:
        kind = request[0]
        if kind == Kind.INIT:
            self._greeted = True
            self._say(wire.version([(name, one) for name, (one, _) in self._extensions.items()]))
            return
        if not self._greeted:
            raise ProtocolBroken("the first packet is INIT")
        reader = Reader(request, 1)
        number = reader.u32()
        try:
            reply = self._verbs.get(kind, _refuse)(number, reader)
        except Refused as refused:
            reply = wire.status(number, refused.code, str(refused))
        except OSError as error:
            reply = wire.status(number, *_code_of(error))
        self._say(reply)

    def _write(self, request: memoryview) -> None:
        """The one request that is served where it lies, without being copied first."""
        try:
            number, size = _WRITE_HEAD.unpack_from(request, 1)
            offset, length = _WRITE_PLACE.unpack_from(request, 9 + size)
        except struct.error:
            raise ProtocolBroken("a request is shorter than it says") from None
        content = request[21 + size :]
        if len(content) != length:
            raise ProtocolBroken("a write of another length than it says")
        try:
            self._session.write(bytes(request[9 : 9 + size]), offset, content)
        except Refused as refused:
            self._say(wire.status(number, refused.code, str(refused)))
        else:
            self._say(wire.done(number))

    def _open(self, number: int, reader: Reader) -> bytes:
        path, asked = reader.string(), reader.u32()
        return wire.handle(number, self._session.open(path, _flags(asked)))

    def _close(self, number: int, reader: Reader) -> bytes:
        self._session.close(reader.string())
        return wire.done(number)

    def _read(self, number: int, reader: Reader) -> bytes:
        handle, offset, count = reader.string(), reader.u64(), reader.u32()
        if offset > _LARGEST_OFFSET:
            raise Refused(Code.FAILURE, "no file is that large")
        content = self._session.read(handle, offset, min(count, LARGEST_READ))
        if not content:
            return wire.status(number, Code.EOF, "end of file")
        self._say(wire.data_head(number, len(content)))
        return content

    def _stat(self, number: int, reader: Reader) -> bytes:
        return wire.attrs(number, self._session.stat(reader.string()))

    def _stat_handle(self, number: int, reader: Reader) -> bytes:
        return wire.attrs(number, self._session.stat_handle(reader.string()))

    def _set_stat(self, number: int, reader: Reader) -> bytes:
        """Modes and times are taken and left alone; a size by path would destroy bytes."""
        self._session.exists(reader.string())
        if reader.size_attribute() is not None:
            raise Refused(Code.PERMISSION_DENIED, "a file's size is set by its upload only")
        return wire.done(number)

    def _set_stat_handle(self, number: int, reader: Reader) -> bytes:
        handle, size = reader.string(), reader.size_attribute()
        if size is not None:
            self._session.truncate(handle, size)
        else:
            self._session.stat_handle(handle)
        return wire.done(number)

    def _open_folder(self, number: int, reader: Reader) -> bytes:
        return wire.handle(number, self._session.open_folder(reader.string()))

    def _read_folder(self, number: int, reader: Reader) -> bytes:
        listed = self._session.read_folder(reader.string(), _NAMES_AT_ONCE)
        if not listed:
            return wire.status(number, Code.EOF, "no more names")
        return wire.names(number, listed)

    def _remove(self, number: int, reader: Reader) -> bytes:
        self._session.remove(reader.string())
        return wire.done(number)

    def _refuse_folder(self, number: int, _reader: Reader) -> bytes:
        return wire.status(number, Code.PERMISSION_DENIED, FOLDERS_TEXT)

    def _real_path(self, number: int, reader: Reader) -> bytes:
        return wire.real_name(number, "/" + "/".join(split_path(reader.string())))

    def _expand(self, number: int, reader: Reader) -> bytes:
        """A path as a shell would read it: the home of every account is the top."""
        path = reader.string()
        plain = path[1:] if path == b"~" or path.startswith(b"~/") else path
        return wire.real_name(number, "/" + "/".join(split_path(plain)))

    def _rename(self, number: int, reader: Reader) -> bytes:
        self._session.rename(reader.string(), reader.string())
        return wire.done(number)

    def _extended(self, number: int, reader: Reader) -> bytes:
        _, verb = self._extensions.get(reader.string(), (b"", _refuse))
        return verb(number, reader)

    def _limits(self, number: int, _reader: Reader) -> bytes:
        sizes = wire.LARGEST_PACKET, LARGEST_READ, LARGEST_WRITE, MOST_HANDLES
        return wire.numbers(number, *sizes)

    def _sync(self, number: int, reader: Reader) -> bytes:
        self._session.sync(reader.string())
        return wire.done(number)

    def _stat_system(self, number: int, _reader: Reader) -> bytes:
        found = self._session.stat_system()
        return wire.numbers(
            number, found.f_bsize, found.f_frsize, found.f_blocks, found.f_bfree, found.f_bavail,
            found.f_files, found.f_ffree, found.f_favail, 0, _NO_SET_UID, found.f_namemax,
        )  # fmt: skip


def _refuse(number: int, _reader: Reader) -> bytes:
    return wire.status(number, Code.UNSUPPORTED, "not offered on this server")


def _flags(asked: int) -> int:
    """The client's flags as the operating system names them."""
    if not asked & _WRITE:
        return os.O_RDONLY
    return sum((flag for bit, flag in _FLAGS if asked & bit), os.O_WRONLY)


def _code_of(error: OSError) -> tuple[Code, str]:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Code.NO_SUCH_FILE, wire.NOT_THERE
    if error.errno in (errno.EACCES, errno.EPERM, errno.ELOOP, errno.EXDEV, errno.EINVAL):
        return Code.PERMISSION_DENIED, "not a file that may be opened here"
    return Code.FAILURE, os.strerror(error.errno or errno.EIO)
