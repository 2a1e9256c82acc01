"""A space's board, with the faults that its settings name, and the sources and folders round it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.adapters.clock import SpaceClock
from gateway.adapters.sources import LocalSources
from gateway.adapters.sources.local import Answer
from gateway.settings import Settings
from gateway.simulation.disturbance.board import Board
from gateway.simulation.disturbance.files import read_faults
from gateway.simulation.disturbance.places import here_with
from gateway.simulation.disturbance.sources import DisturbedSources
from gateway.simulation.disturbance.store import DisturbedStore


def open_board(
    settings: Settings, clock: SpaceClock, personas: Callable[[], Sequence[Mapping[str, Any]]]
) -> Board:
    """A board that begins with what the settings say.

    Raises:
        FaultFileInvalid: the file that they name does not hold.
    """
    here = here_with(personas)
    board = Board(settings.seed, clock.now, here)
    if settings.faults:
        board.put(read_faults(settings.faults, here))
    return board


def open_sources(
    settings: Settings, answer: Answer, url: str, key: str, board: Board
) -> DisturbedSources:
    """The sources as the settings have them asked: in process, or at an address with a key."""
    if settings.source_transport == "local":
        return DisturbedSources(LocalSources(answer), board, settings.source_timeout)
    from gateway.adapters.sources.http import HttpSources  # noqa: PLC0415  costs nobody else

    over_http = HttpSources(url, key, settings.source_timeout)
    return DisturbedSources(over_http, board, settings.source_timeout)


def open_store(settings: Settings, folder: Path, clock: SpaceClock, board: Board) -> DisturbedStore:
    """The drop folders; those of a space that waits for no disk do not."""
    return DisturbedStore(folder, clock, board, is_lasting=settings.disk == "safe")
