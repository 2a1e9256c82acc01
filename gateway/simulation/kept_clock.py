"""How far a space's clock came, in its data folder: a later start on the same data begins there."""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gateway.adapters.clock import SpaceClock, clock_from
from gateway.adapters.log import LogReader
from gateway.bootstrap.log import LOG
from gateway.contracts.clock import Clock
from gateway.domain.legal_day import in_brussels

NAME = "clock"
_WIDTH = len("2025-03-10T08:00:00.000000+00:00")
_SOON = timedelta(minutes=1)
_LOG = logging.getLogger(__name__)


def open_clock(text: str, data: Path) -> SpaceClock:
    """A clock as settings have it, put forward to where the one before it stood."""
    clock = clock_from(text)
    for reached in (*_noted(data / NAME), *_entered(data / LOG)):
        clock.move_to(reached)
    return clock


def passed_over(text: str, clock: Clock) -> str | None:
    """What to say where a clock that was asked for lies before where the space stands; a clock that runs may be off."""
    asked, stands = clock_from(text).now(), clock.now()
    if stands - asked < _SOON:
        return None
    told = [in_brussels(one).isoformat(timespec="seconds") for one in (asked, stands)]
    return (
        f"the clock stands at {told[1]}, where this space had come to; {told[0]} is earlier and was"
        " passed over: reset it, restore a snapshot, or take another --data"
    )


def keep_clock(clock: Clock, data: Path) -> None:
    """Note where it stands. Where that fails, the log still tells what was entered.

    NOTE: instants are as long as each other here, and written over in one go: to show a new file in
    place of an old one makes a file system (ext4) wait for its disk, for each job that is done.
    """
    text = f"{clock.now().astimezone(UTC).isoformat():{_WIDTH}}\n"
    try:
        note = os.open(data / NAME, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(note, text.encode("ascii"), 0)
        finally:
            os.close(note)
    except OSError as error:
        _LOG.error("the clock cannot be noted in %s: %s", data / NAME, error.strerror)


def _noted(path: Path) -> Iterator[datetime]:
    """What was noted last; a file that somebody else wrote says nothing."""
    try:
        yield datetime.fromisoformat(path.read_text("ascii").strip()).astimezone(UTC)
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
