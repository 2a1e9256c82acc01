"""What stands in collected files: numbers of people, or the rows of the payment file."""

from datetime import date
from decimal import Decimal

import msgspec
from msgspec import field

from consumers.contents import Personal


class AnyFile(msgspec.Struct, frozen=True):
    """What every file tells of itself, whatever its rows hold."""

    schema: str
    flow: str = field(name="stroom")
    day: date = field(name="dag")
    sequence: int = field(name="volgnummer")
    count: int = field(name="aantal")
    insz: tuple[str, ...] | None = None
    records: tuple[msgspec.Raw, ...] | None = None

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.insz or ()) + len(self.records or ())

    @property
    def is_ordered(self) -> bool:
        """Whether numbers ascend and none stands twice."""
        return self.insz is None or list(self.insz) == sorted(set(self.insz))


class PersonList(Personal, frozen=True):
    """A mutation file or a yearly list: the numbers of people, and nothing else of them."""

    schema: str
    flow: str = field(name="stroom")
    day: date = field(name="dag")
    sequence: int = field(name="volgnummer")
    count: int = field(name="aantal")
    insz: tuple[str, ...]


class Payee(Personal, frozen=True):
    """A child, or who is paid for it; `account` is that of the latter, if it is known."""

    insz: str
    name: str | None = field(name="naam", default=None)
    first_name: str | None = field(name="voornaam", default=None)
    address: dict[str, str | None] = field(name="adres", default_factory=dict)
    account: str | None = field(name="rekeningnummer", default=None)


class Payment(Personal, frozen=True):
    """One row of the payment file."""

    child: Payee = field(name="kind")
    beneficiary: Payee = field(name="begunstigde")
    amount: Decimal = field(name="bedrag")


class PaymentFile(Personal, frozen=True):
    """The payment file of 003."""

    flow: str = field(name="stroom")
    day: date = field(name="dag")
    sequence: int = field(name="volgnummer")
    year: int = field(name="jaar")
    rows: tuple[Payment, ...] = field(name="records")
