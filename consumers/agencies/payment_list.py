"""Which rows of the payment file are paid, which the municipality handles itself, and which not at all (003)."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from consumers.agencies.account_numbers import iban
from consumers.agencies.sepa_text import sepa
from consumers.file_contents import Payment, PaymentFile

AMOUNTS = frozenset(map(Decimal, ("75.00", "100.00", "150.00", "300.00")))
"""LAW: 003, 1.1 - the four amounts of the allowance."""
_JULY, _JANUARY = 7, 1


class FileWrong(ValueError):
    """The file is not one that can be paid of; nothing of it is."""


class Standing(StrEnum):
    """What becomes of a row."""

    ORDERED = "ordered"
    NO_ACCOUNT = "no account"
    ACCOUNT_WRONG = "the account number does not check"
    NO_NAME = "no name that a bank takes"
    PAID_BEFORE = "the child had its allowance of this year"
    AMOUNT_UNKNOWN = "not one of the four amounts"

    @property
    def is_by_hand(self) -> bool:
        """LAW: 003, 1.1 - where no account is known, the municipality sees to it itself."""
        return self in (Standing.NO_ACCOUNT, Standing.ACCOUNT_WRONG, Standing.NO_NAME)

    @property
    def is_settled(self) -> bool:
        """Whether the child has its allowance of the year with this."""
        return self is Standing.ORDERED or self.is_by_hand


@dataclass(frozen=True, slots=True)
class Judged:
    """A row, its place in the file, and what becomes of it."""

    line: int
    row: Payment
    standing: Standing


def judge_rows(file: PaymentFile, settled: AbstractSet[str]) -> Sequence[Judged]:
    """What becomes of every row; `settled` are children that had their allowance of that year.

    LAW: 003 art. 5 - one allowance a child a calendar year. The gateway sees to it; so does this.

    Raises:
        FileWrong: its year is not the one that its window is for.
    """
    expected = year_of(file.day)
    if file.year != expected:
        raise FileWrong(f"a file of {file.day:%Y-%m} is of {expected}, and it says {file.year}")
    return list(_judged(file.rows, set(settled)))


def year_of(day: date) -> int:
    """The calendar year that a file is of.

    LAW: 003 art. 5 - in July of this year, in January of the last.

    Raises:
        FileWrong: a file comes in no other month.
    """
    if day.month not in (_JULY, _JANUARY):
        raise FileWrong(f"a file comes in July or January, and this is one of {day:%Y-%m}")
    return day.year if day.month == _JULY else day.year - 1


def payee_name(row: Payment) -> str:
    """The name of who is paid, in the signs that banks pass on."""
    whole = f"{row.beneficiary.first_name or ''} {row.beneficiary.name or ''}"
    return sepa(whole, 70)


def _judged(rows: Sequence[Payment], settled: set[str]) -> Iterator[Judged]:
    for line, row in enumerate(rows, 1):
        standing = _standing(row, settled)
        if standing.is_settled:
            settled.add(row.child.insz)
        yield Judged(line, row, standing)


def _standing(row: Payment, settled: AbstractSet[str]) -> Standing:
    if row.child.insz in settled:
        return Standing.PAID_BEFORE
    if row.amount not in AMOUNTS:
        return Standing.AMOUNT_UNKNOWN
    if not row.beneficiary.account:
        return Standing.NO_ACCOUNT
    if iban(row.beneficiary.account) is None:
        return Standing.ACCOUNT_WRONG
    return Standing.ORDERED if payee_name(row) else Standing.NO_NAME
