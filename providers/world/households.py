"""Who lives together in a crowd, and when each was born: columns, worked out once for a seed and a size."""

from datetime import date

import numpy as np

from providers.world.draws import Column, Draws

_SHARES = (34, 42, 72)
"""Of a hundred homes: one adult, one with children, a couple; the rest are couples with children."""
_MOST_CHILDREN = 3
_YEAR = 365
_ELDERS_FROM, _ELDERS_DAYS = date(1932, 1, 1).toordinal(), 24_000
_CHILDREN_FROM, _CHILDREN_DAYS = date(2003, 1, 1).toordinal(), 8_035
_PARENT_AT, _PARENT_YEARS = 20 * _YEAR, 15 * _YEAR
_APART = 6 * _YEAR
_NEXT_CHILD, _NEXT_DAYS = 350, 550


class Households:
    """Homes 0, 1, … and the persons 0, 1, … in them, home by home: adults first, then children.

    A larger crowd begins with the smaller one of the same seed, but for the last home, which is cut off.
    """

    def __init__(self, draws: Draws, people: int) -> None:
        self._draws = draws
        homes = np.arange(people, dtype=np.int64)
        adults, children = self._sizes(homes)
        ends = np.cumsum(adults + children)
        count = int(np.searchsorted(ends, people)) + 1 if people else 0
        self.ends = np.minimum(ends[:count], people).astype(np.int32)
        self.adults = adults[:count].astype(np.int8)
        self.with_children = children[:count] > 0
        self.born = self._births(people).astype(np.int32)

    def home_of(self, person: int) -> int:
        """The home of a person. A key of another type would have the column copied for each question."""
        return int(np.searchsorted(self.ends, np.int32(person), side="right"))

    def homes_of(self, people: Column) -> Column:
        """The home of each of them."""
        return np.searchsorted(self.ends, people, side="right").astype(np.int64)

    def start(self, home: int) -> int:
        """The first person of a home."""
        return int(self.ends[home - 1]) if home else 0

    def places(self, people: Column, homes: Column) -> Column:
        """Which of its home each person is: 0 is the first adult."""
        starts = np.concatenate(([0], self.ends[:-1]))
        return people - starts[homes].astype(np.int64)

    def _sizes(self, homes: Column) -> tuple[Column, Column]:
        kind = self._draws("household", homes, 100)
        alone, one_parent, couple = _SHARES
        has_children = (kind >= alone) & (kind < one_parent) | (kind >= couple)
        children = has_children * (1 + self._draws("children", homes, _MOST_CHILDREN))
        return 1 + (kind >= one_parent).astype(np.int64), children

    def _births(self, people: int) -> Column:
        """Children come some years after their parents, one after the other."""
        everybody = np.arange(people, dtype=np.int64)
        home = self.homes_of(everybody)
        place = self.places(everybody, home)
        eldest = _CHILDREN_FROM + self._draws("eldest", home, _CHILDREN_DAYS)
        first = self._first_adults(home, eldest)
        second = first - _APART + self._draws("second", home, 2 * _APART)
        latest = eldest - 18 * _YEAR
        second = np.where(self.with_children[home], np.minimum(second, latest), second)
        nth = place - self.adults[home]
        child = eldest + nth * (_NEXT_CHILD + self._draws("next", home, _NEXT_DAYS))
        return np.where(nth >= 0, child, np.where(place == 0, first, second))

    def _first_adults(self, home: Column, eldest: Column) -> Column:
        parent = eldest - _PARENT_AT - self._draws("parent", home, _PARENT_YEARS)
        other = _ELDERS_FROM + self._draws("elder", home, _ELDERS_DAYS)
        return np.where(self.with_children[home], parent, other)
