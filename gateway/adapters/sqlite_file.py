"""Database files that begin as a copy: quicker than to have SQLite make each of their tables anew."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_FORMATS = slice(18, 20)
OF_A_DATABASE = ("-wal", "-shm")
"""What the names of the files beside a database end in."""
_WAL = b"\x02\x02"
"""What stands there for a write-ahead log (SQLite's file format, 1.3.2)."""


def as_wal(content: bytes) -> bytes:
    """A database that was made in memory, as one that has a write-ahead log from its first opening on."""
    return content[: _FORMATS.start] + _WAL + content[_FORMATS.stop :]


def begin_file(path: Path, content: bytes, *, is_lasting: bool) -> None:
    """Write it whole or not at all; what is to outlast the machine, durable before anything is added."""
    hidden = path.with_name(f".{path.name}.new")
    with hidden.open("wb") as file:
        file.write(content)
        file.flush()
        if is_lasting:
            os.fsync(file.fileno())
    hidden.replace(path)
    if is_lasting:
        let_go([_synced(path.parent)])


def pace(*, is_lasting: bool) -> str:
    """How SQLite waits for the disk: at each commit, or never; then the system alone may lose something."""
    return f"PRAGMA synchronous = {'FULL' if is_lasting else 'OFF'}"


def sync_all(paths: Sequence[Path]) -> list[int]:
    """Have files and folders on the disk; asked for at the same time, they take hardly longer than one.

    The descriptors are given, still open. With any descriptor of a file that a process closes go all its
    locks on it, also those of SQLite: whoever opens the database next then thinks itself alone, and takes
    the write-ahead log away at its end. So those of a database are closed when SQLite is done with it.
    """
    with ThreadPoolExecutor(len(paths)) as pool:
        return list(pool.map(_synced, paths))


def let_go(handles: Iterable[int]) -> None:
    """Close descriptors."""
    for handle in handles:
        os.close(handle)


def _synced(path: Path) -> int:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        os.close(handle)
        raise
    return handle
