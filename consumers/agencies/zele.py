"""Zele: asks for the payment file, and has its bank pay the allowance of the children in it (003)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from consumers.agencies.account_numbers import iban
from consumers.agencies.calendar import legal_day
from consumers.agencies.credit_transfer import Debtor, Order, Transfer
from consumers.agencies.payment_copies import Copied, PaymentCopies
from consumers.agencies.payment_list import FileWrong, Judged, Standing, judge_rows, payee_name
from consumers.agencies.sepa_text import sepa
from consumers.answers import Answer
from consumers.contents import RequestedFile
from consumers.file_contents import PaymentFile
from consumers.inbox import Inbox
from gateway.contracts.clock import Clock

FLOW = "zele-betaalbestand"
FOLDER = "zele"
"""Whom the manifests name: four units share one folder."""
_SATURDAY = 5


class PaymentService(Protocol):
    """What is asked of the gateway; the REST client does it."""

    def payment_file(self) -> Answer[RequestedFile]:
        """Request the file of this window; asked again, the same."""
        ...


@dataclass(frozen=True, slots=True)
class TakenIn:
    """The files that were taken in, and those of which nothing can be paid, with why."""

    files: Sequence[str]
    wrong: Sequence[str]


@dataclass(frozen=True, slots=True)
class Municipality:
    """The allowance of a municipality. `debtor` is its own account."""

    gateway: PaymentService
    copies: PaymentCopies
    clock: Clock
    debtor: Debtor

    def request(self) -> Answer[RequestedFile]:
        """Request the file of this window."""
        return self.gateway.payment_file()

    def take_in(self, inbox: Inbox) -> TakenIn:
        """Take in the files that were collected; one that is wrong stays where it is, unpaid."""
        taken: list[str] = []
        wrong: list[str] = []
        for name in inbox.waiting():
            try:
                self._take(name, inbox.read_as(name, PaymentFile))
            except FileWrong as fault:
                wrong.append(f"{name}: {fault}")
            else:
                inbox.done(name)
                taken.append(name)
        return TakenIn(taken, wrong)

    def find(self, name: str) -> Copied | None:
        """A file that was taken in, and what became of its rows, while it may be kept."""
        self.purge()
        return self.copies.find(name)

    def order(self, copied: Copied) -> Order | None:
        """The order of a file, each time the same; `None` where nothing in it is for a bank."""
        ordered = copied.of(Standing.ORDERED)
        if not ordered:
            return None
        key = f"TOELAGE-{copied.year}-{copied.sequence:06d}"
        transfers = [_transfer(key, copied.year, one, self.debtor) for one in ordered]
        pay_on = next_weekday(legal_day(copied.taken_at))
        return Order(key, copied.taken_at, pay_on, self.debtor, transfers)

    def purge(self) -> int:
        """Forget what has been here for its term; how many files and children."""
        return self.copies.purge(legal_day(self.clock.now()))

    def _take(self, name: str, file: PaymentFile) -> None:
        """In one transaction with who is settled: a crash pays nobody twice, and nobody by halves."""
        with self.copies.store.together():
            if not self.copies.has(name):
                rows = judge_rows(file, self.copies.settled(file.year))
                self.copies.keep(name, file, rows, self.clock.now())


def debtor(name: str, account: str) -> Debtor:
    """Who pays.

    Raises:
        ValueError: the account number is none.
    """
    own = iban(account)
    if own is None:
        raise ValueError("the municipality's own account number is no IBAN that checks")
    return Debtor(sepa(name, 70), own)


def next_weekday(day: date) -> date:
    """The next day that is no Saturday or Sunday. Holidays of banks are left to the bank."""
    day += timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day


def _transfer(order: str, year: int, one: Judged, payer: Debtor) -> Transfer:
    """LAW: what a bank reads names no number, no child, and nothing of why a child gets it."""
    account = iban(one.row.beneficiary.account or "") or ""
    text = sepa(f"{payer.name}: toelage {year}", 140)
    return Transfer(f"{order}-{one.line:06d}", one.row.amount, payee_name(one.row), account, text)
