"""One world: everybody in it, found by number, and what happened on a day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

from providers.world.crowd import crowd
from providers.world.people import Person
from providers.world.personas import personas


class _Since(Protocol):
    @property
    def since(self) -> date: ...


Dated = TypeVar("Dated", bound=_Since)
"""A fact with the day from which it holds."""


class World:
    """The people of a seed, and those who were settled here; facts carry the day from which they hold."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        people = (*personas(), *crowd(seed))
        self._people = {person.insz: person for person in people}

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def settle(self, *people: Person) -> None:
        """Let more people live here, before anybody asks about them."""
        self._people |= {person.insz: person for person in people}

    def find(self, insz: str) -> Person | None:
        """The person with this number, or `None`."""
        return self._people.get(insz)

    def numbers_of(self, insz: str) -> Sequence[str]:
        """Every number of a person, from the first to the one that counts now."""
        before = {one.replaced_by: one.insz for one in self if one.replaced_by is not None}
        numbers = [insz]
        while numbers[0] in before:
            numbers.insert(0, before[numbers[0]])
        while (person := self.find(numbers[-1])) is not None and person.replaced_by is not None:
            numbers.append(person.replaced_by)
        return numbers

    def right_evidence(self, insz: str, day: date) -> str | None:
        """Evidence that a person's right to family allowances runs or is suspended on a day."""
        person = self.find(insz)
        right = in_force(person.rights, day) if person else None
        return f"GR-{day.year}" if right is not None and right.state != "ended" else None

    def member_evidence(self, insz: str, fund: str, day: date) -> str | None:
        """Evidence that a person is a member of a care fund on a day."""
        person = self.find(insz)
        membership = in_force(person.memberships, day) if person else None
        if membership is None or membership.fund != fund:
            return None
        return f"ZK-{day.year}"

    def transactions_on(self, day: date) -> Sequence[str]:
        """The number behind each jobbonus-plus transaction of a day, recoveries too, in order."""
        return sorted(
            person.insz
            for person in self._people.values()
            for transaction in person.transactions
            if transaction.effective == day
        )

    def persona_list(self) -> list[dict[str, Any]]:
        """The named people as `/_sim/personas` shows them (contract section 10)."""
        return [_row(person) for person in self._people.values() if person.key is not None]


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
