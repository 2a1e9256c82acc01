"""Disks of a space that fill up, become read-only or cannot be entered: real ones, in a process of its own.

Where the process may mount (root, or an ordinary user in a namespace of its own) a disk is a small tmpfs;
where it may not, files may not grow beyond a size.
"""

import ctypes
import errno
import io
import os
import resource
import shutil
import signal
from pathlib import Path

_NEWNS, _NEWUSER = 0x00020000, 0x10000000
_RDONLY, _REMOUNT, _REC, _PRIVATE = 1, 32, 0x4000, 1 << 18
_PASSING_OVER_MODES = 0b110
_SIZE = "size=8m"
FILES = {"log": "log.db", "database": "space.db"}
_LIBC = ctypes.CDLL(None, use_errno=True)


def may_mount() -> bool:
    """Give this process mounts of its own, where the machine allows that."""
    user, group = os.getuid(), os.getgid()
    if _LIBC.unshare(_NEWNS | (_NEWUSER if user else 0)):
        return False
    if user:
        Path("/proc/self/setgroups").write_text("deny", "ascii")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1", "ascii")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1", "ascii")
    return not _mount("none", "/", None, _REC | _PRIVATE)


def _mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> int:
    words = [one.encode() if one is not None else None for one in (source, target, kind)]
    return int(_LIBC.mount(*words, ctypes.c_ulong(flags), options.encode()))


class Disk:
    """A directory on a disk of its own that can be spoilt and mended."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ballast = folder / "ballast"
        aside = folder.with_name(f"{folder.name}-aside")
        folder.rename(aside)
        folder.mkdir()
        self.is_mounted = not _mount("tmpfs", str(folder), "tmpfs", 0, _SIZE)
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)

    def fill(self) -> None:
        """No byte more; where nothing may be mounted, no byte beyond the first hundred of any file."""
        if self.is_mounted:
            with self._ballast.open("wb", buffering=0) as file:
                for piece in (1 << 16, 1 << 12, 1):
                    _write_until_full(file, piece)
        else:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            self._limit_growth(100)

    def make_read_only(self) -> None:
        """Everything can be read, nothing written."""
        assert not _mount("none", str(self._folder), None, _REMOUNT | _RDONLY, _SIZE)

    def lock(self) -> None:
        """Everything can be read, nothing made, renamed or opened to be written."""
        for path in (self._folder, *self._folder.rglob("*")):
            path.chmod(0o500 if path.is_dir() else 0o400)

    def mend(self) -> None:
        """As it was."""
        if self.is_mounted:
            assert not _mount("none", str(self._folder), None, _REMOUNT, _SIZE)
        for path in (self._folder, *self._folder.rglob("*")):
            path.chmod(0o700 if path.is_dir() else 0o600)
        self._ballast.unlink(missing_ok=True)
        self._limit_growth(resource.RLIM_INFINITY)

    def _limit_growth(self, size: int) -> None:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def disk_of(data: Path, what: str) -> Disk:
    """Put a part of a space's data on a disk of its own: `log`, `database`, `drop`, or `all`."""
    if what in FILES:
        folder = data / f"{what}-disk"
        folder.mkdir()
        for path in data.glob(f"{FILES[what]}*"):
            path.rename(folder / path.name)
        (data / FILES[what]).symlink_to(folder / FILES[what])
        return Disk(folder)
    return Disk(data if what == "all" else data / what)


def _write_until_full(file: io.FileIO, piece: int) -> None:
    try:
        while True:
            file.write(bytes(piece))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Powers(ctypes.Structure):
    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def obey_modes() -> None:
    """Root may pass over the modes of files; from now on this process may not."""
    header, powers = _Header(0x20080522, 0), (_Powers * 2)()
    assert not _LIBC.capget(ctypes.byref(header), powers)
    powers[0].effective &= ~_PASSING_OVER_MODES
    assert not _LIBC.capset(ctypes.byref(header), powers)
