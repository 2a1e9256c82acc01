"""The numbers of a crowd: who has which, and whose a number is, without keeping any of them as text."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from providers.world.draws import Draws
from providers.world.numbers import read_test_number, test_number

FIRST_SERIAL, SECOND_SERIAL, _PER_DAY = 300, 620, 80
"""Serials of first numbers are 300-599, of those in their place 620-699: personas and neighbours have others."""
_MOST_FIRST = 300
_REPLACED_PER_MILLE = 4
_REPLACED_FROM, _REPLACED_DAYS = date(2024, 1, 8).toordinal(), 1_085


class CrowdFull(ValueError):
    """More people of one birth date than there are numbers for."""


class Numbering:
    """Serials by order of index among those born on the same day, so that a larger crowd changes none."""

    def __init__(self, draws: Draws, born: NDArray[np.int32]) -> None:
        self._born = born
        self._order = np.argsort(born, kind="stable").astype(np.int32)
        self._days = born[self._order]
        self._rank = _ranks(self._days, self._order)
        if len(born) and int(self._rank.max()) >= _MOST_FIRST:
            raise CrowdFull("too many people are born on one day: take a smaller crowd")
        self._second = self._replacements(draws)
        self._owners = {number: person for person, (number, _) in self._second.items()}

    def first(self, person: int) -> str:
        """The number that somebody had from birth."""
        serial = FIRST_SERIAL + int(self._rank[person])
        return test_number(date.fromordinal(int(self._born[person])), serial)

    def second(self, person: int) -> tuple[str, date] | None:
        """The number that took its place, and since when."""
        return self._second.get(person)

    def on(self, person: int, day: date) -> str:
        """The number that counts on a day."""
        second = self._second.get(person)
        return second[0] if second is not None and second[1] <= day else self.first(person)

    def owner(self, insz: str) -> int | None:
        """Whose a number is, first or second."""
        if insz in self._owners:
            return self._owners[insz]
        read = read_test_number(insz)
        if read is None:
            return None
        born, rank = np.int32(read[0].toordinal()), read[1] - FIRST_SERIAL
        low, high = (int(np.searchsorted(self._days, born, side)) for side in ("left", "right"))
        return int(self._order[low + rank]) if 0 <= rank < high - low else None

    def _replacements(self, draws: Draws) -> dict[int, tuple[str, date]]:
        everybody = np.arange(len(self._born), dtype=np.int64)
        chosen = np.flatnonzero(draws("replaced", everybody, 1_000) < _REPLACED_PER_MILLE)
        grown = chosen[self._born[chosen] < _REPLACED_FROM]
        taken: dict[int, int] = {}
        return {person: self._replacement(draws, person, taken) for person in map(int, grown)}

    def _replacement(self, draws: Draws, person: int, taken: dict[int, int]) -> tuple[str, date]:
        born = int(self._born[person])
        serial = taken[born] = taken.get(born, SECOND_SERIAL - 1) + 1
        if serial >= SECOND_SERIAL + _PER_DAY:
            raise CrowdFull("too many numbers of one birth date are replaced: take a smaller crowd")
        since = _REPLACED_FROM + draws("replaced on", person, _REPLACED_DAYS)
        return test_number(date.fromordinal(born), serial), date.fromordinal(since)


def _ranks(days: NDArray[np.int32], order: NDArray[np.int32]) -> NDArray[np.int16]:
    """How many of the same day come before, for each person."""
    firsts = np.searchsorted(days, days, side="left")
    ranks = np.empty(len(days), dtype=np.int16)
    ranks[order] = np.arange(len(days)) - firsts
    return ranks
