"""`given`: how the world stands before anything happens."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from gateway.settings import DEMO_CLOCK
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.library.acts import ProtocolAct
from gateway.simulation.library.words import At, Flow, Money, Name, Part, Person, ProtocolId, Unit

Month = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$", description="a month: '2025-03'")]
START = DEMO_CLOCK


class Lives(Part):
    """Where somebody lives from a day on."""

    since: date
    town: Literal["zele", "gent", "lokeren", "leuven", "brussel"]


class Recognised(Part):
    """A recognised need for care, with its points in pillars 1, 2 and 3."""

    begin: date
    end: date | None = None
    points: Annotated[list[int], Field(min_length=3, max_length=3)]


class Paid(Part):
    """A jobbonus plus that was paid, or (below nought) recovered."""

    year: int
    tranche: int = 1
    amount: Money = "600.00"
    effective: date


class Integration(Part):
    """From a day on somebody meets the integration duty, or not; `known` is when the agency learnt it."""

    since: date
    known: date | None = None
    fulfilled: bool
    reason: str | None = None


class Member(Part):
    """Member of a care fund from a day on."""

    since: date
    fund: str


class Invented(Part):
    """Somebody that the demo world does not hold. What is left out is not so."""

    born: date
    lives: list[Lives] = []
    recognised: list[Recognised] = []
    paid_months: list[Month] = []
    arrears: dict[Month, date] = {}
    beneficiaries: list[Person] = []
    account: str | None = None
    transactions: list[Paid] = []
    duty_since: date | None = None
    duty_steps: list[Integration] = []
    member: list[Member] = []


class SourceSays(Part):
    """A source that makes a mistake: what it says in some members, whatever is true."""

    flow: Flow
    members: dict[str, str | int]


class Unsigned(Part):
    """A party whose signature is still to come."""

    protocol: ProtocolId
    party: str


class Choices(Part):
    """Settings that a scenario may turn."""

    strict: bool | None = None
    switches: str | None = None
    strict_transport: bool | None = None
    missed_files: Literal["catch-up", "drop"] | None = None


class Given(Part):
    """The world before: everything is as in a fresh demo world, but for what stands here."""

    clock: At = Field(START, validate_default=True)
    seed: Annotated[int, Field(ge=0)] = 1
    automatic: bool = False
    settings: Choices = Choices()
    people: dict[Name, Invented] = {}
    registered: dict[Unit, list[Person]] = {}
    acts: list[ProtocolAct] = []
    unsigned: list[Unsigned] = []
    source_says: list[SourceSays] = []
    faults: list[Fault] = []
