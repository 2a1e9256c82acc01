"""The personas of a world as citizens: who they are, under which numbers, and whose parents."""

from collections.abc import Mapping, Sequence
from datetime import date

from gateway.ports.citizens import Citizen
from providers.world import World
from providers.world.people import Person


class WorldCitizens:
    """Implements `gateway.ports.citizens.Citizens` on a world's named people."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _people(self) -> Mapping[str, Person]:
        """As they are now: somebody may have been changed by hand."""
        return {one.key: one for one in self._world.named() if one.key is not None}

    def find(self, key: str) -> Citizen | None:
        """The persona with this key."""
        person = self._people.get(key)
        return None if person is None else self._citizen(key, person)

    def all(self) -> Sequence[Citizen]:
        """Every persona."""
        return [self._citizen(key, person) for key, person in self._people.items()]

    def children(self, key: str, day: date) -> Sequence[str]:
        """A parent's minor children who have a key."""
        numbers = set(self._world.numbers_of(self._people[key].insz))
        return [
            one.key
            for one in self._world.named()
            if one.key is not None and numbers & set(one.parents) and one.is_minor(day)
        ]

    def _citizen(self, key: str, person: Person) -> Citizen:
        name = f"{person.first_name} {person.name}"
        numbers = tuple(self._world.numbers_of(person.insz))
        return Citizen(key=key, name=name, born=person.born, numbers=numbers)
