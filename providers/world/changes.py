"""What can befall somebody by hand: each gives the records that take the place of the one there was."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from providers.world.care import month_of
from providers.world.names import TOWNS
from providers.world.numbers import test_number
from providers.world.people import Membership, Person, Residence, Transaction

What = Literal["died", "moved", "paid", "recovered", "replaced", "cancelled", "joined"]
_BY_HAND, _PER_DAY = 800, 100
"""Serials of numbers that are given by hand."""
_STREET, _NUMBER = "Nieuwstraat", "1"


class NotPossible(ValueError):
    """What is asked does not go; in words, without numbers."""


def given_number(born: date, nth: int) -> str:
    """The n-th number by hand of a birth date.

    Raises:
        NotPossible: all of that day are taken.
    """
    if nth >= _PER_DAY:
        raise NotPossible("every number by hand of this birth date is taken")
    return test_number(born, _BY_HAND + nth)


def died(person: Person, on: date) -> Person:
    """Nothing is paid after it."""
    last = month_of(on)
    months = tuple(month for month in person.care_paid_months if month <= last)
    return replace(
        person,
        died=on,
        care_paid_months=months,
        care_arrears={one: day for one, day in person.care_arrears.items() if one in months},
        transactions=tuple(one for one in person.transactions if one.effective < on),
    )


def moved(person: Person, on: date, town: str) -> Person:
    """To another town, or there at first; later homes are forgotten.

    Raises:
        NotPossible: there is no such town.
    """
    before = tuple(one for one in person.residences if one.since < on)
    return replace(person, residences=(*before, home(on, town)))


def home(since: date, town: str) -> Residence:
    """An address in a town.

    Raises:
        NotPossible: there is no such town.
    """
    found = next((one for one in TOWNS if one[1].lower() == town.lower()), None)
    if found is None:
        raise NotPossible(f"there is no such town; there are {', '.join(one[1] for one in TOWNS)}")
    postcode, municipality, nis = found
    return Residence(since=since, street=_STREET, number=_NUMBER, postcode=postcode,
                     municipality=municipality, nis=nis)  # fmt: skip


def paid(person: Person, on: date, amount: Decimal) -> Person:
    """A jobbonus plus; negative when it is recovered, of the payment before it."""
    year, tranche = on.year - 1, 1
    if amount < 0:
        earlier = [one for one in person.transactions if one.amount > 0 and one.effective <= on]
        if not earlier:
            raise NotPossible("nothing was paid that could be recovered")
        year, tranche = earlier[-1].fiscal_year, earlier[-1].tranche
    one = Transaction(fiscal_year=year, tranche=tranche, amount=amount, effective=on)
    ordered = sorted((*person.transactions, one), key=lambda each: each.effective)
    return replace(person, transactions=tuple(ordered))


def replaced(person: Person, on: date, number: str) -> tuple[Person, Person]:
    """The record as it was, and the one of the number that takes its place."""
    if person.replaced_by is not None:
        raise NotPossible("this number was replaced already: take the one that counts now")
    later = replace(person, insz=number, number_since=on, key=None, shows=())
    return replace(person, replaced_by=number, replaced_on=on), later


def joined(person: Person, on: date, fund: str) -> Person:
    """Member of another care fund."""
    before = tuple(one for one in person.memberships if one.since < on)
    return replace(person, memberships=(*before, Membership(since=on, fund=fund)))


def cancelled(person: Person, on: date) -> Person:
    """The number counts no longer, and nothing is told of it from then on."""
    kept = tuple(one for one in person.transactions if one.effective < on)
    return replace(person, cancelled_on=on, transactions=kept)
