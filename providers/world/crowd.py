"""A crowd of up to a million people: columns for what must be found, and a person only when asked for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

import numpy as np

from providers.world import earnings, grants
from providers.world.draws import Column, Draws
from providers.world.households import Households
from providers.world.lives import NEVER, Lives
from providers.world.numbering import Numbering
from providers.world.people import Person
from providers.world.profiles import Profiles

LARGEST = 1_000_000
_AT_HAND = 2_048


class Crowd:
    """`size` people of a seed, beside those who have a name. The columns take some 20 bytes a person."""

    def __init__(self, seed: int, size: int) -> None:
        self.size = size
        self._draws = Draws(seed)
        self._homes = Households(self._draws, size)
        self._numbers = Numbering(self._draws, self._homes.born)
        self._lives = Lives(self._draws, self._homes)
        self._ledger = self._book()
        self._profiles = Profiles(self._draws, self._homes, self._numbers, self._lives)
        self._person = lru_cache(_AT_HAND)(self._profiles.made)

    def __iter__(self) -> Iterator[Person]:
        """Everybody, and after the first number of somebody the one that took its place."""
        return self._records(self._everybody())

    def find(self, insz: str) -> Person | None:
        """The record of a number."""
        owner = self._numbers.owner(insz)
        if owner is None:
            return None
        first = self._person(owner)
        return first if first.insz == insz else self._profiles.later(owner, first)

    def home(self, insz: str) -> Iterator[Person]:
        """Everybody in the home of whose number it is; nobody for a number that is not of the crowd."""
        owner = self._numbers.owner(insz)
        if owner is None:
            return iter(())
        home = self._homes.home_of(owner)
        people = np.arange(self._homes.start(home), int(self._homes.ends[home]), dtype=np.int64)
        return self._records(people)

    def before(self, insz: str) -> str | None:
        """The number whose place this one took."""
        owner = self._numbers.owner(insz)
        first = None if owner is None else self._numbers.first(owner)
        return None if first == insz else first

    def transactions_on(self, day: date) -> Sequence[str]:
        """The number behind each movement of a day, as it was that day."""
        return [self._numbers.on(person, day) for person in self._ledger.on(day)]

    def figures(self, day: date) -> Mapping[tuple[int, int], tuple[int, Decimal]]:
        """By fiscal year and tranche up to a day: how many people, and the net sum."""
        return self._ledger.figures(day)

    def paid_in(self, nis: str) -> Iterator[Person]:
        """The children with a recognition who live, lived or will live in a municipality."""
        chosen = self._everybody()
        chosen = chosen[grants.is_recognised(self._draws, chosen)]
        homes = self._homes.homes_of(chosen)
        is_child = self._homes.places(chosen, homes) >= self._homes.adults[homes]
        return self._records(chosen[is_child & self._lives.lived_in(homes, nis)])

    def under_duty(self) -> Iterator[Person]:
        """The adults who came under an integration duty."""
        everybody = self._everybody()
        homes = self._homes.homes_of(everybody)
        is_adult = self._homes.places(everybody, homes) < self._homes.adults[homes]
        return self._records(everybody[is_adult & (self._lives.came(homes) > 0)])

    def _everybody(self) -> Column:
        return np.arange(self.size, dtype=np.int64)

    def _records(self, people: Column) -> Iterator[Person]:
        for person in map(int, people):
            first = self._person(person)
            yield first
            if first.replaced_by is not None:
                yield self._profiles.later(person, first)

    def _book(self) -> earnings.Ledger:
        """The movements of all adults."""
        people = self._everybody()
        homes = self._homes.homes_of(people)
        places = self._homes.places(people, homes)
        is_adult = places < self._homes.adults[homes]
        people, homes, places = people[is_adult], homes[is_adult], places[is_adult]
        born = self._homes.born[people].astype(np.int64)
        family = self._homes.with_children[homes]
        died = self._lives.died(people, born, family & (places == 0))
        is_alone = ~family & (self._homes.adults[homes] == 1)
        until = died * (self._lives.cancelled(people, is_alone) == NEVER)
        return earnings.Ledger(people, earnings.movements(self._draws, people, born, until))
