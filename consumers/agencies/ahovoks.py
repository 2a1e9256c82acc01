"""AHOVOKS, study grants: keeps a file for each application and counts its household (004)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from consumers.agencies.calendar import legal_day, years_later
from consumers.agencies.store import Store
from consumers.agencies.study_grant import Counted, Household, Standing, StudyYear, count
from consumers.answers import Answer, Refused
from consumers.contents import CareAllowance, Registered
from gateway.contracts.clock import Clock
from gateway.contracts.insz import Insz

KEPT_YEARS = 10
"""LAW: 004 art. 3 - a file is kept ten years, and its data only as long as the file is there."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS grant_file (
    key TEXT PRIMARY KEY, study_year INTEGER NOT NULL, opened_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dependent (
    file TEXT NOT NULL REFERENCES grant_file ON DELETE CASCADE, insz TEXT NOT NULL,
    standing TEXT, because TEXT, PRIMARY KEY (file, insz));
"""


class CareService(Protocol):
    """What is asked of the gateway; the clients of both wires do it."""

    def register(
        self, insz: Insz | str, begin: date, end: date | None = None
    ) -> Answer[Registered]:
        """RegistreerInschrijving."""
        ...

    def deregister(self, insz: Insz | str) -> Answer[Registered]:
        """RegistreerUitschrijving."""
        ...

    def care_allowance(self, insz: Insz | str, on: date) -> Answer[CareAllowance]:
        """GeefZorgtoeslag."""
        ...


@dataclass(frozen=True, slots=True)
class StudyGrants:
    """The grant files of the agency. `store` was opened with `SCHEMA`."""

    gateway: CareService
    store: Store
    clock: Clock

    def open(self, key: str, year: StudyYear, dependents: Sequence[str]) -> None:
        """Open a file for an application and its dependents; again for the same key: no effect."""
        with self.store.together():
            opened = (key, year.first, self._today().isoformat())
            self.store.run("INSERT OR IGNORE INTO grant_file VALUES (?, ?, ?)", *opened)
            for insz in dependents:
                known = "INSERT OR IGNORE INTO dependent (file, insz) VALUES (?, ?)"
                self.store.run(known, key, insz)

    def count(self, key: str) -> Household:
        """Count the household, asking about those who are not known yet. Can be done again at any time.

        Raises:
            KeyError: there is no such file.
        """
        found = self.store.row("SELECT study_year FROM grant_file WHERE key = ?", key)
        if found is None:
            raise KeyError(key)
        day = StudyYear(found[0]).reference_day
        known = "SELECT insz, standing, because FROM dependent WHERE file = ? ORDER BY insz"
        members = [self._member(key, row, day) for row in self.store.rows(known, key)]
        return Household(tuple(members))

    def delete(self, key: str) -> None:
        """Delete a file and all that is known through it; who is in no other is deregistered."""
        self._deregister(self._forget(key))

    def purge(self) -> int:
        """Delete the files whose ten years are over; how many."""
        files = self.store.rows("SELECT key, opened_on FROM grant_file")
        over = [
            key
            for key, opened_on in files
            if years_later(date.fromisoformat(opened_on), KEPT_YEARS) <= self._today()
        ]
        self._deregister([insz for key in over for insz in self._forget(key)])
        return len(over)

    def _forget(self, key: str) -> Sequence[str]:
        """Delete a file; who was in it. Retention waits for nobody, so the gateway is told later."""
        with self.store.together():
            left = self.store.rows("SELECT insz FROM dependent WHERE file = ?", key)
            self.store.run("DELETE FROM grant_file WHERE key = ?", key)
        return [row[0] for row in left]

    def _member(self, key: str, row: Sequence[str | None], day: date) -> Counted:
        insz, standing, because = row
        assert insz is not None
        if standing is not None and because is not None:
            return Counted(insz, Standing(standing), because)
        counted = self._ask(insz, day)
        if counted.standing is not Standing.UNKNOWN:
            outcome = (counted.standing.value, counted.because, key, insz)
            change = "UPDATE dependent SET standing = ?, because = ? WHERE file = ? AND insz = ?"
            self.store.run(change, *outcome)
        return counted

    def _ask(self, insz: str, day: date) -> Counted:
        """LAW: the registration is the statement that this person belongs to a grant file (art. 3)."""
        registered = self.gateway.register(insz, self._today())
        if isinstance(registered, Refused):
            return Counted(insz, Standing.UNKNOWN, str(registered))
        return count(insz, self.gateway.care_allowance(insz, day), day)

    def _deregister(self, persons: Sequence[str]) -> None:
        for insz in persons:
            if self.store.row("SELECT 1 FROM dependent WHERE insz = ?", insz) is None:
                self.gateway.deregister(insz)

    def _today(self) -> date:
        return legal_day(self.clock.now())
