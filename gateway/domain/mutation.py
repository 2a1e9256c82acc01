"""An uploaded batch after validation, and what became of each of its records."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class LineStatus(StrEnum):
    """What became of one record."""

    ACCEPTED = "aanvaard"
    MERGED = "samengevoegd"
    REJECTED = "geweigerd"


@dataclass(frozen=True, slots=True)
class Line:
    """A record that was not simply accepted. `number` counts records from 1."""

    number: int
    status: LineStatus
    code: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReading:
    """An upload after validation.

    `subjects` holds each accepted number once, ascending, as unsigned 64-bit integers; `rows` are the
    accepted records of a payment file. `hopeless` says why nothing in the file can be used (then the
    rest is empty).
    """

    sha256: str
    day: date | None = None
    volgnummer: int = 1
    received: int = 0
    subjects: Sequence[int] = field(default_factory=lambda: array("Q"))
    lines: Sequence[Line] = ()
    rows: Sequence[Mapping[str, Any]] = ()
    hopeless: str | None = None

    @property
    def merged(self) -> int:
        """How many records repeated an earlier one."""
        return sum(line.status is LineStatus.MERGED for line in self.lines)

    @property
    def rejected(self) -> int:
        """How many records were refused."""
        return sum(line.status is LineStatus.REJECTED for line in self.lines)

    @property
    def accepted(self) -> int:
        """How many records were accepted, each person once."""
        return len(self.subjects)
