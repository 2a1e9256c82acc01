"""Whom a run file means: a persona by its key, or a part of a group of the world; and how they are told."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from providers.world import World
from providers.world.people import Person

GROUPS: Mapping[str, Callable[[Person], bool]] = {
    "self-employed": lambda person: bool(person.transactions),
    "children": lambda person: bool(person.parents),
    "recognised": lambda person: bool(person.recognitions),
    "under-duty": lambda person: person.duty is not None,
}
"""People of a world that have something in common."""


def group_of(who: str) -> str:
    """The name without the part: `@children:1/6` is of `@children`."""
    return who.partition(":")[0]


class Cast:
    """The people of one world, found by what a run file calls them. Numbers stay in here and on the wire.

    Of a group at most so many are meant, the first ones of the world.
    """

    def __init__(self, world: World, at_most: int) -> None:
        self._keys: dict[str, str] = {}
        self._groups: dict[str, list[str]] = {name: [] for name in GROUPS}
        self._called: dict[str, str] = {}
        for number, one in enumerate(world, 1):
            self._called[one.insz] = one.key or f"person-{number}"
            if one.key is not None:
                self._keys[one.key] = one.insz
            for name, is_in in GROUPS.items():
                if len(self._groups[name]) < at_most and is_in(one):
                    self._groups[name].append(one.insz)

    def __len__(self) -> int:
        return len(self._called)

    def await_birth(self, key: str, numbers: Iterable[str]) -> None:
        """Somebody is to be born, with the first of these numbers that nobody else is to have."""
        insz = next(number for number in numbers if number not in self._called)
        self._keys[key], self._called[insz] = insz, key

    def numbers(self, who: Sequence[str]) -> Sequence[str]:
        """The numbers of all who are meant, in the order of the world."""
        return list(dict.fromkeys(insz for one in who for insz in self._meant(one)))

    def called(self, insz: str) -> str:
        """What somebody is called in a report: a key, or their place in the world of this seed."""
        return self._called.get(insz, "nobody-of-this-world")

    def _meant(self, who: str) -> Sequence[str]:
        if not who.startswith("@"):
            return [self._keys[who]]
        name, _, part = who[1:].partition(":")
        if not part:
            return self._groups[name]
        which, of = (int(one) for one in part.split("/"))
        return self._groups[name][which - 1 :: of]
