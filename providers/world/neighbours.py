"""The sixty neighbours of the personas, drawn from a seed: families with more to show than a crowd has."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from random import Random

from providers.world.care import paid_months
from providers.world.numbers import account_number, test_number
from providers.world.people import FamilyRight, Person, Recognition, Residence, Transaction
from providers.world.personas import GENT, LEUVEN, LOKEREN, ZELE

_FIRST = (
    "Ada",
    "Bas",
    "Cleo",
    "Daan",
    "Esra",
    "Fien",
    "Gust",
    "Hana",
    "Ivo",
    "Jade",
    "Kaat",
    "Levi",
)
_LAST = ("Aernout", "Beeckaert", "Callebrand", "Dierickx-Proef", "Elsbroeck", "Fonteyn-Test")
_STREETS = ("Molenstraat", "Lindelaan", "Kerkdreef", "Beukenhof", "Schoolpad")
_STATES = ("running", "running", "suspended", "running", "ended")
_FIRST_SERIAL = 900
_FAMILIES = 20
_PERIOD_START = date(2024, 1, 2)
_PERIOD_DAYS = 730
_PAID_UNTIL = "2027-12"
_SEEDS_KEPT = 8


@lru_cache(_SEEDS_KEPT)
def neighbours(seed: int) -> tuple[Person, ...]:
    """The same people for the same seed: a parent, a child and a self-employed person a family."""
    random = Random(f"crowd/{seed}")  # noqa: S311  a world, not a secret
    return tuple(person for index in range(_FAMILIES) for person in _family(random, index))


def _family(random: Random, index: int) -> Iterator[Person]:
    last = random.choice(_LAST)
    home = Residence(
        since=date(2015, 1, 1),
        street=random.choice(_STREETS),
        number=str(random.randint(1, 120)),
        postcode=(town := random.choice((ZELE, GENT, LEUVEN, LOKEREN)))[0],
        municipality=town[1],
        nis=town[2],
    )
    parent = _person(random, index, last, home, _day(random, 1970, 1995))
    yield parent
    yield _child(random, index, last, home, parent.insz)
    yield _starter(random, index, last, home)


def _person(random: Random, index: int, last: str, home: Residence, born: date) -> Person:
    return Person(
        insz=test_number(born, _FIRST_SERIAL + index),
        name=last,
        first_name=random.choice(_FIRST),
        born=born,
        residences=(home,),
        account=account_number(index) if index % 4 else None,
    )


def _child(random: Random, index: int, last: str, home: Residence, parent: str) -> Person:
    born = _day(random, 2006, 2018)
    recognitions = (_recognition(random),) if random.random() < 0.4 else ()  # noqa: PLR2004  share
    return Person(
        insz=test_number(born, _FIRST_SERIAL + _FAMILIES + index),
        name=last,
        first_name=random.choice(_FIRST),
        born=born,
        residences=(home,),
        parents=(parent,),
        recognitions=recognitions,
        care_paid_months=paid_months(recognitions, _PAID_UNTIL),
        beneficiaries=(parent,),
    )


def _recognition(random: Random) -> Recognition:
    begin = date(2022, random.randint(1, 12), 1)
    return Recognition(
        decided=begin + timedelta(days=random.randint(10, 90)),
        begin=begin,
        end=random.choice((None, date(begin.year + 3, begin.month, 1) - timedelta(days=1))),
        pillar1=random.randint(0, 6),
        pillar2=tuple(random.randint(0, 3) for _ in range(4)),  # type: ignore[arg-type]  # four of them
        pillar3=tuple(random.randint(0, 6) for _ in range(3)),  # type: ignore[arg-type]  # three of them
    )


def _starter(random: Random, index: int, last: str, home: Residence) -> Person:
    born = _day(random, 1975, 2001)
    first = _PERIOD_START + timedelta(days=random.randrange(_PERIOD_DAYS))
    paid = Transaction(
        fiscal_year=first.year - 1, tranche=1, amount=Decimal("600.00"), effective=first
    )
    later = first + timedelta(days=366)
    second = Transaction(
        fiscal_year=first.year, tranche=2, amount=Decimal("600.00"), effective=later
    )
    return Person(
        insz=test_number(born, _FIRST_SERIAL + 2 * _FAMILIES + index),
        name=last,
        first_name=random.choice(_FIRST),
        born=born,
        residences=(home,),
        transactions=(paid, second) if random.random() < 0.5 else (paid,),  # noqa: PLR2004  share
        rights=(FamilyRight(since=date(2021, 1, 1), state=_STATES[index % len(_STATES)]),),
    )


def _day(random: Random, first_year: int, last_year: int) -> date:
    return date(random.randint(first_year, last_year), random.randint(1, 12), random.randint(1, 28))
