"""Acts of the small agencies: what a consumer does with what it got, on its own side of the wire."""

from datetime import date
from typing import Literal

from gateway.simulation.library.words import At, Money, Part, Person, Unit


class Household(Part):
    """AHOVOKS opens a grant file for these dependents and counts them (004)."""

    people: list[Person]
    study_year: int


class FamilyIncome(Part):
    """A payer takes a family on, collects its files, asks, and takes what was paid out of an income (001)."""

    unit: Unit
    people: list[Person]
    year: int
    declared: Money


class Premium(Part):
    """AVSB collects the yearly list and decides somebody's reduced premium of a year (002)."""

    about: Person
    year: int


class Budget(Part):
    """AVSB judges an application for a care budget, that may have ended since (002)."""

    about: Person
    opened: date
    ended: date | None = None


class Mail(Part):
    """The contact centre answers by mail; what should not be kept is warned of (000)."""

    text: str


class Payments(Part):
    """Zele collects its payment file and keeps a copy (003)."""

    unit: Unit = "zele-financien"


class Purge(Part):
    """An agency forgets what is over, on its own clock."""

    agency: Literal["study-grants", "care-insurance", "contact-centre", "municipality"]
    at: At
