"""Opens files beneath a directory and nowhere else: the kernel resolves, and follows no links.

A folder is resolved once, by `openat2` beneath the root and without links; everything in it is then done
by a single name relative to that descriptor, without following. Whoever swaps a folder for a link while a
session is on finds the session still in the folder that was there.
"""

import contextlib
import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_OPENAT2 = 437
_NOREPLACE = 1
_BENEATH, _NO_SYMLINKS, _NO_MAGICLINKS = 0x08, 0x04, 0x02
_SAFE = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class _How(ctypes.Structure):
    _fields_ = (
        ("flags", ctypes.c_uint64),
        ("mode", ctypes.c_uint64),
        ("resolve", ctypes.c_uint64),
    )


@dataclass(frozen=True, slots=True)
class ConfinedFolder:
    """One folder. INVARIANT: names are single components; no link is followed or opened.

    A file that has a second name somewhere is a link too: whoever planted it reads or writes elsewhere.
    """

    descriptor: int

    def open(self, name: str, flags: int, mode: int = 0o640) -> int:
        """A descriptor of a regular file.

        Raises:
            OSError: as `open` does; `ELOOP` where it is a link, `EINVAL` where it is no plain file.
        """
        descriptor = os.open(name, flags | _SAFE, mode, dir_fd=self.descriptor)
        if not _is_plain(os.fstat(descriptor)):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file")
        return descriptor

    def create(self, name: str, mode: int = 0o640) -> int:
        """A descriptor of a new file, to read and write.

        Raises:
            FileExistsError: something is there, whatever it is.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE
        return os.open(name, flags, mode, dir_fd=self.descriptor)

    def file(self, name: str) -> os.stat_result:
        """The attributes of a regular file; anything else is not there.

        Raises:
            FileNotFoundError: there is no such file.
        """
        found = os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        if not _is_plain(found):
            raise FileNotFoundError(errno.ENOENT, "not a regular file")
        return found

    def has(self, name: str) -> bool:
        """Whether anything is there, whatever it is."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """Names and attributes of the regular files."""
        with os.scandir(self.descriptor) as found:
            for entry in found:
                attributes = entry.stat(follow_symlinks=False)
                if _is_plain(attributes):
                    yield entry.name, attributes

    def names(self, ending: str) -> list[str]:
        """The names of the regular files that end so, without looking at each."""
        with os.scandir(self.descriptor) as found:
            return [
                entry.name
                for entry in found
                if entry.name.endswith(ending) and entry.is_file(follow_symlinks=False)
            ]

    def remove(self, name: str) -> None:
        """Remove a file."""
        os.unlink(name, dir_fd=self.descriptor)

    def discard(self, name: str) -> None:
        """Remove a file that may not be there."""
        with contextlib.suppress(FileNotFoundError):
            self.remove(name)


@cache
def _libc() -> ctypes.CDLL:
    """Loaded once: it takes longer than to open a folder with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


Spot = tuple[ConfinedFolder, str]
"""A name in a folder."""


class ConfinedTree:
    """A directory whose folders can be reached by relative path only."""

    def __init__(self, path: str, *, is_lasting: bool = True) -> None:
        self._is_lasting = is_lasting
        self._root = os.open(path, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        self._libc = _libc()
        self._folders: dict[str, ConfinedFolder] = {}

    def close(self) -> None:
        """Let go of everything."""
        for folder in self._folders.values():
            os.close(folder.descriptor)
        self._folders.clear()
        os.close(self._root)

    def folder(self, path: str) -> ConfinedFolder:
        """A folder below the root; resolved when it is first asked for, and when it was taken away.

        Raises:
            OSError: it is not there; `ELOOP` or `EXDEV` where a link stands in the way.
        """
        found = self._folders.get(path)
        if found is not None and os.fstat(found.descriptor).st_nlink:
            return found
        if found is not None:
            os.close(self._folders.pop(path).descriptor)
        made = self._folders[path] = ConfinedFolder(self._resolve(path))
        return made

    def move(
        self,
        source: Spot,
        target: Spot,
        *,
        replace: bool,
        is_shown: bool = False,
    ) -> None:
        """Move a file within the tree, durably; where the source `is_shown`, its going is so too.

        Raises:
            FileExistsError: the target is there and may not be replaced.
        """
        self._rename(source, target, replace=replace)
        self.sync(target[0].descriptor)
        if is_shown and source[0] is not target[0]:
            self.sync(source[0].descriptor)

    def sync(self, descriptor: int) -> None:
        """Make a file's bytes or a folder's names durable, where they are to last."""
        if self._is_lasting:
            os.fsync(descriptor)

    def _rename(self, source: Spot, target: Spot, *, replace: bool) -> None:
        (old, name), (new, shown) = source, target
        if replace:
            os.rename(name, shown, src_dir_fd=old.descriptor, dst_dir_fd=new.descriptor)
            return
        texts = os.fsencode(name), os.fsencode(shown)
        if not self._libc.renameat2(old.descriptor, texts[0], new.descriptor, texts[1], _NOREPLACE):
            return
        number = ctypes.get_errno()
        if number != errno.EINVAL:
            raise OSError(number, os.strerror(number))
        os.link(name, shown, src_dir_fd=old.descriptor, dst_dir_fd=new.descriptor)
        old.remove(name)

    def _resolve(self, path: str) -> int:
        how = _How(_FOLDER, 0, _BENEATH | _NO_SYMLINKS | _NO_MAGICLINKS)
        size, raw = ctypes.sizeof(how), os.fsencode(path or ".")
        descriptor = self._libc.syscall(_OPENAT2, self._root, raw, ctypes.byref(how), size)
        if descriptor >= 0:
            return int(descriptor)
        number = ctypes.get_errno()
        if number == errno.ENOSYS:
            return self._resolve_by_steps(path or ".")
        raise OSError(number, os.strerror(number))

    def _resolve_by_steps(self, path: str) -> int:
        """For kernels without openat2: no component may be a link, `..` is never asked."""
        here = os.dup(self._root)
        for component in path.split("/"):
            try:
                deeper = os.open(component, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
            finally:
                os.close(here)
            here = deeper
        return here


def _is_plain(found: os.stat_result) -> bool:
    return stat.S_ISREG(found.st_mode) and found.st_nlink == 1
