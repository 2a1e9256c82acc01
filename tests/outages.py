"""Real causes for which a log cannot be written, each of them undone at the end."""

import ctypes
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.adapters.log import OrderedLog
from gateway.domain.log_entry import Entry
from tests.builders import NOON

_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
_LARGER_THAN_OTHERS = 1_500_000


@contextmanager
def no_room(path: Path, log: OrderedLog) -> Iterator[None]:
    """No file of this process may become longer than the log's is, which is the longest."""
    waiting = path.with_name(f"{path.name}-wal")
    filler = {"v": 1, "e": "filler", "at": NOON.isoformat(), "x": "y" * 60_000}
    while waiting.stat().st_size < _LARGER_THAN_OTHERS:
        log.append_all([Entry(filler, None)])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (waiting.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Another process writes to the file, and does not end."""
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        yield
        assert other.stdin is not None
        other.stdin.close()


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of a few mebibytes; only root can mount one."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small file system")
    libc = ctypes.CDLL(None, use_errno=True)
    folder.mkdir()
    if libc.mount(b"none", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode()) != 0:
        pytest.skip("this machine lets nobody mount a small file system")
    try:
        yield folder
    finally:
        libc.umount2(os.fsencode(folder), 2)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is left on the disk of a folder."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1 << 8, 1):
            _fill(file.fileno(), size)
    yield
    filler.unlink()


def _fill(descriptor: int, size: int) -> None:
    try:
        while os.write(descriptor, b"x" * size):
            pass
    except OSError:
        return


@contextmanager
def sequencer_gone(path: Path, log: OrderedLog) -> Iterator[None]:
    """The sequencer's process is killed, and no other can start while the file is held."""
    with held(path):
        os.kill(log.inner.pid, 9)  # type: ignore[union-attr]  # it is one
        yield
