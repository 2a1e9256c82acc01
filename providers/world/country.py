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
        self._people = {person.insz: person for person in (*personas(), *neighbours(seed))}
        self._crowd = Crowd(seed, people)

    def __iter__(self) -> Iterator[Person]:
        yield from self._people.values()
        yield from self._crowd

    def settle(self, *people: Person) -> None:
        """Let more people live here, before anybody asks about them."""
        self._people |= {person.insz: person for person in people}

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
        return sorted((*held, *self._crowd.transactions_on(day)))

    def figures(self, day: date) -> Mapping[Cell, tuple[int, Decimal]]:
        """Jobbonus plus up to a day, by fiscal year and tranche: how many people, and the net sum."""
        people: dict[Cell, set[str]] = defaultdict(set)
        sums: dict[Cell, Decimal] = defaultdict(Decimal)
        for person in self._people.values():
            for one in person.transactions if person.is_in_force(day) else ():
                if one.effective <= day:
                    people[one.fiscal_year, one.tranche].add(person.insz)
                    sums[one.fiscal_year, one.tranche] += one.amount
        crowd = self._crowd.figures(day)
        nobody = (0, Decimal(0))
        return {
            cell: (len(people[cell]) + crowd.get(cell, nobody)[0], sums[cell] + crowd.get(cell, nobody)[1])
            for cell in sorted({*people, *crowd})
        }  # fmt: skip

    def paid_in(self, nis: str) -> Iterator[Person]:
        """Those who live, lived or will live in a municipality and have paid months, or may have."""
        for person in self._people.values():
            if person.care_paid_months and any(home.nis == nis for home in person.residences):
                yield person
        yield from self._crowd.paid_in(nis)

    def under_duty(self) -> Iterator[Person]:
        """Those who are under an integration duty, or may be."""
        yield from (person for person in self._people.values() if person.duty is not None)
        yield from self._crowd.under_duty()

    def named(self) -> Sequence[Person]:
        """The people with a name of their own in documents and tests."""
        return [person for person in self._people.values() if person.key is not None]

    def persona_list(self) -> list[dict[str, Any]]:
        """The named people as `/_sim/personas` shows them (contract section 10)."""
        return [_row(person) for person in self.named()]

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
