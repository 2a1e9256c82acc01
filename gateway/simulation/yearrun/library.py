"""The scenarios of the library, played beside a run, so that its report covers every article of the five texts."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from gateway.contracts.frame_room import with_room

Played = Callable[[int, int], None]
"""Told how many of how many were played."""
Outcome = dict[str, Any]


@contextmanager
def library_beside() -> Iterator[Callable[[Played], Outcome]]:
    """Play the library in a process of its own while the run is lived; what is given waits for the outcome.

    Where it is not waited for, the process ends after the scenario that it has in hand.
    """
    ours, its_own = get_context("spawn").Pipe(duplex=False)
    process = get_context("spawn").Process(target=_play_for, args=(its_own,), name="scenarios")
    process.start()
    its_own.close()
    try:
        yield lambda played: _outcome(ours, played)
    finally:
        ours.close()
        process.join()
        process.close()


def _play_for(reader: Connection) -> None:
    """Tell a reader how far it is, and then what came of it; where nobody reads any more, that is the end.

    What plays is loaded in that process alone.
    """
    from gateway.simulation.yearrun.played import play_library  # noqa: PLC0415

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever waits is interrupted, and stops reading
    with reader:
        try:
            told = with_room(lambda: play_library(lambda *so_far: reader.send(so_far)))
            reader.send(told)
        except BrokenPipeError:
            return


def _outcome(process: Connection, played: Played) -> Outcome:
    """What comes of it in the end.

    Raises:
        RuntimeError: the process ended before.
    """
    while True:
        try:
            told = process.recv()
        except EOFError:
            raise RuntimeError("no scenarios: their process ended; its own words stand above") from None  # fmt: skip
        if isinstance(told, dict):
            return told
        played(*told)
