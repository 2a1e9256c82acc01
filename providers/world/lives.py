"""Where the homes of a crowd are and move to, who dies, and whose number is cancelled."""

from datetime import date

import numpy as np

from providers.world.draws import Column, Draws, Index
from providers.world.households import Households
from providers.world.names import STREETS, TOWN_OF_HUNDRED, TOWNS
from providers.world.people import Residence

NEVER = 10**9
"""A day that does not come."""
_TOWN = np.array(TOWN_OF_HUNDRED, dtype=np.int64)
_SETTLED = date(2010, 1, 1)
_MOVES_PER_MILLE = 160
_MOVES_FROM, _MOVES_DAYS = date(2021, 1, 4).toordinal(), 2_550
_CAME_PER_MILLE = 60
_CAME_FROM, _CAME_DAYS = date(2013, 1, 7).toordinal(), 3_080
_DEATHS_FROM, _DEATHS_DAYS = date(2023, 1, 1).toordinal(), 1_825
_ELDERLY = date(1950, 1, 1).toordinal()
_CANCELLED_PER_MILLE = 5
_CANCELLED_FROM, _CANCELLED_DAYS = date(2023, 1, 2).toordinal(), 1_820


class Lives:
    """Facts of the register, drawn for one person, or for many at once in columns."""

    def __init__(self, draws: Draws, homes: Households) -> None:
        self._draws, self._homes = draws, homes

    def towns(self, home: Index) -> tuple[Index, Index, Index]:
        """The town of a home, the one it moves to, and when (`NEVER` if it stays)."""
        draws, count = self._draws, len(TOWNS)
        before = _TOWN[draws("town", home, 100)]
        after = (before + 1 + draws("next town", home, count - 1)) % count
        moves = draws("moves", home, 1_000) < _MOVES_PER_MILLE
        day = _MOVES_FROM + draws("moves on", home, _MOVES_DAYS)
        return before, after, day * moves + NEVER * (1 - moves)

    def came(self, home: Index) -> Index:
        """When a home came from elsewhere, with all who were born by then; 0 if it was always here."""
        is_new = self._draws("came", home, 1_000) < _CAME_PER_MILLE
        return is_new * (_CAME_FROM + self._draws("came on", home, _CAME_DAYS))

    def died(self, person: Index, born: Index, is_needed: Index) -> Index:
        """When somebody dies, or `NEVER`; a first parent is needed."""
        day = _DEATHS_FROM + self._draws("died on", person, _DEATHS_DAYS)
        chance = (4 + 240 * (born < _ELDERLY)) * (1 - is_needed)
        dies = (self._draws("dies", person, 1_000) < chance) & (born < day)
        return day * dies + NEVER * (1 - dies)

    def cancelled(self, person: Index, is_alone: Index) -> Index:
        """When somebody's number is cancelled, or `NEVER`: only of who lives alone and had no other one."""
        drawn = self._draws("cancelled", person, 1_000) < _CANCELLED_PER_MILLE
        kept = self._draws("replaced", person, 1_000) >= 100  # noqa: PLR2004  far above the share
        is_one = drawn & kept & is_alone
        day = _CANCELLED_FROM + self._draws("cancelled on", person, _CANCELLED_DAYS)
        return day * is_one + NEVER * (1 - is_one)

    def residences(self, home: int, since: date) -> tuple[Residence, ...]:
        """Where somebody lived since a day."""
        before, after, moved = self.towns(home)
        first = max(since, _SETTLED)
        if moved == NEVER:
            return (self._residence(home, "at first", int(before), first),)
        later = date.fromordinal(int(moved))
        second = self._residence(home, "later", int(after), max(later, first))
        if later <= first:
            return (second,)
        return self._residence(home, "at first", int(before), first), second

    def lived_in(self, homes: Column, nis: str) -> Column:
        """Which homes are, were or will be in a municipality."""
        wanted = np.array([town[2] == nis for town in TOWNS])
        before, after, moved = self.towns(homes)
        return np.asarray(wanted[before] | (wanted[after] & (moved != NEVER)))

    def _residence(self, home: int, when: str, town: int, since: date) -> Residence:
        postcode, municipality, nis = TOWNS[town]
        return Residence(
            since=since,
            street=STREETS[self._draws(f"street {when}", home, len(STREETS))],
            number=str(1 + self._draws(f"number {when}", home, 180)),
            postcode=postcode,
            municipality=municipality,
            nis=nis,
        )
