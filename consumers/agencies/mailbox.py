"""The contact centre's store of mail answers: kept twelve months beside their question, then gone (000 art. 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consumers.agencies.calendar import legal_day, months_later
from consumers.agencies.store import Store
from gateway.contracts.clock import Clock

KEPT_MONTHS = 12
SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    key INTEGER PRIMARY KEY AUTOINCREMENT, question TEXT NOT NULL, answer TEXT NOT NULL,
    sent_on TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class KeptMail:
    """A question that came by mail, and its answer."""

    key: int
    question: str
    answer: str
    sent_on: date

    def __repr__(self) -> str:
        return f"KeptMail({self.key}, {self.sent_on})"


def gone_on(sent_on: date) -> date:
    """The first day on which a mail is not there any more."""
    return months_later(sent_on, KEPT_MONTHS)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """`store` was opened with `SCHEMA`. Whoever looks never finds a mail whose time is over."""

    store: Store
    clock: Clock

    def keep(self, question: str, answer: str) -> int:
        """Keep an answer that was sent today; its key."""
        self.purge()
        with self.store.together():
            sent = (question, answer, self._today().isoformat())
            self.store.run("INSERT INTO mail (question, answer, sent_on) VALUES (?, ?, ?)", *sent)
            found = self.store.row("SELECT last_insert_rowid()")
        assert found is not None
        return int(found[0])

    def find(self, key: int) -> KeptMail | None:
        """A mail that is still there."""
        return next((one for one in self.all() if one.key == key), None)

    def all(self) -> Sequence[KeptMail]:
        """Every mail that is still there, oldest first."""
        self.purge()
        rows = self.store.rows("SELECT key, question, answer, sent_on FROM mail ORDER BY key")
        return [KeptMail(key, asked, told, date.fromisoformat(on)) for key, asked, told, on in rows]

    def purge(self) -> int:
        """Remove what was kept for twelve months; how many."""
        today = self._today()
        rows = self.store.rows("SELECT key, sent_on FROM mail")
        over = [key for key, on in rows if gone_on(date.fromisoformat(on)) <= today]
        for key in over:
            self.store.run("DELETE FROM mail WHERE key = ?", key)
        return len(over)

    def _today(self) -> date:
        return legal_day(self.clock.now())
