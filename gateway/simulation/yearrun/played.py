"""Plays the scenarios of the library one after the other, for the report of a run."""

from collections.abc import Callable
from typing import Any

from gateway.simulation.library.matrix import matrix_of, read_causes
from gateway.simulation.library.runner import Result, runner
from gateway.simulation.library.scenario import SCENARIOS, read_library


def play_library(progress: Callable[[int, int], None]) -> dict[str, Any]:
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


def _told(result: Result) -> dict[str, Any]:
    return {
        "id": result.scenario.id,
        "title": result.scenario.title,
        "passed": result.passed,
        "failures": [str(one) for one in result.failures],
    }
