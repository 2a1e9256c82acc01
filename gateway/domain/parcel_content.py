"""What goes into a consumer's file, and which numbers its entry commits to."""

from array import array
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.domain.decision_terms import ObligationKind
from gateway.domain.number_lists import common, written


class ParcelContent(Protocol):
    """One file's content, with what its entry and its ledger row need to know of it.

    `subjects` are the numbers in it, ascending; `count` its rows; `once` who may stand in one such
    file a calendar year. `discharges` are the obligations that its making fulfils beside those of
    every file.
    """

    @property
    def subjects(self) -> Sequence[int]: ...  # noqa: D102  in the class's words

    @property
    def count(self) -> int: ...  # noqa: D102  idem

    @property
    def once(self) -> tuple[str, ...]: ...  # noqa: D102  idem

    @property
    def discharges(self) -> frozenset[ObligationKind]: ...  # noqa: D102  idem

    def chunks(self, flow: str, day: date, sequence: int) -> Iterator[bytes]:
        """The file in pieces."""
        ...


@dataclass(frozen=True, slots=True)
class NumberList:
    """A list of numbers and nothing beside them (contract section 7)."""

    subjects: "array[int]"
    once: tuple[str, ...] = ()
    discharges: frozenset[ObligationKind] = frozenset()

    @property
    def count(self) -> int:
        """One row a person."""
        return len(self.subjects)

    def chunks(self, flow: str, day: date, sequence: int) -> Iterator[bytes]:
        """The members of the contract, numbers ascending."""
        yield (
            f'{{"schema":"{flow}/1","stroom":"{flow}","dag":"{day.isoformat()}",'
            f'"volgnummer":{sequence},"aantal":{len(self.subjects)},"insz":['
        ).encode()
        yield from written(self.subjects)
        yield b"]}"


def entitled(subjects: "array[int]", allowed: "array[int] | Container[int]") -> "array[int]":
    """The part of a batch that a consumer may have: what was uploaded *and* what it may see.

    `allowed` is a list, ascending, or something that answers for one number at a time.
    """
    if isinstance(allowed, array):
        return common(subjects, allowed)
    return array("Q", [number for number in subjects if number in allowed])
