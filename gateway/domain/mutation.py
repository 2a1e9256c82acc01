"""A mutation batch: what it holds, and which part of it a consumer may have (001 art. 3, 5 and 6)."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_NUMBERS_AT_ONCE = 50_000


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

    `subjects` holds each accepted number once, ascending, as unsigned 64-bit integers. `hopeless` says
    why nothing in the file can be used (then the rest is empty).
    """

    sha256: str
    day: date | None = None
    volgnummer: int = 1
    received: int = 0
    subjects: Sequence[int] = field(default_factory=lambda: array("Q"))
    lines: Sequence[Line] = ()
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


def entitled(subjects: Sequence[int], registered: frozenset[int]) -> Sequence[int]:
    """The part of a batch that a consumer may have: what was uploaded *and* what it registered."""
    return array("Q", [number for number in subjects if number in registered])


def parcel_chunks(flow: str, day: date, sequence: int, subjects: Sequence[int]) -> Iterator[bytes]:
    """A consumer's file in pieces: the members of contract section 7, numbers ascending."""
    yield (
        f'{{"schema":"{flow}/1","stroom":"{flow}","dag":"{day.isoformat()}",'
        f'"volgnummer":{sequence},"aantal":{len(subjects)},"insz":['
    ).encode()
    for first in range(0, len(subjects), _NUMBERS_AT_ONCE):
        piece = subjects[first : first + _NUMBERS_AT_ONCE]
        opening = "," if first else ""
        yield (opening + ",".join([f'"{number:011d}"' for number in piece])).encode()
    yield b"]}"
