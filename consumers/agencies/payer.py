"""A payer of the Groeipakket: is told who had a transaction, asks what, and reckons incomes anew (001)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from consumers.agencies.calendar import legal_day
from consumers.agencies.family_income import FamilyIncome, family_income
from consumers.agencies.payer_records import PayerRecords
from consumers.answers import Answer, Answered, Refused
from consumers.contents import Registered, Transactions
from consumers.inbox import Inbox
from gateway.contracts.clock import Clock
from gateway.contracts.insz import Insz

_NO_DATA = "30001"


class TransactionService(Protocol):
    """What is asked of the gateway; the clients of both wires do it."""

    def register(
        self, insz: Insz | str, begin: date, end: date | None = None
    ) -> Answer[Registered]:
        """RegistreerInschrijving."""
        ...

    def deregister(self, insz: Insz | str) -> Answer[Registered]:
        """RegistreerUitschrijving."""
        ...

    def transactions(self, insz: Insz | str) -> Answer[Transactions]:
        """GeefJobbonusPlusVerrichtingen."""
        ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of questions brought: how many were answered, and the refusals."""

    answered: int
    refused: Sequence[Refused]


@dataclass(frozen=True, slots=True)
class Payer:
    """The families that a payer pays."""

    gateway: TransactionService
    records: PayerRecords
    clock: Clock

    def take_on(self, key: str, members: Iterable[str]) -> None:
        """Begin to pay a family; its members are asked about at the next round."""
        self.records.add_family(key, members, self._today())

    def take_in(self, inbox: Inbox) -> int:
        """Note whom the collected files announce; how many of them are in a family of ours.

        LAW: of nobody else is anything kept: a file advises to ask, and is no reason to know.
        """
        announced = 0
        for name in inbox.waiting():
            announced += self.records.announce(inbox.read(name))
            inbox.done(name)
        return announced

    def ask(self) -> Round:
        """Ask about everybody who is announced or new; those not answered are asked next time."""
        outcomes = [self._ask(insz) for insz in self.records.to_ask()]
        refused = [one for one in outcomes if one is not None]
        return Round(len(outcomes) - len(refused), refused)

    def income(self, key: str, fiscal_year: int) -> FamilyIncome:
        """The family's income of a fiscal year, without the jobbonus plus.

        Raises:
            KeyError: none was entered.
        """
        declared: Decimal = self.records.declared(key, fiscal_year)
        is_complete = not self.records.to_ask(key)
        movements = self.records.movements(key)
        return family_income(declared, movements, fiscal_year, is_complete=is_complete)

    def let_go(self, key: str) -> None:
        """Stop paying a family: registrations end. What is known is kept until its term is over."""
        self._deregister(self.records.end(key))

    def purge(self) -> int:
        """Forget families whose five years are over; how many persons went with them.

        Retention waits for nobody: the records go first, then the gateway is told.
        """
        forgotten = self.records.purge(self._today())
        self._deregister(forgotten)
        return len(forgotten)

    def _ask(self, insz: str) -> Refused | None:
        """LAW: everybody who is asked about was registered first (001 art. 6)."""
        registered = self.gateway.register(insz, self._today())
        if isinstance(registered, Refused):
            return registered
        answer = self.gateway.transactions(insz)
        if isinstance(answer, Answered):
            self._keep(insz, answer.content)
        elif answer.code == _NO_DATA:
            self._keep(insz, Transactions(insz))
        else:
            return answer
        return None

    def _keep(self, asked: str, content: Transactions) -> None:
        """Also where the number was replaced: files announce the new one, so that is registered."""
        self.records.keep(asked, content)
        if content.insz != asked:
            self.gateway.register(content.insz, self._today())
            self.gateway.deregister(asked)

    def _deregister(self, persons: Iterable[str]) -> None:
        for insz in persons:
            self.gateway.deregister(insz)

    def _today(self) -> date:
        return legal_day(self.clock.now())
