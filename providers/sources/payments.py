"""VUTG's source of care allowances that were paid, from which the municipality's file is made."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from providers.sources.addresses import address
from providers.sources.envelope import found
from providers.world import Person, Recognition, World
from providers.world.care import payday


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """Children who live or lived in the municipality, with the months of the year paid by today."""
    year, place = int(query["year"]), str(query["municipality"])
    paid = (person for person in world.paid_in(place) if person.is_in_force(today))
    children = (_child(world, person, year, today) for person in paid)
    return found({"kinderen": [child for child in children if child["maanden"]]})


def _child(world: World, person: Person, year: int, today: date) -> dict[str, Any]:
    months = (_month(world, person, month, today) for month in _paid(person, year, today))
    return {
        "kind": _who(person, today),
        "geboren": person.born.isoformat(),
        "maanden": [month for month in months if month is not None],
        "diagnose": "staat enkel in de bron",
    }


def _paid(person: Person, year: int, today: date) -> Iterable[str]:
    """The months of a year that were paid by a day; arrears say on which day."""
    for month in person.care_paid_months:
        paid_on = person.care_arrears.get(month) or payday(month)
        if month.startswith(f"{year}-") and paid_on <= today:
            yield month


def _month(world: World, person: Person, month: str, today: date) -> dict[str, Any] | None:
    points = next((one for one in person.recognitions if _covers(one, month)), None)
    paid_to = [
        one for number in person.beneficiaries if (one := world.current(number, today)) is not None
    ]
    if points is None or not paid_to:
        return None
    return {
        "maand": month,
        "gemeenten": sorted(_towns(person, month)),
        "pijler1": points.pillar1,
        "pijler2": sum(points.pillar2),
        "pijler3": sum(points.pillar3),
        "totaal": points.total,
        "begunstigden": [
            _beneficiary(one, today, number == 0) for number, one in enumerate(paid_to)
        ],
    }


def _covers(one: Recognition, month: str) -> bool:
    ends = one.end.isoformat()[:7] if one.end else month
    return one.begin.isoformat()[:7] <= month <= ends


def _towns(person: Person, month: str) -> set[str]:
    """Where somebody lived in a month, on its first day and from a move within it on."""
    begun = [home for home in person.residences if home.since.isoformat()[:7] <= month]
    before = [home for home in begun if home.since.isoformat() <= f"{month}-01"]
    at_first = max(before, key=lambda home: home.since, default=None)
    moved = {home.nis for home in begun if home.since.isoformat()[:7] == month}
    return moved | ({at_first.nis} if at_first else set())


def _beneficiary(one: Person, today: date, receives: bool) -> dict[str, Any]:  # noqa: FBT001  it is the value
    return {**_who(one, today), "rekeningnummer": one.account, "ontvangt": receives}


def _who(person: Person, today: date) -> dict[str, Any]:
    return {
        "insz": person.insz,
        "naam": person.name,
        "voornaam": person.first_name,
        "adres": address(person, today),
    }
