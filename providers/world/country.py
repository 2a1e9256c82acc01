"""One world: everybody in it, found by number, and what happened on a day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from providers.world.crowd import Crowd
from providers.world.neighbours import neighbours
from providers.world.people import Person
from providers.world.personas import personas

Cell = tuple[int, int]
"""A fiscal year and a tranche."""


class _Since(Protocol):
    @property
    def since(self) -> date: ...


Dated = TypeVar("Dated", bound=_Since)
"""A fact with the day from which it holds."""


class World:
    """The people of a seed: the personas, their neighbours, a crowd of `people` more, and who was settled here.

    Facts carry the day from which they hold, so nothing changes as time goes on.
    """

    def __init__(self, seed: int, people: int = 0) -> None:
        self.seed, self.people = seed, people
        self._given = {person.insz: person for person in (*personas(), *neighbours(seed))}
        self._own: dict[str, Person] = {}
        self._people = dict(self._given)
        self._crowd = Crowd(seed, people)

    def __iter__(self) -> Iterator[Person]:
        yield from self._people.values()
        yield from self._but_for_others(self._crowd)

    def settle(self, *people: Person) -> None:
        """Let people live here, more of them or in the place of who has the same number."""
        self._lay_over({**self._own, **{person.insz: person for person in people}})

    def revert(self, *numbers: str) -> None:
        """Let these be as the seed gives them, or not be there at all."""
        kept = {insz: person for insz, person in self._own.items() if insz not in numbers}
        self._lay_over(kept)

    def own(self) -> Sequence[Person]:
        """Everybody who is not as the seed gives them."""
        return list(self._own.values())

    def around(self, insz: str) -> Iterator[Person]:
        """Everybody who may refer to a number: those with a place of their own, and who lives in that home."""
        yield from self._people.values()
        yield from self._but_for_others(self._crowd.home(insz))

    def find(self, insz: str) -> Person | None:
        """The record of this number, or `None`."""
        return self._people.get(insz) or self._crowd.find(insz)

    def current(self, insz: str, day: date) -> Person | None:
        """The record that counts on a day for whoever has or had this number."""
        person, seen = self.find(insz), {insz}
        while person is not None and person.replaced_by is not None and person.is_replaced(day):
            if person.replaced_by in seen:
                return None
            seen.add(person.replaced_by)
            person = self.find(person.replaced_by)
        return person

    def numbers_of(self, insz: str) -> Sequence[str]:
        """Every number of a person, from the first to the one that counts now."""
        numbers = [insz]
        while (before := self._before(numbers[0])) is not None:
            numbers.insert(0, before)
        while (person := self.find(numbers[-1])) is not None and person.replaced_by is not None:
            numbers.append(person.replaced_by)
        return numbers

    def right_evidence(self, insz: str, day: date) -> str | None:
        """Evidence that a person's right to family allowances runs or is suspended on a day."""
        person = self._living(insz, day)
        right = in_force(person.rights, day) if person else None
        return f"GR-{day.year}" if right is not None and right.state != "ended" else None

    def member_evidence(self, insz: str, fund: str, day: date) -> str | None:
        """Evidence that a person is a member of a care fund on a day."""
        person = self._living(insz, day)
        membership = in_force(person.memberships, day) if person else None
        if membership is None or membership.fund != fund:
            return None
        return f"ZK-{day.year}"

    def transactions_on(self, day: date) -> Sequence[str]:
        """The number behind each jobbonus-plus transaction of a day, recoveries too, in order."""
        held = [
            person.insz
            for person in self._people.values()
            for transaction in person.transactions
            if transaction.effective == day and person.is_in_force(day)
        ]
        others = (one for one in self._crowd.transactions_on(day) if one not in self._people)
        return sorted((*held, *others))

    def figures(self, day: date) -> Mapping[Cell, tuple[int, Decimal]]:
        """Jobbonus plus up to a day, by fiscal year and tranche: how many people, and the net sum."""
        told: dict[Cell, tuple[int, Decimal]] = dict(self._crowd.figures(day))
        for sign, people in ((-1, self._overlaid()), (1, self._people.values())):
            for person in people:
                for cell, net in _net(person, day).items():
                    count, total = told.get(cell, (0, Decimal(0)))
                    told[cell] = count + sign, total + sign * net
        return {cell: told[cell] for cell in sorted(told) if told[cell][0]}

    def paid_in(self, nis: str) -> Iterator[Person]:
        """Those who live, lived or will live in a municipality and have paid months, or may have."""
        for person in self._people.values():
            if person.care_paid_months and any(home.nis == nis for home in person.residences):
                yield person
        yield from self._but_for_others(self._crowd.paid_in(nis))

    def under_duty(self) -> Iterator[Person]:
        """Those who are under an integration duty, or may be."""
        yield from (person for person in self._people.values() if person.duty is not None)
        yield from self._but_for_others(self._crowd.under_duty())

    def named(self) -> Sequence[Person]:
        """The people with a name of their own in documents and tests."""
        return [person for person in self._people.values() if person.key is not None]

    def persona_list(self) -> list[dict[str, Any]]:
        """The named people as `/_sim/personas` shows them (contract section 10)."""
        return [_row(person) for person in self.named()]

    def _lay_over(self, own: dict[str, Person]) -> None:
        """In order of number, so that the same people are always in the same order.

        INVARIANT: whoever reads at the same time reads all of the old people or all of the new ones.
        """
        ordered = {insz: own[insz] for insz in sorted(own)}
        self._own, self._people = ordered, {**self._given, **ordered}

    def _but_for_others(self, people: Iterable[Person]) -> Iterator[Person]:
        """Those of the crowd whose place nobody took."""
        return (person for person in people if person.insz not in self._people)

    def _overlaid(self) -> Iterator[Person]:
        """Those of the crowd whose place somebody took."""
        found = (self._crowd.find(insz) for insz in self._own)
        return (person for person in found if person is not None)

    def _before(self, insz: str) -> str | None:
        """The number whose place this one took."""
        held = (one.insz for one in self._people.values() if one.replaced_by == insz)
        return next(held, None) or self._crowd.before(insz)

    def _living(self, insz: str, day: date) -> Person | None:
        person = self.find(insz)
        is_there = person is not None and person.is_living(day) and not person.is_cancelled(day)
        return person if is_there else None


def in_force(facts: Iterable[Dated], day: date) -> Dated | None:
    """The last of some facts that began on or before a day."""
    begun = [fact for fact in facts if fact.since <= day]
    return max(begun, key=lambda fact: fact.since, default=None)


def _net(person: Person, day: date) -> Mapping[Cell, Decimal]:
    """What somebody was paid up to a day, less what was recovered; nothing under a number that does not count."""
    found: dict[Cell, Decimal] = defaultdict(Decimal)
    for one in person.transactions if person.is_in_force(day) else ():
        if one.effective <= day:
            found[one.fiscal_year, one.tranche] += one.amount
    return found


def _row(person: Person) -> dict[str, Any]:
    sources = []
    if person.recognitions:
        sources.append("opgroeien")
    if person.transactions or person.replaced_by:
        sources.append("wewis")
    if person.jobbonus:
        sources.append("vlabel")
    if person.duty:
        sources.append("agii")
    return {
        "key": person.key,
        "insz": person.insz,
        "name": f"{person.first_name} {person.name}",
        "born": person.born.isoformat(),
        "shows": list(person.shows),
        "sources": sources,
    }
