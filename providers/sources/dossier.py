"""VLABEL's source of jobbonus files, looked into by the contact centre."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from providers.sources.addresses import address
from providers.sources.envelope import found, nobody, nothing, resolve
from providers.world import JobbonusFile, Person, World

_NO_ACCOUNT = "rekeningnummer ontbreekt"


def answer(world: World, query: Mapping[str, Any], today: date) -> bytes:
    """The person's file, running or closed, with the letter that was sent."""
    person, replaced_by = resolve(world, query["insz"], today)
    if person is None:
        return nobody(world, query["insz"], today)
    if person.jobbonus is None:
        return nothing()
    return found(_record(person, person.jobbonus, today), replaced_by)


def _record(person: Person, file: JobbonusFile, today: date) -> dict[str, Any]:
    state = f"{file.state}, {_NO_ACCOUNT}" if person.account is None else file.state
    money = {"loon": f"{file.wage:.2f}", "bedrag": f"{file.amount:.2f}", "berekening": file.sum}
    letter = {"datum": file.letter.isoformat(), **money, "rekeningnummer": person.account}
    return {
        "persoon": {
            "insz": person.insz,
            "naam": person.name,
            "voornaam": person.first_name,
            "adres": address(person, today),
        },
        **money,
        "rekeningnummer": person.account,
        "status": state,
        "brief": letter,
        "dossiernummer": file.number,
    }
