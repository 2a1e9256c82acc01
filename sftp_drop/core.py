"""The SFTP server as a machine of bytes: requests in, replies out, no socket and no thread."""

import errno
import os
from collections.abc import Callable, Iterator, Mapping

from sftp_drop import wire
from sftp_drop.handles import MOST_HANDLES
from sftp_drop.paths import split_path
from sftp_drop.session import DropSession
from sftp_drop.wire import Code, Kind, Listed, ProtocolBroken, Reader, Refused

LARGEST_WRITE = 261_120
LARGEST_READ = 32_768
_NAMES_AT_ONCE = 128
_LARGEST_OFFSET = 2**62
_READ, _WRITE, _APPEND, _CREATE, _TRUNCATE, _EXCLUSIVE = 1, 2, 4, 8, 16, 32
_EXTENSIONS = (
    (b"posix-rename@openssh.com", b"1"),
    (b"limits@openssh.com", b"1"),
    (b"fsync@openssh.com", b"1"),
)
_Verb = Callable[[int, Reader], bytes]


class SftpCore:
    """Speaks SFTP version 3 for one session.

    Raises `ProtocolBroken` where the client does not; everything else is answered with a status.
    """

    def __init__(self, session: DropSession) -> None:
        self._session = session
        self._pending = bytearray()
        self._greeted = False
        self._verbs: Mapping[int, _Verb] = {
            Kind.OPEN: self._open,
            Kind.CLOSE: self._close,
            Kind.READ: self._read,
            Kind.WRITE: self._write,
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

    def feed(self, received: bytes) -> Iterator[bytes]:
        """Take bytes in; one reply for each whole request among them."""
        self._pending += received
        while (request := self._next_request()) is not None:
            yield self._answer(request)

    def _next_request(self) -> bytes | None:
        if len(self._pending) < 4:  # noqa: PLR2004  the length field
            return None
        length = int.from_bytes(self._pending[:4], "big")
        if not 0 < length <= wire.LARGEST_PACKET:
            raise ProtocolBroken("a packet of impossible length")
        if len(self._pending) < 4 + length:
            return None
        request = bytes(self._pending[4 : 4 + length])
        del self._pending[: 4 + length]
        return request

    def _answer(self, request: bytes) -> bytes:
        reader = Reader(request)
        kind = reader.byte()
        if kind == Kind.INIT:
            self._greeted = True
            return wire.version(_EXTENSIONS)
        if not self._greeted:
            raise ProtocolBroken("the first packet is INIT")
        number = reader.u32()
        verb = self._verbs.get(kind)
        if verb is None:
            return wire.status(number, Code.UNSUPPORTED, "not offered on this server")
        return self._do(verb, number, reader)

    def _do(self, verb: _Verb, number: int, reader: Reader) -> bytes:
        try:
            return verb(number, reader)
        except Refused as refused:
            return wire.status(number, refused.code, str(refused))
        except OSError as error:
            return wire.status(number, *_code_of(error))

    def _open(self, number: int, reader: Reader) -> bytes:
        path, asked = reader.string(), reader.u32()
        return wire.handle(number, self._session.open(path, _flags(asked)))

    def _close(self, number: int, reader: Reader) -> bytes:
        self._session.close(reader.string())
        return _done(number)

    def _read(self, number: int, reader: Reader) -> bytes:
        handle, offset, count = reader.string(), reader.u64(), reader.u32()
        if offset > _LARGEST_OFFSET:
            raise Refused(Code.FAILURE, "no file is that large")
        content = self._session.read(handle, offset, min(count, LARGEST_WRITE))
        if not content:
            return wire.status(number, Code.EOF, "end of file")
        return wire.data(number, content)

    def _write(self, number: int, reader: Reader) -> bytes:
        handle, offset = reader.string(), reader.u64()
        self._session.write(handle, offset, reader.string())
        return _done(number)

    def _stat(self, number: int, reader: Reader) -> bytes:
        return wire.attrs(number, self._session.stat(reader.string()))

    def _stat_handle(self, number: int, reader: Reader) -> bytes:
        return wire.attrs(number, self._session.stat_handle(reader.string()))

    def _set_stat(self, number: int, reader: Reader) -> bytes:
        """Modes and times are taken and left alone; a size by path would destroy bytes."""
        self._session.exists(reader.string())
        if reader.size_attribute() is not None:
            raise Refused(Code.PERMISSION_DENIED, "a file's size is set by its upload only")
        return _done(number)

    def _set_stat_handle(self, number: int, reader: Reader) -> bytes:
        handle, size = reader.string(), reader.size_attribute()
        if size is not None:
            self._session.truncate(handle, size)
        return _done(number)

    def _open_folder(self, number: int, reader: Reader) -> bytes:
        return wire.handle(number, self._session.open_folder(reader.string()))

    def _read_folder(self, number: int, reader: Reader) -> bytes:
        listed = self._session.read_folder(reader.string(), _NAMES_AT_ONCE)
        if not listed:
            return wire.status(number, Code.EOF, "no more names")
        return wire.names(number, listed)

    def _remove(self, number: int, reader: Reader) -> bytes:
        self._session.remove(reader.string())
        return _done(number)

    def _refuse_folder(self, number: int, _reader: Reader) -> bytes:
        return wire.status(number, Code.PERMISSION_DENIED, "folders are the server's own")

    def _real_path(self, number: int, reader: Reader) -> bytes:
        path = "/" + "/".join(split_path(reader.string()))
        return wire.names(number, [Listed(path, None)])

    def _rename(self, number: int, reader: Reader) -> bytes:
        self._session.rename(reader.string(), reader.string())
        return _done(number)

    def _extended(self, number: int, reader: Reader) -> bytes:
        name = reader.string()
        if name == b"limits@openssh.com":
            return wire.limits(
                number, wire.LARGEST_PACKET, LARGEST_READ, LARGEST_WRITE, MOST_HANDLES
            )
        if name == b"posix-rename@openssh.com":
            return self._rename(number, reader)
        if name == b"fsync@openssh.com":
            self._session.sync(reader.string())
            return _done(number)
        return wire.status(number, Code.UNSUPPORTED, "not offered on this server")


def _done(number: int) -> bytes:
    return wire.status(number, Code.OK, "done")


def _flags(asked: int) -> int:
    """The client's flags as the operating system names them."""
    if not asked & _WRITE:
        return os.O_RDONLY
    named = (_CREATE, os.O_CREAT), (_TRUNCATE, os.O_TRUNC), (_EXCLUSIVE, os.O_EXCL), (_APPEND, os.O_APPEND)  # fmt: skip
    return sum((flag for bit, flag in named if asked & bit), os.O_WRONLY)


def _code_of(error: OSError) -> tuple[Code, str]:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return Code.NO_SUCH_FILE, wire.NOT_THERE
    if error.errno in (errno.EACCES, errno.EPERM, errno.ELOOP, errno.EXDEV, errno.EINVAL):
        return Code.PERMISSION_DENIED, "not a file that may be opened here"
    return Code.FAILURE, os.strerror(error.errno or errno.EIO)
