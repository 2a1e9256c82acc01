"""A folder for a space that goes when its work is done: in memory where there is room for it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  made below with mode 0700 under a name that nobody guesses
_ROOM = 2 << 30
"""Bytes that must be free; a year over 100,000 people takes a tenth of it."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that is ours alone. Where `TMPDIR` says where such folders lie, it lies there."""
    with tempfile.TemporaryDirectory(prefix="magda-sim-", dir=_in_memory()) as folder:
        yield Path(folder)


def _in_memory() -> Path | None:
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK):
        return None
    found = os.statvfs(_MEMORY)
    return _MEMORY if found.f_bavail * found.f_frsize >= _ROOM else None
