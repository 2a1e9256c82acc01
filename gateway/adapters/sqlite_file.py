"""Database files that begin as a copy: quicker than to have SQLite make each of their tables anew."""

import os
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
        _sync(path.parent)


def pace(*, is_lasting: bool) -> str:
    """How SQLite waits for the disk: at each commit, or never; then the system alone may lose something."""
    return f"PRAGMA synchronous = {'FULL' if is_lasting else 'OFF'}"


def _sync(parent: Path) -> None:
    folder = os.open(parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
