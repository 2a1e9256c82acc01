"""What is true about a person: plain facts with the day from which they hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

_OF_AGE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Residence:
    """Where somebody lives from a day on. `nis` is the municipality's statistical code."""

    since: date
    street: str
    number: str
    postcode: str
    municipality: str
    nis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """A recognised need for care: points per sub-pillar (`magda.md` 2.1), and for how long.

    Pillar 1 counts 0-6, the four sub-pillars of pillar 2 make 0-12, the three of pillar 3 0-18.
    """

    decided: date
    begin: date
    end: date | None
    pillar1: int
    pillar2: tuple[int, int, int, int]
    pillar3: tuple[int, int, int]

    @property
    def total(self) -> int:
        """All points together, 0-36."""
        return self.pillar1 + sum(self.pillar2) + sum(self.pillar3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A jobbonus plus paid, or recovered (then the amount is negative). `tranche` is 1 or 2."""

    fiscal_year: int
    tranche: int
    amount: Decimal
    effective: date


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationStep:
    """From a day on somebody meets the integration duty, or not (then `reason` says why).

    `known` is the day on which the agency got to know it, and `since` the day from which it counts.
    """

    since: date
    known: date
    fulfilled: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationDuty:
    """Whose duty it is: `vlaams` (2013 decree) or `brussel` (2017 ordinance), and how it went."""

    scheme: str
    since: date
    steps: tuple[IntegrationStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JobbonusFile:
    """A jobbonus file: wage and amount in euro, how it was worked out, where it stands, its letter."""

    number: str
    wage: Decimal
    amount: Decimal
    sum: str
    state: str
    letter: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """Member of a care fund from a day on, until another membership begins."""

    since: date
    fund: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRight:
    """The state of a right to family allowances from a day on: `running`, `suspended` or `ended`."""

    since: date
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody. `shows` says why a named persona exists; a crowd member has no `key`.

    `care_paid_months` are the months (`yyyy-mm`) for which a care allowance was or will be paid, to
    `beneficiaries`, the one whose it is first; `care_arrears` the day of a month that was paid late.

    A record is of one number. It counts from `number_since` on (or from birth), until it is cancelled or
    another takes its place; `parents` and `beneficiaries` may be numbers that were replaced since.
    """

    insz: str
    name: str
    first_name: str
    born: date
    residences: tuple[Residence, ...]
    key: str | None = None
    shows: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    recognitions: tuple[Recognition, ...] = ()
    care_paid_months: tuple[str, ...] = ()
    care_arrears: Mapping[str, date] = field(default_factory=dict)
    beneficiaries: tuple[str, ...] = ()
    transactions: tuple[Transaction, ...] = ()
    duty: IntegrationDuty | None = None
    jobbonus: JobbonusFile | None = None
    memberships: tuple[Membership, ...] = ()
    rights: tuple[FamilyRight, ...] = ()
    replaced_by: str | None = None
    replaced_on: date | None = None
    number_since: date | None = None
    cancelled_on: date | None = None
    died: date | None = None
    account: str | None = None

    def is_known(self, day: date) -> bool:
        """Whether the number had been given to anybody by a day."""
        return (self.number_since or self.born) <= day

    def is_replaced(self, day: date) -> bool:
        """Whether another number counts on a day; without `replaced_on` it always did."""
        return self.replaced_by is not None and (self.replaced_on or day) <= day

    def is_cancelled(self, day: date) -> bool:
        """Whether the number was cancelled by a day."""
        return self.cancelled_on is not None and self.cancelled_on <= day

    def is_in_force(self, day: date) -> bool:
        """Whether this is the number that counts on a day."""
        return self.is_known(day) and not (self.is_replaced(day) or self.is_cancelled(day))

    def is_living(self, day: date) -> bool:
        """Whether somebody is born by a day, and did not die by it."""
        return self.born <= day and (self.died is None or day < self.died)

    def is_minor(self, day: date) -> bool:
        """Whether the eighteenth birthday is still to come."""
        return (day.year, day.month, day.day) < (
            self.born.year + _OF_AGE, self.born.month, self.born.day,
        )  # fmt: skip
