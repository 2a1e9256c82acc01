"""An uploaded batch after validation, and what became of each of its records."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np


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


Outcome = tuple[LineStatus, str | None, str]
"""What became of a record, its code and the reason."""


class Lines:
    """Lines in the order in which they are added, at five bytes each: there may be millions."""

    __slots__ = ("_kinds", "_numbers", "_outcomes")

    def __init__(self) -> None:
        self._numbers = array("I")
        self._kinds = bytearray()
        self._outcomes: list[Outcome] = []

    def add(self, number: int, outcome: Outcome) -> None:
        """Note one line."""
        self._numbers.append(number)
        self._kinds.append(self._kind(outcome))

    def extend(self, numbers: "array[int]", outcome: Outcome) -> None:
        """Note as many lines that went alike."""
        self._numbers.extend(numbers)
        self._kinds.extend(bytes([self._kind(outcome)]) * len(numbers))

    def in_order(self) -> "Lines":
        """The same lines by number."""
        numbers = np.asarray(self._numbers)
        order = np.argsort(numbers, kind="stable")
        found = Lines()
        found._numbers.frombytes(numbers[order].tobytes())
        found._kinds.extend(np.asarray(memoryview(self._kinds))[order].tobytes())
        found._outcomes = self._outcomes
        return found

    def count(self, status: LineStatus) -> int:
        """How many lines have this status."""
        kinds = [kind for kind, outcome in enumerate(self._outcomes) if outcome[0] is status]
        return sum(self._kinds.count(kind) for kind in kinds)

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[Line]:
        for number, kind in zip(self._numbers, self._kinds, strict=True):
            yield Line(number, *self._outcomes[kind])

    def _kind(self, outcome: Outcome) -> int:
        if outcome not in self._outcomes:
            self._outcomes.append(outcome)
        return self._outcomes.index(outcome)


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
    subjects: "array[int]" = field(default_factory=lambda: array("Q"))
    lines: Lines = field(default_factory=Lines)
    rows: Sequence[Mapping[str, Any]] = ()
    hopeless: str | None = None

    @property
    def merged(self) -> int:
        """How many records repeated an earlier one."""
        return self.lines.count(LineStatus.MERGED)

    @property
    def rejected(self) -> int:
        """How many records were refused."""
        return self.lines.count(LineStatus.REJECTED)

    @property
    def accepted(self) -> int:
        """How many records were accepted, each person once."""
        return len(self.subjects)
