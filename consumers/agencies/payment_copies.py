"""What a municipality keeps of payment files: its copy a year, and the child's number until next year's data (003)."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import msgspec

from consumers.agencies.calendar import legal_day, years_later
from consumers.agencies.payment_list import Judged, Standing
from consumers.agencies.store import Row, Store
from consumers.file_contents import Payment, PaymentFile

KEPT_YEARS = 1
"""LAW: 003 art. 3 - a year from receipt; the child's number until the next calendar year's data is
there (gegeven 1). Whichever is shorter counts first (finding O-39).

NOTE(law): art. 5 has everything removed after "the period above" and sets that period no end; the
terms of art. 3 are taken to be it. A child's number outlives July, so that January pays nobody twice.
"""
SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
    name TEXT PRIMARY KEY, year INTEGER NOT NULL, sequence INTEGER NOT NULL, taken_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS copy (
    file TEXT NOT NULL REFERENCES file ON DELETE CASCADE, line INTEGER NOT NULL,
    standing TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (file, line));
CREATE TABLE IF NOT EXISTS child (
    year INTEGER NOT NULL, insz TEXT NOT NULL, taken_on TEXT NOT NULL, PRIMARY KEY (year, insz));
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """A file that was taken in, and what became of its rows; they do not hold the child's number."""

    name: str
    year: int
    sequence: int
    taken_at: datetime
    rows: Sequence[Judged]

    def of(self, *standings: Standing) -> Sequence[Judged]:
        """The rows that stand like this."""
        return [one for one in self.rows if one.standing in standings]

    @property
    def by_hand(self) -> Sequence[Judged]:
        """The rows that the municipality sees to itself."""
        return [one for one in self.rows if one.standing.is_by_hand]

    @property
    def not_paid(self) -> Sequence[Judged]:
        """The rows that nothing is paid of."""
        return [one for one in self.rows if not one.standing.is_settled]


def total(rows: Sequence[Judged]) -> Decimal:
    """What rows come to."""
    return sum((one.row.amount for one in rows), Decimal("0.00"))


@dataclass(frozen=True, slots=True)
class PaymentCopies:
    """`store` was opened with `SCHEMA`."""

    store: Store

    def settled(self, year: int) -> AbstractSet[str]:
        """The children that had their allowance of a year."""
        return {row[0] for row in self.store.rows("SELECT insz FROM child WHERE year = ?", year)}

    def has(self, name: str) -> bool:
        """Whether a file was taken in and is still here."""
        return self.store.row("SELECT 1 FROM file WHERE name = ?", name) is not None

    def keep(self, name: str, file: PaymentFile, rows: Sequence[Judged], at: datetime) -> None:
        """Keep a file. Called inside `store.together()`: what is settled is so with its order."""
        known = (name, file.year, file.sequence, at.isoformat())
        self.store.run("INSERT INTO file VALUES (?, ?, ?, ?)", *known)
        self.store.run(
            "DELETE FROM child WHERE year < ?", file.year
        )  # the next year's data is here
        for one in rows:
            copied = (name, one.line, one.standing.value, _without_number(one.row))
            self.store.run("INSERT INTO copy VALUES (?, ?, ?, ?)", *copied)
            if one.standing.is_settled:
                child = (file.year, one.row.child.insz, legal_day(at).isoformat())
                self.store.run("INSERT INTO child VALUES (?, ?, ?)", *child)

    def find(self, name: str) -> Copied | None:
        """A file that is still here."""
        found = self.store.row("SELECT year, sequence, taken_at FROM file WHERE name = ?", name)
        if found is None:
            return None
        year, sequence, taken_at = found
        query = "SELECT line, standing, content FROM copy WHERE file = ? ORDER BY line"
        rows = [_judged(row) for row in self.store.rows(query, name)]
        return Copied(name, year, sequence, datetime.fromisoformat(taken_at), rows)

    def purge(self, today: date) -> int:
        """Forget what has been here for a year; how many files and children."""
        files = self.store.rows("SELECT taken_at, name FROM file")
        children = self.store.rows("SELECT DISTINCT taken_on, year FROM child")
        with self.store.together():
            gone = [
                self.store.run("DELETE FROM file WHERE name = ?", name)
                for taken_at, name in files
                if _is_over(legal_day(datetime.fromisoformat(taken_at)), today)
            ]
            gone += [
                self.store.run("DELETE FROM child WHERE taken_on = ? AND year = ?", on, year)
                for on, year in children
                if _is_over(date.fromisoformat(on), today)
            ]
        return sum(gone)


def gone_on(taken_on: date) -> date:
    """The first day on which a copy is not there any more."""
    return years_later(taken_on, KEPT_YEARS)


def _is_over(taken_on: date, today: date) -> bool:
    return gone_on(taken_on) <= today


def _without_number(row: Payment) -> str:
    child = msgspec.structs.replace(row.child, insz="")
    return msgspec.json.encode(msgspec.structs.replace(row, child=child)).decode()


def _judged(row: Row) -> Judged:
    line, standing, content = row
    return Judged(line, msgspec.json.decode(content, type=Payment), Standing(standing))
