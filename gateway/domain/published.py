"""Checkpoints that were given away: on which occasions, and what is kept of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.legal_day import legal_day, start_of_day

EVERY = 1_024
"""A checkpoint at every so many entries."""
_HOUR = timedelta(hours=1)


class Occasion(StrEnum):
    """Why a checkpoint was published."""

    SIZE = "size"
    HOUR = "hour"
    MIDNIGHT = "midnight"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint as it was published. `cosignatures` are witnesses' lines, which came later."""

    size: int
    at: str
    occasion: Occasion
    note: str
    cosignatures: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The note with the witnesses' lines below the log's own."""
        return self.note + "".join(self.cosignatures)


def next_hour(at: datetime) -> datetime:
    """The first full hour after an instant."""
    return at.replace(minute=0, second=0, microsecond=0) + _HOUR


def next_midnight(at: datetime) -> datetime:
    """The instant at which the next day begins in Brussels."""
    return start_of_day(legal_day(at) + timedelta(days=1))


def sizes_between(last: int, size: int) -> range:
    """The sizes after `last` and up to `size` at which a checkpoint is due."""
    return range((last // EVERY + 1) * EVERY, size + 1, EVERY)
