"""How far a space's clock came, in its data folder: a later start on the same data begins there."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gateway.adapters.clock import SpaceClock, clock_from
from gateway.adapters.log import LogReader
from gateway.bootstrap.log import LOG
from gateway.contracts.clock import Clock

NAME = "clock"
_LOG = logging.getLogger(__name__)


def open_clock(text: str, data: Path) -> SpaceClock:
    """A clock as settings have it, put forward to where the one before it stood."""
    clock = clock_from(text)
    for reached in (*_noted(data / NAME), *_entered(data / LOG)):
        clock.move_to(reached)
    return clock


def keep_clock(clock: Clock, data: Path) -> None:
    """Note where it stands, whole or not at all. Where that fails, the log still tells what was entered."""
    hidden = data / f".{NAME}.{os.getpid()}"
    try:
        hidden.write_text(clock.now().astimezone(UTC).isoformat(), "ascii")
        hidden.replace(data / NAME)
    except OSError as error:
        _LOG.error("the clock cannot be noted in %s: %s", data / NAME, error.strerror)


def _noted(path: Path) -> Iterator[datetime]:
    """What was noted last; a file that somebody else wrote says nothing."""
    try:
        yield datetime.fromisoformat(path.read_text("ascii")).astimezone(UTC)
    except (OSError, ValueError):
        return


def _entered(path: Path) -> Iterator[datetime]:
    """The instant of the last entry, which a process that was killed may not have noted otherwise.

    What is wrong with a log is told by who opens it to write.
    """
    if not path.exists():
        return
    try:
        with closing(LogReader(path)) as reader:
            size = reader.head().size
            for leaf in reader.leaves(size, size):
                yield datetime.fromisoformat(msgspec.json.decode(leaf)["at"])
    except (sqlite3.Error, ValueError, LookupError, TypeError):
        return
