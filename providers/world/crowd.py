"""A small crowd around the personas, drawn from a seed: families, recognitions, transactions."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from gateway.contracts.insz import check_digits
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
_TEST_MONTH = 60
_FIRST_SERIAL = 900
_FAMILIES = 20
_PERIOD_START = date(2024, 1, 2)
_PERIOD_DAYS = 730
_PAID_UNTIL = 2027
_BANK = "096"


def crowd(seed: int) -> tuple[Person, ...]:
    """The same people for the same seed: a parent, a child and a self-employed person a family."""
    random = Random(f"crowd/{seed}")  # noqa: S311  a world, not a secret
    return tuple(person for index in range(_FAMILIES) for person in _family(random, index))


def test_number(born: date, serial: int) -> str:
    """A test number for this birth date (month + 60) with its check digits."""
    nine = f"{born:%y}{born.month + _TEST_MONTH}{born:%d}{serial:03d}"
    check = check_digits(int(nine), born_from_2000=born.year >= 2000)  # noqa: PLR2004  the rule
    return f"{nine}{check:02d}"


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
        account=_account(index) if index % 4 else None,
    )


def _account(index: int) -> str:
    """An invented account number with its check digits; one parent in four has none on record."""
    number = f"{_BANK}{index:07d}"
    national = f"{number}{int(number) % 97 or 97:02d}"
    check = 98 - int(f"{national}111400") % 97
    return f"BE{check:02d}{national}"


def _paid_months(recognitions: Iterable[Recognition]) -> tuple[str, ...]:
    """Every month of a recognition that opens a care allowance: 4 points in pillar 1, or 6 in all."""
    return tuple(
        f"{year}-{month:02d}"
        for one in recognitions
        if one.pillar1 >= 4 or one.total >= 6  # noqa: PLR2004  the scale's thresholds
        for year in range(one.begin.year, _PAID_UNTIL + 1)
        for month in range(1, 13)
        if one.begin.isoformat()[:7] <= f"{year}-{month:02d}"
        and (one.end is None or f"{year}-{month:02d}" <= one.end.isoformat()[:7])
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
        care_paid_months=_paid_months(recognitions),
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
