"""WEWIS's figures of jobbonus plus: people and net amounts by fiscal year and tranche."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from providers.sources.envelope import found
from providers.world import World


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """The figures as known today; small ones too, for the source cannot know who asks."""
    asked = query.get("fiscal_year")
    cells = [
        {"fiscaalJaar": year, "bedragtype": tranche, "aantal": people, "verrichtingbedrag": f"{total:.2f}"}
        for (year, tranche), (people, total) in world.figures(today).items()
        if asked in (None, year)
    ]  # fmt: skip
    return found({"cellen": cells, "jaar": today.year})
