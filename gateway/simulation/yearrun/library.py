"""The scenarios of the library, played beside a run, so that its report covers every article of the five texts."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from gateway.simulation.library.matrix import matrix_of, read_causes
from gateway.simulation.library.runner import Result, runner
from gateway.simulation.library.scenario import SCENARIOS, read_library

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


def play_library(progress: Played) -> Outcome:
    """Play all of it; what came of each scenario, and the matrix."""
    pages = read_library(SCENARIOS)
    results: list[Result] = []
    progress(0, len(pages))
    with runner() as hand:
        for number, page in enumerate(pages, 1):
            results.append(hand.run(page))
            progress(number, len(pages))
    return {
        "scenarios": [_told(one) for one in results],
        "matrix": matrix_of(pages, results, read_causes()).members(),
    }


def _play_for(reader: Connection) -> None:
    """Tell a reader how far it is, and then what came of it; where nobody reads any more, that is the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever waits is interrupted, and stops reading
    with reader:
        try:
            reader.send(play_library(lambda *so_far: reader.send(so_far)))
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


def _told(result: Result) -> dict[str, Any]:
    return {
        "id": result.scenario.id,
        "title": result.scenario.title,
        "passed": result.passed,
        "failures": [str(one) for one in result.failures],
    }
