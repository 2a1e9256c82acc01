"""A space's journal: what a tester asks of it, joined from the log, the world and the law."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

from gateway.adapters.journal import NAME, Item, Journal, Wanted
from gateway.adapters.log.private_rows import SqlitePrivateRows
from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.told_to import ToldTo
from gateway.bootstrap.log import LOG
from gateway.domain.never import Finding, finding
from gateway.domain.request import Caller


class JournalDesk:
    """Opens the journal when somebody first looks, or the clock first ticks: a fresh space is not held up."""

    def __init__(self, data: Path, records: LogReader, most: int) -> None:
        self._data, self._records, self._most = data, records, most
        self._lock = Lock()
        self._opened: Journal | None = None
        self._is_closed = False

    @property
    def journal(self) -> Journal:
        """The journal, opened."""
        with self._lock:
            if self._opened is None:
                self._opened = Journal.opened(self._data / NAME, self._records, self._most)
            return self._opened

    def catch_up(self) -> None:
        """Take in what the log has since."""
        self.journal.catch_up()

    def close(self) -> None:
        """Take in the last, and let go of the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.catch_up()
                self._opened.close()
                self._opened = None

    def about(self, wanted: Wanted, numbers: Collection[str]) -> Wanted:
        """The same, of entries about a person only; whom rows are about is looked up in the log itself."""
        rows = SqlitePrivateRows(self._data / LOG, dict)
        found = {row.position for number in numbers for row in rows.about(number)}
        return replace(wanted, positions=found)

    def never(self, numbers: Collection[str], to: str, callers: Iterable[Caller]) -> Finding:
        """What went to a credential, unit or party about somebody who has these numbers."""
        parties = {one.party for one in callers if to in (one.key, one.unit, one.party)}
        (party,) = parties
        return finding(ToldTo(self._data / LOG).about(numbers, to, party))


def shown(item: Item) -> dict[str, Any]:
    """An item as contract section 10 has it."""
    one = item.noted
    return {
        "n": item.n,
        "at": one.at,
        "kind": one.kind,
        "credential": one.credential,
        "flow": one.flow,
        "outcome": one.outcome,
        "reason": one.reason,
        "decision": one.decision,
    }


def counted(
    by: Sequence[str], rows: Iterable[tuple[tuple[str | None, ...], int]]
) -> list[dict[str, Any]]:
    """Counts, each with what it is a count of."""
    return [{**dict(zip(by, words, strict=True)), "count": count} for words, count in rows]
