"""AVSB, the care insurance: asks advice for a care budget, and decides the reduced premium by the yearly list (002)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from consumers.agencies.calendar import legal_day, years_later
from consumers.agencies.care_insurance import (
    Condition,
    Judgement,
    PremiumDecision,
    decide_premium,
    judge,
    list_year,
    needs_advice,
)
from consumers.agencies.store import Row, Store
from consumers.answers import Answer
from consumers.contents import Advice, PassedOn
from consumers.file_contents import PersonList
from consumers.inbox import Inbox
from gateway.contracts.clock import Clock
from gateway.contracts.insz import Insz

KEPT_YEARS = 5
"""LAW: 002 art. 3 - an advice until five years after the end of the budget, the list until death.

NOTE(law): the text sets no term where no budget came of it; five years from the answer is assumed."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS budget (
    insz TEXT NOT NULL, opening_day TEXT NOT NULL, condition TEXT NOT NULL, because TEXT NOT NULL,
    asked_on TEXT NOT NULL, ended_on TEXT, PRIMARY KEY (insz, opening_day));
CREATE TABLE IF NOT EXISTS list (year INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS listed (
    year INTEGER NOT NULL REFERENCES list, insz TEXT NOT NULL, PRIMARY KEY (year, insz));
"""
_SETTLED = (Condition.MET, Condition.NOT_MET, Condition.NOT_APPLICABLE)


class AdviceService(Protocol):
    """What is asked of the gateway; the clients of both wires do it."""

    def advice(
        self, insz: Insz | str, opening_day: date, fund: str | None = None
    ) -> Answer[Advice]:
        """GeefInburgeringsadvies."""
        ...


class ListService(AdviceService, Protocol):
    """The same, and what only REST has."""

    def pass_list_on(self, year: int) -> Answer[PassedOn]:
        """Have the yearly list split over the care funds."""
        ...


@dataclass(frozen=True, slots=True)
class Lists:
    """The years whose lists were taken in, and those of which there was one already.

    LAW: 002 art. 5 - a list comes once in a calendar year; a second one changes nothing.
    """

    taken: Sequence[int]
    refused: Sequence[int]


@dataclass(frozen=True, slots=True)
class CareInsurance:
    """Budgets and premiums. `store` was opened with `SCHEMA`."""

    gateway: ListService
    store: Store
    clock: Clock

    def apply(self, insz: str, opening_day: date, fund: str | None = None) -> Judgement:
        """Somebody applies for a care budget that would open on a day; `fund` is their care fund.

        What is settled is not asked again; what is not may be asked at any time.
        """
        query = "SELECT condition, because FROM budget WHERE insz = ? AND opening_day = ?"
        known = self.store.row(query, insz, opening_day.isoformat())
        if known is not None and known[0] in _SETTLED:
            return Judgement(Condition(known[0]), known[1])
        judgement = self._judge(insz, opening_day, fund)
        self._keep(insz, opening_day, judgement)
        return judgement

    def end(self, insz: str, opening_day: date, ended_on: date) -> None:
        """A budget has ended; five years later what is known of it goes."""
        change = "UPDATE budget SET ended_on = ? WHERE insz = ? AND opening_day = ?"
        self.store.run(change, ended_on.isoformat(), insz, opening_day.isoformat())

    def take_in(self, inbox: Inbox) -> Lists:
        """Take the yearly lists in that were collected."""
        taken: list[int] = []
        refused: list[int] = []
        for name in inbox.waiting():
            file = inbox.read(name)
            (taken if self._is_taken(file) else refused).append(file.day.year)
            inbox.done(name)
        return Lists(taken, refused)

    def pass_on(self, year: int) -> Answer[PassedOn]:
        """Have the list of a year passed on: each care fund gets its own members (art. 4)."""
        return self.gateway.pass_list_on(year)

    def premium(self, insz: str, year: int, *, is_entitled_otherwise: bool) -> PremiumDecision:
        """The premium of a year for a member."""
        is_listed = self._is_listed(insz, list_year(year))
        return decide_premium(
            year, is_entitled_otherwise=is_entitled_otherwise, is_listed=is_listed
        )

    def died(self, insz: str, on: date) -> None:
        """A member died: the lists no longer name them, and a budget that ran has ended."""
        with self.store.together():
            self.store.run("DELETE FROM listed WHERE insz = ?", insz)
            change = "UPDATE budget SET ended_on = ? WHERE insz = ? AND ended_on IS NULL"
            self.store.run(change, on.isoformat(), insz)

    def purge(self) -> int:
        """Forget the advice whose term is over; how many."""
        rows = self.store.rows(
            "SELECT insz, opening_day, condition, asked_on, ended_on FROM budget"
        )
        today = legal_day(self.clock.now())
        over = [row for row in rows if (gone := _gone_on(row)) is not None and gone <= today]
        for insz, opening_day, *_ in over:
            remove = "DELETE FROM budget WHERE insz = ? AND opening_day = ?"
            self.store.run(remove, insz, opening_day)
        return len(over)

    def _judge(self, insz: str, opening_day: date, fund: str | None) -> Judgement:
        if not needs_advice(opening_day):
            because = f"the condition does not count for a budget opened on {opening_day}"
            return Judgement(Condition.NOT_APPLICABLE, because)
        return judge(self.gateway.advice(insz, opening_day, fund))

    def _keep(self, insz: str, opening_day: date, judgement: Judgement) -> None:
        asked_on = legal_day(self.clock.now()).isoformat()
        row = (insz, opening_day.isoformat(), judgement.condition.value, judgement.because)
        keep = "INSERT OR REPLACE INTO budget VALUES (?, ?, ?, ?, ?, NULL)"
        self.store.run(keep, *row, asked_on)

    def _is_taken(self, file: PersonList) -> bool:
        """Whether a list is in, now or before. In one transaction: a crash takes none in by halves."""
        year = file.day.year
        with self.store.together():
            known = self.store.row("SELECT sequence FROM list WHERE year = ?", year)
            if known is not None:
                return bool(known[0] == file.sequence)
            self.store.run("INSERT INTO list VALUES (?, ?)", year, file.sequence)
            for insz in file.insz:
                self.store.run("INSERT INTO listed VALUES (?, ?)", year, insz)
        return True

    def _is_listed(self, insz: str, year: int) -> bool | None:
        if self.store.row("SELECT 1 FROM list WHERE year = ?", year) is None:
            return None
        query = "SELECT 1 FROM listed WHERE year = ? AND insz = ?"
        return self.store.row(query, year, insz) is not None


def _gone_on(row: Row) -> date | None:
    """When an advice goes; one of a budget that runs stays."""
    _, _, condition, asked_on, ended_on = row
    if ended_on is not None:
        return years_later(date.fromisoformat(ended_on), KEPT_YEARS)
    if condition in (Condition.MET, Condition.NOT_APPLICABLE):
        return None
    return years_later(date.fromisoformat(asked_on), KEPT_YEARS)
