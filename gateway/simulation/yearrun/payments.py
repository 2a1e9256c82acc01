"""What should stand in a payment file of 003, worked out from the people alone, and what is found there."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from consumers.file_contents import PaymentFile
from gateway.simulation.units import PAYMENTS
from gateway.simulation.yearrun import truth
from gateway.simulation.yearrun.stage import Stage
from providers.sources.addresses import address
from providers.world.people import Person

Amounts = Mapping[str, Decimal]


def due(stage: Stage) -> tuple[int, Amounts]:
    """The year, and the children who are paid for it and stood in no file of it yet."""
    year, amounts = truth.payments(stage.world, stage.today)
    return year, {insz: one for insz, one in amounts.items() if insz not in stage.paid[year]}


def compare(stage: Stage, file: PaymentFile) -> None:
    """Hold the rows of a file against the known one of its day (units share a folder), or against what is due now."""
    year, expected = stage.ready[file.day] if file.day in stage.ready else due(stage)
    found = {row.child.insz: row.amount for row in file.rows}
    stage.chronicle.expect("payment rows", _told(stage, expected), _told(stage, found))
    stage.chronicle.expect("payment year", str(year), str(file.year))
    if file.day not in stage.ready or file.day in stage.unfound:
        stage.chronicle.counts["payments", str(year), "children"] += len(found)
    stage.ready[file.day] = year, found
    stage.unfound.discard(file.day)
    stage.paid[year] |= set(found)


def ready_file(stage: Stage, children: Sequence[str]) -> tuple[bytes, Amounts]:
    """A file as VUTG makes it by itself, of those of these children who are due, with their amounts."""
    _, amounts = due(stage)
    chosen = {insz: amounts[insz] for insz in children if insz in amounts}
    records = [_row(stage, insz, amount) for insz, amount in chosen.items()]
    batch = {"schema": f"{PAYMENTS}/1", "dag": stage.today.isoformat(), "volgnummer": 1,
             "aantal": len(records), "records": records}  # fmt: skip
    return json.dumps(batch, ensure_ascii=False).encode(), chosen


def _row(stage: Stage, insz: str, amount: Decimal) -> Mapping[str, Any]:
    child = stage.world.find(insz)
    assert child is not None
    payee = stage.world.current(child.beneficiaries[0], stage.today)
    assert payee is not None
    today, account = stage.today, {"rekeningnummer": payee.account}
    return {"kind": _who(child, today), "begunstigde": _who(payee, today) | account, "bedrag": str(amount)}  # fmt: skip


def _who(person: Person, today: date) -> dict[str, Any]:
    return {"insz": person.insz, "naam": person.name, "voornaam": person.first_name,
            "adres": address(person, today)}  # fmt: skip


def _told(stage: Stage, amounts: Amounts) -> str:
    """Children and amounts in words that name nobody outside the cast."""
    rows = sorted(f"{stage.cast.called(insz)} {amount}" for insz, amount in amounts.items())
    return f"{len(rows)} children: {', '.join(rows)}"
