"""The contents of answers as an agency works with them: days are dates, money is decimal, names are English.

Members that a protocol does not list are `None`; members that are new on the wire are passed over.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import field


class Personal(msgspec.Struct, frozen=True):
    """Tells nothing of a person where it is printed or logged by accident."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(***)"


class Period(msgspec.Struct, frozen=True):
    """Days from `begin` up to and with `end`; an open end is `None`."""

    begin: date
    end: date | None = field(name="einde", default=None)

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.begin <= day and (self.end is None or day <= self.end)


class Recognition(Personal, frozen=True):
    """One recognised care need of a child."""

    period: Period | None = field(name="periode", default=None)
    pillar1: int | None = field(name="pijler1", default=None)
    pillar2: int | None = field(name="pijler2", default=None)
    pillar3: int | None = field(name="pijler3", default=None)
    total: int | None = field(name="totaal", default=None)
    decided_on: date | None = field(name="datumBeslissing", default=None)


class CareAllowance(Personal, frozen=True):
    """GeefZorgtoeslag."""

    insz: str
    recognitions: tuple[Recognition, ...] = field(name="erkenningen", default=())


class Transaction(Personal, frozen=True):
    """A jobbonus plus that was paid, or recovered: then `amount` is negative."""

    fiscal_year: int = field(name="fiscaalJaar")
    tranche: int = field(name="bedragtype")
    amount: Decimal = field(name="verrichtingbedrag")
    effective_on: date = field(name="effectieveVerrichtingsdatum")
    measure: str | None = field(name="maatregel", default=None)


class Transactions(Personal, frozen=True):
    """GeefJobbonusPlusVerrichtingen. `insz` is the present number, also when an old one was asked."""

    insz: str
    transactions: tuple[Transaction, ...] = field(name="verrichtingen", default=())


class Advice(Personal, frozen=True):
    """GeefInburgeringsadvies: OK or NOK on the opening day; a reason stands beside NOK only."""

    insz: str
    opening_day: date = field(name="openingsdatum")
    outcome: Literal["OK", "NOK"] = field(name="advies")
    reason: str | None = field(name="reden", default=None)


class Registered(msgspec.Struct, frozen=True):
    """RegistreerInschrijving and RegistreerUitschrijving; `result` is 1 where it succeeded."""

    result: Literal[0, 1] = field(name="resultaat")


class Cell(msgspec.Struct, frozen=True):
    """One anonymous figure; small ones are `None`."""

    fiscal_year: int = field(name="fiscaalJaar")
    tranche: int = field(name="bedragtype")
    people: int | None = field(name="aantal", default=None)
    amount: Decimal | None = field(name="verrichtingbedrag", default=None)


class Statistics(msgspec.Struct, frozen=True):
    """Anonymous jobbonus-plus figures."""

    cells: tuple[Cell, ...] = field(name="cellen", default=())


class PassedOn(msgspec.Struct, frozen=True):
    """The yearly list was passed on to so many care funds."""

    key: str = field(name="doorgifte")
    funds: int = field(name="zorgkassen")


class Proven(msgspec.Struct, frozen=True):
    """Evidence was taken as an act of the protocol."""

    key: str = field(name="gebeurtenis")
    article: str | None = field(name="artikel", default=None)


class RequestedFile(msgspec.Struct, frozen=True):
    """A file that lies ready on the drop server until `expires_at`."""

    key: str = field(name="aanvraag")
    name: str = field(name="bestand")
    sha256: str
    expires_at: datetime | None = field(name="vervalt", default=None)


class GivenFile(msgspec.Struct, frozen=True):
    """A file that was placed for this unit; `state` is `released`, `collected`, `acknowledged`, ..."""

    flow: str = field(name="stroom")
    sequence: int = field(name="volgorde")
    name: str = field(name="bestand")
    sha256: str
    state: str | None = field(name="toestand", default=None)
    expires_at: datetime | None = field(name="vervalt", default=None)


class GivenFiles(msgspec.Struct, frozen=True):
    """Every file that was placed for this unit."""

    files: tuple[GivenFile, ...] = field(name="bestanden", default=())


class Question(msgspec.Struct, frozen=True):
    """A citizen's question that was opened."""

    key: str = field(name="vraag")


class Identified(msgspec.Struct, frozen=True):
    """The outcome of an identification; `until` is when the sight of the file ends."""

    is_identified: bool = field(name="geidentificeerd")
    until: datetime | None = field(name="tot", default=None)


class Subject(Personal, frozen=True):
    """Whose file it is."""

    insz: str | None = None
    name: str | None = field(name="naam", default=None)
    first_name: str | None = field(name="voornaam", default=None)
    address: dict[str, str | None] = field(name="adres", default_factory=dict)


class Letter(Personal, frozen=True):
    """The letter that the citizen got."""

    day: date | None = field(name="datum", default=None)
    wage: Decimal | None = field(name="loon", default=None)
    amount: Decimal | None = field(name="bedrag", default=None)
    calculation: str | None = field(name="berekening", default=None)
    account: str | None = field(name="rekeningnummer", default=None)


class JobbonusFile(Personal, frozen=True):
    """A running jobbonus file as 000 art. 3 shows it. LAW: it is looked at and never kept."""

    subject: Subject | None = field(name="persoon", default=None)
    wage: Decimal | None = field(name="loon", default=None)
    amount: Decimal | None = field(name="bedrag", default=None)
    calculation: str | None = field(name="berekening", default=None)
    account: str | None = field(name="rekeningnummer", default=None)
    status: str | None = None
    letter: Letter | None = field(name="brief", default=None)
