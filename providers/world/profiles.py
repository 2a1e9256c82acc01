"""One person of a crowd, put together from all that is drawn about them and their home."""

from dataclasses import replace
from datetime import date
from typing import Any

from providers.world import grants
from providers.world.care import arrears, paid_months
from providers.world.draws import Draws
from providers.world.earnings import jobbonus_file, movements, transactions
from providers.world.households import Households
from providers.world.lives import NEVER, Lives
from providers.world.names import FIRST_NAMES, LAST_NAMES
from providers.world.numbering import Numbering
from providers.world.numbers import account_number
from providers.world.people import FamilyRight, Person
from providers.world.personas import BRUSSEL

_WITH_ACCOUNT, _BOTH_PAID = 75, 30
_FIRST_ACCOUNT = 1_000


class Profiles:
    """Makes the record of a person when it is asked for; always the same one."""

    def __init__(self, draws: Draws, homes: Households, numbers: Numbering, lives: Lives) -> None:
        self._draws, self._homes, self._numbers, self._lives = draws, homes, numbers, lives

    def made(self, person: int) -> Person:
        """The record of somebody's first number."""
        draws, home = self._draws, self._homes.home_of(person)
        born, came = self._born(person), self._came(home)
        known, died = max(born, came), self._died(person, home)
        second = self._numbers.second(person)
        facts = self._facts_of_adult if self._is_adult(person, home) else self._facts_of_child
        return Person(
            insz=self._numbers.first(person),
            name=self._name(person, home),
            first_name=FIRST_NAMES[draws("first name", person, len(FIRST_NAMES))],
            born=born,
            number_since=came if came > born else None,
            residences=self._lives.residences(home, known),
            died=None if died == NEVER else date.fromordinal(died),
            replaced_by=second and second[0],
            replaced_on=second and second[1],
            cancelled_on=self._cancelled(person, home),
            **facts(person, home, known, died),
        )

    def later(self, person: int, first: Person) -> Person:
        """The record of the number that took its place: the same person."""
        second = self._numbers.second(person)
        assert second is not None
        number, since = second
        return replace(first, insz=number, number_since=since, replaced_by=None, replaced_on=None)

    def _facts_of_adult(self, person: int, home: int, known: date, died: int) -> dict[str, Any]:
        draws, born = self._draws, self._born(person)
        if self._cancelled(person, home) is not None:
            return {}
        came, town = self._came(home), self._lives.residences(home, known)[0].nis
        has_account = draws("account", person, 100) < _WITH_ACCOUNT
        return {
            "transactions": transactions(movements(draws, person, born.toordinal(), died)),
            "jobbonus": jobbonus_file(draws, person, born.toordinal()),
            "duty": grants.duty_of(draws, person, born, came, is_brussels=town == BRUSSEL[2]),
            "memberships": grants.memberships(draws, person, born, known),
            "rights": self._rights(person, home, known),
            "account": account_number(_FIRST_ACCOUNT + person) if has_account else None,
        }

    def _facts_of_child(self, person: int, home: int, known: date, died: int) -> dict[str, Any]:
        draws, until = self._draws, grants.until_month(died)
        parents = tuple(self._numbers.first(one) for one in self._adults(home))
        if not grants.is_recognised(draws, person):
            return {"parents": parents}
        found = grants.recognitions(draws, person, self._born(person), known, died)
        return {
            "parents": parents,
            "recognitions": found,
            "care_paid_months": paid_months(found, until),
            "care_arrears": arrears(found, until),
            "beneficiaries": self._beneficiaries(home),
        }

    def _beneficiaries(self, home: int) -> tuple[str, ...]:
        """The first parent, and in some homes the other one too, who then lives on."""
        first, *others = self._adults(home)
        is_both = self._draws("both paid", home, 100) < _BOTH_PAID
        both = [one for one in others if is_both and self._died(one, home) == NEVER]
        return tuple(self._numbers.first(one) for one in (first, *both))

    def _rights(self, person: int, home: int, known: date) -> tuple[FamilyRight, ...]:
        eldest = self._homes.start(home) + int(self._homes.adults[home])
        if eldest >= int(self._homes.ends[home]):
            return ()
        return grants.family_rights(self._draws, person, max(known, self._born(eldest)))

    def _name(self, person: int, home: int) -> str:
        """Children are called as the first adult; the other one has a name of their own."""
        is_second = person == self._homes.start(home) + 1 and self._is_adult(person, home)
        topic, index = ("second name", person) if is_second else ("name", home)
        return LAST_NAMES[self._draws(topic, index, len(LAST_NAMES))]

    def _born(self, person: int) -> date:
        return date.fromordinal(int(self._homes.born[person]))

    def _came(self, home: int) -> date:
        day = int(self._lives.came(home))
        return date.fromordinal(day) if day else date.min

    def _died(self, person: int, home: int) -> int:
        is_needed = bool(self._homes.with_children[home]) and person == self._homes.start(home)
        return int(self._lives.died(person, int(self._homes.born[person]), is_needed))

    def _cancelled(self, person: int, home: int) -> date | None:
        is_alone = int(self._homes.adults[home]) == 1 and not self._homes.with_children[home]
        day = int(self._lives.cancelled(person, is_alone))
        return None if day == NEVER else date.fromordinal(day)

    def _adults(self, home: int) -> range:
        start = self._homes.start(home)
        return range(start, min(start + int(self._homes.adults[home]), int(self._homes.ends[home])))

    def _is_adult(self, person: int, home: int) -> bool:
        return person - self._homes.start(home) < int(self._homes.adults[home])
