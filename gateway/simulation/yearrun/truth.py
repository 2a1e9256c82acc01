"""What the world of a run says, worked out from its people alone: nothing of the gateway is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from providers.world import Recognition, World
from providers.world.people import IntegrationDuty, Person

ZELE = "42028"
_OF_AGE, _PAYDAY, _FIRST_HALF = 21, 8, 6
_MOST, _HIGH, _LOW, _PILLAR = 18, 12, 6, 4
_HEAVY, _MIDDLE, _SOME, _LIGHT = (Decimal(one) for one in ("300.00", "150.00", "100.00", "75.00"))


@dataclass(frozen=True, slots=True)
class Known:
    """What should come of a question: facts in order, or the reason why there are none."""

    facts: tuple[object, ...] = ()
    reason: str | None = None


def transactions(world: World, insz: str, today: date, year: int | None = None) -> Known:
    """The transactions up to a day: fiscal year, tranche, amount, day."""
    person = _resolved(world, insz, today)
    if isinstance(person, Known):
        return person
    found = sorted(
        (one.effective, one.tranche, one.fiscal_year, one.amount)
        for one in person.transactions
        if one.effective <= today and year in (None, one.fiscal_year)
    )
    return Known(tuple(found)) if found else Known(reason="no-data")


def care_allowance(world: World, insz: str, on: date, today: date) -> Known:
    """Points in pillar 1 and period of the recognitions of a day. LAW: 004 art. 3 - and nothing else."""
    person = _resolved(world, insz, today)
    if isinstance(person, Known):
        return person
    found = [
        (one.pillar1, one.begin, one.end)
        for one in person.recognitions
        if one.decided <= today and one.begin <= on and (one.end is None or on <= one.end)
    ]
    return Known(tuple(found)) if found else Known(reason="no-data")


def advice(world: World, insz: str, opening: date, today: date) -> Known:
    """Whether somebody meets the integration duty on a day, as known today."""
    person = _resolved(world, insz, today)
    if isinstance(person, Known):
        return person
    if person.duty is not None and person.duty.scheme != "vlaams" and person.duty.since <= opening:
        return Known(reason="no-data")  # the agency knows nothing of the other region's duty
    return Known(("NOK" if _falls_short(person.duty, opening, today) else "OK",))


def yearly_list(world: World, year: int) -> Sequence[str]:
    """Who is under the duty and does not meet it on 1 January."""
    day = date(year, 1, 1)
    return sorted(
        one.insz
        for one in world.under_duty()
        if one.is_in_force(day) and one.is_living(day) and _falls_short(one.duty, day, day)
    )


def payments(world: World, today: date) -> tuple[int, Mapping[str, Decimal]]:
    """The year that a request of this day is about, and each child of the municipality with its amount."""
    january = today.month == 1
    year = today.year - 1 if january else today.year
    last = f"{year}-12" if january else f"{year}-{_FIRST_HALF:02d}"
    found = {
        one.insz: _amount(one, year, last, today)
        for one in world.paid_in(ZELE)
        if one.is_in_force(today)
    }
    return year, {insz: amount for insz, amount in found.items() if amount is not None}


def minors(world: World, key: str, today: date) -> Sequence[str]:
    """The keys of somebody's minor children who have one."""
    (parent,) = (one for one in world.named() if one.key == key)
    return [
        one.key
        for one in world.named()
        if one.key and parent.insz in one.parents and one.is_minor(today)
    ]


def bracket(recognition: Recognition) -> Decimal | None:
    """The allowance for points. LAW: 003 1.1."""
    pillar, total = recognition.pillar1, recognition.total
    if total >= _MOST:
        return _HEAVY
    if total >= _HIGH:
        return _MIDDLE
    if pillar >= _PILLAR:
        return _MIDDLE if total >= _LOW else _LIGHT
    return _SOME if total >= _LOW else None


def _resolved(world: World, insz: str, today: date) -> Person | Known:
    """The record that counts today for who has or had a number, or why there is none."""
    person = world.find(insz)
    while person is not None and person.is_replaced(today):
        person = world.find(person.replaced_by or "")
    if person is None or not person.is_known(today):
        return Known(reason="insz-unknown")
    return Known(reason="insz-cancelled") if person.is_cancelled(today) else person


def _falls_short(duty: IntegrationDuty | None, day: date, today: date) -> bool:
    if duty is None or duty.scheme != "vlaams" or duty.since > day:
        return False
    steps = [one for one in duty.steps if one.known <= today and one.since <= day]
    last = max(steps, key=lambda one: (one.since, one.known), default=None)
    return last is None or not last.fulfilled


def _amount(child: Person, year: int, last: str, today: date) -> Decimal | None:
    """What is paid for a child that was paid while it lived in the municipality; else nothing."""
    birthday = f"{child.born.year + _OF_AGE}-{child.born.month:02d}"
    months = [
        month
        for month in child.care_paid_months
        if f"{year}-01" <= month <= min(last, birthday)
        and (child.care_arrears.get(month) or _payday(month)) <= today
        and _points(child, month) is not None
    ]
    if not any(ZELE in _towns(child, month) for month in months):
        return None
    points = _points(child, max(months))
    return bracket(points) if points is not None else None


def _payday(month: str) -> date:
    year, number = int(month[:4]), int(month[5:])
    return date(year + number // 12, number % 12 + 1, _PAYDAY)


def _points(child: Person, month: str) -> Recognition | None:
    covering = (
        one
        for one in child.recognitions
        if f"{one.begin:%Y-%m}" <= month and (one.end is None or month <= f"{one.end:%Y-%m}")
    )
    return next(covering, None)


def _towns(child: Person, month: str) -> set[str]:
    """Where a child lived at the start of a month, and where it moved to in it."""
    homes = sorted(
        (one.since, one.nis) for one in child.residences if f"{one.since:%Y-%m}" <= month
    )
    before = [nis for since, nis in homes if since.isoformat() <= f"{month}-01"]
    return {nis for since, nis in homes if f"{since:%Y-%m}" == month} | set(before[-1:])
