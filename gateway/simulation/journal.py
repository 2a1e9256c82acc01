"""A space's journal: what a tester asks of it, joined from the log, the world and the law."""

import contextlib
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from gateway.adapters.journal import NAME, Item, Journal, Wanted
from gateway.adapters.log.private_rows import SqlitePrivateRows
from gateway.adapters.log.reader import LogReader
from gateway.adapters.log.told_to import ToldTo, erased_positions
from gateway.adapters.protocol_events import SqlEventStore
from gateway.adapters.protocol_files.law_book import LawBook
from gateway.bootstrap import Gateway
from gateway.bootstrap.log import LOG
from gateway.domain.bundle import Bundle
from gateway.domain.hindsight import hindsight
from gateway.domain.near_miss import near_misses
from gateway.domain.never import Finding, finding
from gateway.domain.request import Caller


class JournalDesk:
    """Opens the journal when somebody first looks, or the clock first ticks: a fresh space is not held up."""

    def __init__(self, data: Path, records: LogReader, most: int) -> None:
        self._data, self._records, self._most = data, records, most
        self._lock = Lock()
        self._opened: Journal | None = None

    @property
    def journal(self) -> Journal:
        """The journal, opened."""
        with self._lock:
            if self._opened is None:
                self._opened = self._open()
            return self._opened

    def _open(self) -> Journal:
        """One in pieces, or of another log than lies here now, is made again from the log."""
        try:
            found = self._open_file()
        except sqlite3.OperationalError:
            raise  # what is in the way, such as a full disk, may be gone the next time
        except sqlite3.DatabaseError:
            return self._anew()
        if found.position <= self._records.head().size:
            return found
        found.close()
        return self._anew()

    def _open_file(self) -> Journal:
        return Journal.opened(self._data / NAME, self._records, self._most)

    def _anew(self) -> Journal:
        for end in ("", "-wal", "-shm"):
            (self._data / f"{NAME}{end}").unlink(missing_ok=True)
        return self._open_file()

    def catch_up(self) -> None:
        """Take in what the log has since."""
        self.journal.catch_up()

    def close(self) -> None:
        """Take in the last, and let go of the file; what cannot be written now is taken in another time."""
        with self._lock:
            if self._opened is not None:
                with contextlib.suppress(sqlite3.Error):
                    self._opened.catch_up()
                self._opened.close()
                self._opened = None

    def about(self, wanted: Wanted, numbers: Collection[str]) -> Wanted:
        """The same, of entries about a person only; whom rows are about is looked up in the log itself."""
        rows = SqlitePrivateRows(self._data / LOG, dict)
        found = {row.position for number in numbers for row in rows.about(number)}
        return replace(wanted, positions=found)

    def unknown(self, wanted: Wanted) -> int:
        """How many of the items of whoever else could be about this person too: their rows were erased."""
        about = wanted.positions or ()
        erased = erased_positions(self._data / LOG).difference(about)
        return sum(count for _, count in self.journal.counts(replace(wanted, positions=erased), ()))

    def never(self, numbers: Collection[str], to: str, callers: Iterable[Caller]) -> Finding:
        """What went to a credential, unit or party about somebody who has these numbers."""
        parties = {one.party for one in callers if to in (one.key, one.unit, one.party)}
        (party,) = parties
        return finding(ToldTo(self._data / LOG).about(numbers, to, party))


def near_miss(gateway: Gateway, item: Item, callers: Sequence[Caller]) -> dict[str, Any]:
    """What one change would have let a refused item pass, under the law of then."""
    position = item.noted.position
    (packed,) = gateway.log.reader.leaves(position, position)
    leaf, now = msgspec.json.decode(packed), gateway.protocols.bundle()
    then = _law_of(gateway, leaf.get("bundle") or now.digest)
    found = near_misses(leaf, then, callers)
    why = hindsight(item.noted.decision, leaf, then or now)["reasons"]
    return {
        "n": item.n,
        "decision": item.noted.decision,
        "outcome": item.noted.outcome,
        "reasons": why,
        "near": [one.as_json() for one in found.near],
        "almost": [one.as_json() for one in found.almost],
        "note": found.note,
    }


def _law_of(gateway: Gateway, digest: str) -> Bundle | None:
    """The law that an entry cites, if the documents that it was made of are still loaded."""
    now = gateway.protocols.bundle()
    if digest == now.digest:
        return now
    law = LawBook(now.documents, SqlEventStore(gateway.engine).all()).find(digest)
    return law.then if law is not None else None


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
