"""WEWIS's source of jobbonus-plus transactions: what was paid, and what was recovered."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from providers.sources.envelope import found, nobody, nothing, resolve
from providers.world import Transaction, World

MEASURE = "Jobbonus plus"


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """The transactions up to today, of the query's `fiscal_year` or of all years, oldest first."""
    person, replaced_by = resolve(world, query["insz"], today)
    if person is None:
        return nobody(world, query["insz"], today)
    year = query.get("fiscal_year")
    known = [
        one
        for one in person.transactions
        if one.effective <= today and year in (None, one.fiscal_year)
    ]
    if not known:
        return nothing()
    known.sort(key=lambda one: (one.effective, one.tranche))
    record = {"insz": person.insz, "verrichtingen": [_transaction(one) for one in known]}
    return found(record, replaced_by)


def _transaction(one: Transaction) -> dict[str, Any]:
    return {
        "maatregel": MEASURE,
        "fiscaalJaar": one.fiscal_year,
        "bedragtype": one.tranche,
        "verrichtingbedrag": f"{one.amount:.2f}",
        "effectieveVerrichtingsdatum": one.effective.isoformat(),
    }
