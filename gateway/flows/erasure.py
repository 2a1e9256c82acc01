"""The erasure line: what is private behind entries goes on its term or by decision, and that is entered."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from gateway.contracts.faults import LogUnavailable
from gateway.domain.erasure import ARTICLES, Erasure, ErasureGround, LogTerms, Retained, judge
from gateway.domain.legal_day import in_brussels, legal_day, period_earlier
from gateway.domain.log_entry import Entry, Event, EventKind
from gateway.domain.payment_file import payment_year
from gateway.ports import Clock, DecisionLog, ProtocolLibrary
from gateway.ports.erasure import OncePersons, PrivateRows, YearKeys

PRIVATE_ROWS, ONCE_A_YEAR, KEYS = "log", "once-a-year", "index-key"
"""What was erased, as entries name it."""
_BY_ITSELF: Mapping[str, Any] = {"by": "gateway", "document": None}


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants a person's rows erased: who decided, on which ground, by which document (a digest)."""

    number: str
    ground: ErasureGround
    by: str
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of it, and the number of its entry; `is_erased` is false where the law keeps the rows."""

    is_erased: bool
    decision: str
    count: int
    articles: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureFlow:
    """The collaborators, wired once at start-up.

    INVARIANT: rows go in the commit of the entry that says so. The leaves stay, and with them the tree.
    """

    space: str
    protocols: ProtocolLibrary
    rows: PrivateRows
    years: YearKeys
    once: OncePersons
    log: DecisionLog
    clock: Clock
    terms: LogTerms
    lock: Lock = field(default_factory=Lock)

    def ask(self, request: Request) -> Done:
        """Erase what the log keeps of a person, unless the law demands that it stays; entered either way.

        Raises:
            LogUnavailable: nothing was erased.
        """
        at = self.clock.now()
        with self.lock:
            found = judge(request.ground, self.rows.about(request.number), self._law(), at)
            words = {"by": request.by, "document": request.document}
            if found.kept:
                words |= _words(request.ground, PRIVATE_ROWS, found.kept, found.articles)
                return self._done(found, self._enter(EventKind.PRIVATE_KEPT, words), found.kept)
            position = self._erase(request.ground, found, words, request.number)
            return self._done(found, position, len(found.rows))

    def keep_terms(self) -> int:
        """Erase every row whose term is over; how many went.

        Raises:
            LogUnavailable: nothing was erased.
        """
        with self.lock:
            at = self.clock.now()
            old = self.rows.until(period_earlier(at, self.terms.shortest))
            found = judge(ErasureGround.TERM, old, self._law(), at)
            if found.rows:
                self._erase(ErasureGround.TERM, found, _BY_ITSELF, None)
            return len(found.rows) + self._forget_once() + self._forget_years()

    def _erase(
        self, ground: ErasureGround, found: Erasure, words: Mapping[str, Any], number: str | None
    ) -> int:
        told = _words(ground, PRIVATE_ROWS, len(found.rows), found.articles)
        self.rows.mark(found.rows, number)
        try:
            position = self._enter(EventKind.PRIVATE_ERASED, {**words, **told})
        except LogUnavailable:
            with suppress(LogUnavailable):
                self.rows.mark(())
            raise
        self.rows.sweep()
        return position

    def _forget_once(self) -> int:
        """LAW: 003 art. 3 - that a child had its file is kept until no other can be asked for that year."""
        first, _ = payment_year(legal_day(self.clock.now())).days
        count = self.once.count_once(first)
        if count:
            self._note(ONCE_A_YEAR, count, "003 art. 3, gegeven 1")
            self.once.forget_once(first)
        return count

    def _forget_years(self) -> int:
        """Destroy the index's keys of the years of which no row is left: whoever kept a copy links nobody."""
        oldest = next((row.at for row in self.rows.until(self.clock.now())), self.clock.now())
        over = [year for year in self.years.all() if int(year) < in_brussels(oldest).year]
        if over:
            self._note(KEYS, len(over))
            for year in over:
                self.years.destroy(year)
        return len(over)

    def _note(self, what: str, count: int, *articles: str) -> None:
        """Enter what goes beside the log itself. If it does not go then, it is entered another time."""
        told = _words(ErasureGround.TERM, what, count, (ARTICLES[ErasureGround.TERM], *articles))
        self.rows.mark(())
        self._enter(EventKind.PRIVATE_ERASED, {**_BY_ITSELF, **told})

    def _law(self) -> Retained:
        documents = {one.ref: one for one in self.protocols.bundle().documents}
        return Retained(documents, self.terms)

    def _enter(self, kind: EventKind, words: Mapping[str, Any]) -> int:
        (position,) = self.log.append_all([self._entry(kind, words)])
        return position

    def _entry(self, kind: EventKind, words: Mapping[str, Any]) -> Entry:
        return Event(kind, self.clock.now(), self.space, words).entry()

    def _done(self, found: Erasure, position: int, count: int) -> Done:
        return Done(not found.kept, f"D-{position}", count, found.articles)


def _words(
    ground: ErasureGround, what: str, count: int, articles: Sequence[str]
) -> Mapping[str, Any]:
    return {"ground": ground.value, "what": what, "count": count, "articles": list(articles)}
