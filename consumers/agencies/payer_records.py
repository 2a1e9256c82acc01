"""What a payer keeps: families, who is in them, what they declared, and what was paid and recovered."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from consumers.agencies.calendar import years_later
from consumers.agencies.store import Store
from consumers.contents import Transaction, Transactions
from consumers.file_contents import PersonList

KEPT_YEARS = 5
"""LAW: 001 art. 3 b - five years from the last payment to the beneficiary."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS family (
    key TEXT PRIMARY KEY, last_paid_on TEXT NOT NULL, is_paid INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS person (insz TEXT PRIMARY KEY, to_ask INTEGER NOT NULL DEFAULT 1);
CREATE TABLE IF NOT EXISTS member (
    family TEXT NOT NULL REFERENCES family ON DELETE CASCADE,
    insz TEXT NOT NULL REFERENCES person ON UPDATE CASCADE, PRIMARY KEY (family, insz));
CREATE TABLE IF NOT EXISTS income (
    family TEXT NOT NULL REFERENCES family ON DELETE CASCADE, fiscal_year INTEGER NOT NULL,
    declared TEXT NOT NULL, PRIMARY KEY (family, fiscal_year));
CREATE TABLE IF NOT EXISTS movement (
    insz TEXT NOT NULL REFERENCES person ON DELETE CASCADE ON UPDATE CASCADE,
    fiscal_year INTEGER NOT NULL, tranche INTEGER NOT NULL, amount TEXT NOT NULL,
    effective_on TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS taken (flow TEXT, sequence INTEGER, PRIMARY KEY (flow, sequence));
"""
_OWN = "SELECT insz FROM member JOIN family ON family = key WHERE is_paid"


@dataclass(frozen=True, slots=True)
class PayerRecords:
    """`store` was opened with `SCHEMA`."""

    store: Store

    def add_family(self, key: str, members: Iterable[str], paid_on: date) -> None:
        """Begin a family, or add members to it; who is new is to be asked about."""
        with self.store.together():
            begun = "INSERT OR IGNORE INTO family (key, last_paid_on) VALUES (?, ?)"
            self.store.run(begun, key, paid_on.isoformat())
            for insz in members:
                self.store.run("INSERT OR IGNORE INTO person (insz) VALUES (?)", insz)
                self.store.run("INSERT OR IGNORE INTO member VALUES (?, ?)", key, insz)

    def note_payment(self, key: str, on: date) -> None:
        """The family was paid; its term starts anew."""
        change = "UPDATE family SET last_paid_on = max(last_paid_on, ?) WHERE key = ?"
        self.store.run(change, on.isoformat(), key)

    def declare(self, key: str, fiscal_year: int, income: Decimal) -> None:
        """Enter the family's income of a fiscal year."""
        entered = (key, fiscal_year, str(income))
        self.store.run("INSERT OR REPLACE INTO income VALUES (?, ?, ?)", *entered)

    def declared(self, key: str, fiscal_year: int) -> Decimal:
        """The income that was entered.

        Raises:
            KeyError: none was.
        """
        query = "SELECT declared FROM income WHERE family = ? AND fiscal_year = ?"
        found = self.store.row(query, key, fiscal_year)
        if found is None:
            raise KeyError(key)
        return Decimal(found[0])

    def announce(self, file: PersonList) -> int:
        """Note who of ours is in a file; in one transaction with its sequence, so that it counts once."""
        with self.store.together():
            fresh = "INSERT OR IGNORE INTO taken VALUES (?, ?)"
            if self.store.run(fresh, file.flow, file.sequence) == 0:
                return 0
            change = f"UPDATE person SET to_ask = 1 WHERE insz = ? AND insz IN ({_OWN})"  # noqa: S608  a constant
            return sum(self.store.run(change, insz) for insz in file.insz)

    def to_ask(self, key: str | None = None) -> Sequence[str]:
        """Who of ours is still to be asked about, in one family or in all."""
        query = f"SELECT DISTINCT insz FROM person JOIN ({_OWN}) USING (insz) WHERE to_ask"  # noqa: S608  idem
        waiting = [row[0] for row in self.store.rows(f"{query} ORDER BY insz")]
        members = waiting if key is None else self.members(key)
        return [insz for insz in waiting if insz in members]

    def members(self, key: str) -> Sequence[str]:
        """Who is in a family."""
        query = "SELECT insz FROM member WHERE family = ? ORDER BY insz"
        return [row[0] for row in self.store.rows(query, key)]

    def keep(self, asked: str, content: Transactions) -> None:
        """Replace what was known of a person: an answer is the whole present state."""
        with self.store.together():
            if content.insz != asked:
                self._rename(asked, content.insz)
            self.store.run("DELETE FROM movement WHERE insz = ?", content.insz)
            for one in content.transactions:
                row = (one.fiscal_year, one.tranche, str(one.amount), one.effective_on.isoformat())
                self.store.run("INSERT INTO movement VALUES (?, ?, ?, ?, ?)", content.insz, *row)
            self.store.run("UPDATE person SET to_ask = 0 WHERE insz = ?", content.insz)

    def movements(self, key: str) -> Sequence[Transaction]:
        """What was paid to and recovered from a family's members."""
        query = (
            "SELECT fiscal_year, tranche, amount, effective_on FROM movement "
            "JOIN member USING (insz) WHERE family = ?"
        )
        return [
            Transaction(year, tranche, Decimal(amount), date.fromisoformat(day))
            for year, tranche, amount, day in self.store.rows(query, key)
        ]

    def end(self, key: str) -> Sequence[str]:
        """A family is not paid any more; its members who are in no other family that is."""
        self.store.run("UPDATE family SET is_paid = 0 WHERE key = ?", key)
        own = {row[0] for row in self.store.rows(_OWN)}
        return [insz for insz in self.members(key) if insz not in own]

    def purge(self, today: date) -> Sequence[str]:
        """Forget families whose term is over, and the persons who are in no other; who those are."""
        with self.store.together():
            for key, paid_on in self.store.rows("SELECT key, last_paid_on FROM family"):
                if years_later(date.fromisoformat(paid_on), KEPT_YEARS) <= today:
                    self.store.run("DELETE FROM family WHERE key = ?", key)
            gone = "SELECT insz FROM person WHERE insz NOT IN (SELECT insz FROM member)"
            forgotten = [row[0] for row in self.store.rows(gone)]
            for insz in forgotten:
                self.store.run("DELETE FROM person WHERE insz = ?", insz)
        return forgotten

    def _rename(self, old: str, new: str) -> None:
        """Follow a number that was replaced."""
        self.store.run("INSERT OR IGNORE INTO person (insz) VALUES (?)", new)
        for family, *_ in self.store.rows("SELECT family FROM member WHERE insz = ?", old):
            self.store.run("INSERT OR IGNORE INTO member VALUES (?, ?)", family, new)
        self.store.run("DELETE FROM member WHERE insz = ?", old)
        self.store.run("DELETE FROM person WHERE insz = ?", old)
