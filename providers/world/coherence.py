"""What contradicts itself about a person, or about those they belong to. Told in words, without numbers."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from providers.world.care import month_of, payday
from providers.world.numbers import read_test_number
from providers.world.people import Person, Recognition

_MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])")
Find = Callable[[str], Person | None]
"""The record of a number, in the world that a person is to live in."""


def defects(person: Person, find: Find) -> list[str]:
    """Everything that does not fit; nothing for who is coherent."""
    return [*_of_number(person, find), *_of_life(person), *_of_family(person, find),
            *_of_care(person, find), *_of_money(person)]  # fmt: skip


def _of_number(person: Person, find: Find) -> Iterator[str]:
    read = read_test_number(person.insz)
    if read is None:
        yield "insz: this is no test number (month 61 to 72) with its check digits"
    elif read[0] != person.born:
        yield "insz: the number tells another birth date than `born`"
    if person.cancelled_on is not None and person.replaced_by is not None:
        yield "cancelled_on: a number is replaced or cancelled, not both"
    if person.replaced_by is not None:
        yield from _of_replacement(person, person.replaced_by, find)
    elif person.replaced_on is not None:
        yield "replaced_on: there is no `replaced_by`"


def _of_replacement(person: Person, number: str, find: Find) -> Iterator[str]:
    other = find(number)
    if other is None or other.insz == person.insz:
        yield "replaced_by: there is no other record of this number"
    elif other.born != person.born:
        yield "replaced_by: that record is of somebody born on another day"
    elif person.replaced_on is not None and other.number_since != person.replaced_on:
        yield "replaced_on: the other number counts from another day on"


def _of_life(person: Person) -> Iterator[str]:
    if person.died is not None and person.died < person.born:
        yield "died: before the birth"
    if person.number_since is not None and person.number_since < person.born:
        yield "number_since: before the birth"
    if not person.residences:
        yield "residences: everybody lives somewhere"
    dated: dict[str, Iterable[date]] = {
        "residences": (one.since for one in person.residences),
        "memberships": (one.since for one in person.memberships),
        "rights": (one.since for one in person.rights),
        "recognitions": (one.begin for one in person.recognitions),
    }
    for name, days in dated.items():
        if any(later <= earlier for earlier, later in pairwise(days)):
            yield f"{name}: not in order of time, or two of one day"
    if person.duty and any(step.since < person.duty.since for step in person.duty.steps):
        yield "duty: a step before the duty began"


def _of_family(person: Person, find: Find) -> Iterator[str]:
    for name, numbers in (("parents", person.parents), ("beneficiaries", person.beneficiaries)):
        if any(find(number) is None for number in numbers):
            yield f"{name}: somebody who is not in this world"
    parents = [one for number in person.parents if (one := find(number)) is not None]
    if any(parent.born >= person.born for parent in parents):
        yield "parents: somebody who is not older"


def _of_care(person: Person, find: Find) -> Iterator[str]:
    months = person.care_paid_months
    if not all(map(_MONTH.fullmatch, (*months, *person.care_arrears))):
        yield "care_paid_months, care_arrears: a month is written yyyy-mm"
        return
    if list(months) != sorted(set(months)):
        yield "care_paid_months: not in order of time, or one twice"
    if not set(person.care_arrears) <= set(months):
        yield "care_arrears: of a month that is not paid"
    if months:
        yield from _of_months(person, months)
        yield from _of_payees(person, months, find)


def _of_months(person: Person, months: Sequence[str]) -> Iterator[str]:
    if not person.beneficiaries:
        yield "beneficiaries: months are paid to nobody"
    if months[0] < month_of(person.born):
        yield "care_paid_months: before the birth"
    if person.died is not None and months[-1] > month_of(person.died):
        yield "care_paid_months: after the death"
    if any(not any(_covers(one, month) for one in person.recognitions) for month in months):
        yield "care_paid_months: a month without a recognition"


def _of_payees(person: Person, months: Sequence[str], find: Find) -> Iterator[str]:
    last = max(person.care_arrears.get(month) or payday(month) for month in months)
    paid = [one for number in person.beneficiaries if (one := find(number)) is not None]
    if any(one.died is not None and one.died <= last for one in paid if one.insz != person.insz):
        yield "beneficiaries: somebody who is dead on a payday"


def _of_money(person: Person) -> Iterator[str]:
    for one in person.transactions:
        if not person.is_living(one.effective) or person.is_cancelled(one.effective):
            yield "transactions: on a day on which nobody could be paid"
    balance: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for one in sorted(person.transactions, key=lambda one: (one.effective, -one.amount)):
        balance[one.fiscal_year, one.tranche] += one.amount
        if balance[one.fiscal_year, one.tranche] < 0:
            yield "transactions: more is recovered than was paid"


def _covers(one: Recognition, month: str) -> bool:
    return month_of(one.begin) <= month <= (month_of(one.end) if one.end else month)
