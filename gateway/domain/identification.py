"""Is the caller who they say they are: what they state against the file, before anything is told (000 art. 2)."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

RUNNING = frozenset({"ontvangen", "berekend", "brief verzonden", "te betalen", "bezwaar"})
"""The states of a file that is still being handled (O-12); a paid or refused one is closed."""
_NO_ACCOUNT = "rekeningnummer ontbreekt"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedIdentity:
    """What the caller states: name and address, and elements of the file that they must know."""

    name: str | None = None
    first_name: str | None = None
    address: Mapping[str, str] = field(default_factory=dict)
    amount: str | None = None
    account: str | None = None


def is_identified(file: Mapping[str, Any] | None, stated: StatedIdentity) -> bool:
    """Whether everything stated fits the running file, with a datum of the person and one of the file.

    LAW: 000 art. 2. No file, a closed one and a wrong element are told alike.
    """
    if file is None or not is_running(file):
        return False
    person, elements = _of_person(file, stated), _of_file(file, stated)
    return bool(person) and bool(elements) and all(person) and all(elements)


def is_running(file: Mapping[str, Any]) -> bool:
    """Whether the file is still being handled; a missing account is told in the same word."""
    state = str(file["status"]).removesuffix(f", {_NO_ACCOUNT}")
    return state in RUNNING


def _of_person(file: Mapping[str, Any], stated: StatedIdentity) -> list[bool]:
    """A name counts whole, an address by each part that is stated."""
    person, checks = file["persoon"], []
    if stated.name is not None or stated.first_name is not None:
        checks.append(_same(stated.name, person["naam"]))
        checks.append(_same(stated.first_name, person["voornaam"]))
    address = person["adres"]
    checks += [_same(value, address.get(key)) for key, value in stated.address.items()]
    return checks


def _of_file(file: Mapping[str, Any], stated: StatedIdentity) -> list[bool]:
    checks = []
    if stated.amount is not None:
        checks.append(_amount(stated.amount) == _amount(file["bedrag"]))
    if stated.account is not None:
        known = file["rekeningnummer"]
        checks.append(known is not None and _bare(stated.account) == _bare(known))
    return checks


def _same(stated: str | None, known: str | None) -> bool:
    return stated is not None and known is not None and _folded(stated) == _folded(known)


def _folded(text: str) -> str:
    """Without accents, capitals and signs: what is heard on a telephone."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


def _bare(account: str) -> str:
    return "".join(account.split()).upper()


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None
