"""WEWIS's figures of jobbonus plus: people and net amounts by fiscal year and tranche."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from providers.sources.envelope import found
from providers.world import World


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """The figures as known today; small ones too, for the source cannot know who asks."""
    people: dict[tuple[int, int], set[str]] = defaultdict(set)
    sums: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for person in world:
        for one in person.transactions:
            if one.effective <= today and query.get("fiscal_year") in (None, one.fiscal_year):
                people[one.fiscal_year, one.tranche].add(person.insz)
                sums[one.fiscal_year, one.tranche] += one.amount
    cells = [
        {"fiscaalJaar": year, "bedragtype": tranche, "aantal": len(people[year, tranche]),
         "verrichtingbedrag": f"{sums[year, tranche]:.2f}"}
        for year, tranche in sorted(people)
    ]  # fmt: skip
    return found({"cellen": cells, "jaar": today.year})
