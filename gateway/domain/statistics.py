"""Counts and sums in which nobody can be found: small cells say nothing, not even that they are empty.

LAW: 001 art. 2 b 2 and art. 4 - the policy team works for anonymous statistics only.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

SMALLEST_CELL = 10
"""A cell about fewer people than this is suppressed."""
FIRST_YEAR = 2022
"""The first fiscal year of the jobbonus plus (001 C1)."""
_TRANCHES = (1, 2)
Cell = Mapping[str, Any]


def suppressed(cells: Iterable[Cell], years: Iterable[int]) -> list[Cell]:
    """A cell for every year and tranche; where fewer than ten people stand behind it, without figures.

    An empty cell looks like a small one: that nobody is in it would tell something too.
    """
    known = {(cell["fiscaalJaar"], cell["bedragtype"]): cell for cell in cells}
    return [_shown(known.get(key), *key) for key in product(years, _TRANCHES)]


def years_of(year: int | None, today: int) -> Iterator[int]:
    """The fiscal years that a question is about: the one it names, or all."""
    yield from (year,) if year is not None else range(FIRST_YEAR, today + 1)


def _shown(cell: Cell | None, year: int, tranche: int) -> Cell:
    is_small = cell is None or cell["aantal"] < SMALLEST_CELL
    figures = {"aantal": None, "verrichtingbedrag": None} if is_small or cell is None else {
        "aantal": cell["aantal"], "verrichtingbedrag": cell["verrichtingbedrag"],
    }  # fmt: skip
    return {"fiscaalJaar": year, "bedragtype": tranche, **figures}
