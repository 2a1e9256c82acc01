"""Opens files beneath a directory and nowhere else: the kernel resolves, and follows no links."""

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Iterator

_OPENAT2 = 437
_NOREPLACE = 1
_BENEATH, _NO_SYMLINKS, _NO_MAGICLINKS = 0x08, 0x04, 0x02
_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


class ConfinedFolder:
    """A directory whose tree can be opened, read and changed by relative path only.

    `openat2` with RESOLVE_BENEATH does the confinement; where the kernel lacks it, every component
    is opened by itself without following links.
    """

    def __init__(self, path: str) -> None:
        self._root = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.syscall.restype = ctypes.c_long

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._root)

    def open(self, path: str, flags: int, mode: int = 0o640) -> int:
        """A descriptor of a regular file.

        Raises:
            OSError: as `open` does; `ELOOP` or `EXDEV` where a link stands in the way, `EINVAL`
                where it is no regular file.
        """
        descriptor = self._open(path, flags | _SAFE, mode)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        return descriptor

    def stat(self, path: str) -> os.stat_result:
        """The attributes of a file or folder."""
        descriptor = self._open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.fstat(descriptor)
        finally:
            os.close(descriptor)

    def entries(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        """Names and attributes of what lies in a folder; links, pipes and devices left out."""
        descriptor = self._open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with os.scandir(descriptor) as found:
                for entry in found:
                    attributes = entry.stat(follow_symlinks=False)
                    if stat.S_ISREG(attributes.st_mode) or stat.S_ISDIR(attributes.st_mode):
                        yield entry.name, attributes
        finally:
            os.close(descriptor)

    def has(self, path: str) -> bool:
        """Whether anything is there."""
        try:
            self.stat(path)
        except OSError:
            return False
        return True

    def rename(self, source: str, target: str, *, replace: bool = True) -> None:
        """Move a file within the tree and make both folders durable.

        Raises:
            FileExistsError: the target is there and may not be replaced.
        """
        from_folder, from_name = self._parent(source)
        try:
            to_folder, to_name = self._parent(target)
            try:
                self._move((from_folder, from_name), (to_folder, to_name), replace=replace)
                os.fsync(to_folder)
            finally:
                os.close(to_folder)
            os.fsync(from_folder)
        finally:
            os.close(from_folder)

    def discard(self, path: str) -> None:
        """Remove a file that may not be there."""
        with contextlib.suppress(FileNotFoundError):
            self.remove(path)

    def remove(self, path: str) -> None:
        """Remove a file."""
        folder, name = self._parent(path)
        try:
            os.unlink(name, dir_fd=folder)
        finally:
            os.close(folder)

    def _move(self, source: tuple[int, str], target: tuple[int, str], *, replace: bool) -> None:
        """Rename; without replacing in one step, where the file system can."""
        flags = 0 if replace else _NOREPLACE
        done = self._libc.renameat2(
            source[0], os.fsencode(source[1]), target[0], os.fsencode(target[1]), flags
        )
        if done == 0:
            return
        number = ctypes.get_errno()
        if number != errno.EINVAL or replace:
            raise OSError(number, os.strerror(number))
        os.link(source[1], target[1], src_dir_fd=source[0], dst_dir_fd=target[0])
        os.unlink(source[1], dir_fd=source[0])

    def _parent(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition("/")
        return self._open(folder or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), name

    def _open(self, path: str, flags: int, mode: int = 0) -> int:
        how = _How(
            flags, mode if flags & os.O_CREAT else 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS
        )
        size = ctypes.sizeof(how)
        raw = os.fsencode(path)
        descriptor = self._libc.syscall(_OPENAT2, self._root, raw, ctypes.byref(how), size)
        if descriptor >= 0:
            return int(descriptor)
        number = ctypes.get_errno()
        if number == errno.ENOSYS:
            return self._open_by_steps(path, flags, mode)
        raise OSError(number, os.strerror(number))

    def _open_by_steps(self, path: str, flags: int, mode: int) -> int:
        """For kernels without openat2: no component may be a link, `..` is never asked."""
        *folders, name = path.split("/")
        here = os.dup(self._root)
        try:
            for folder in folders:
                deeper = os.open(
                    folder, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here
                )
                os.close(here)
                here = deeper
            return os.open(name, flags | os.O_NOFOLLOW, mode, dir_fd=here)
        finally:
            os.close(here)
