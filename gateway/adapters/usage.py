"""Yearly numbers in SQL: one row for each that was had or is set aside, never more than the text allows."""

import json
from collections import Counter
from contextlib import suppress
from datetime import datetime
from threading import Lock

from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from gateway.adapters.database.direct import direct
from gateway.adapters.database.tables import QUOTA_USE
from gateway.contracts.faults import Refusal, RefusedFault
from gateway.domain.decision_duties import quota_spent
from gateway.domain.decision_terms import Candidate, Obligation, ObligationKind
from gateway.domain.legal_day import legal_day
from gateway.ports import LogRecords, SetAside

_Key = tuple[str, str, int]
_ALL = select(QUOTA_USE)


class Uncounted:
    """Implements `gateway.ports.SetAside` for a permit that is not counted."""

    slot = None

    def spend(self, position: int) -> None:
        """Nothing."""

    def give_back(self) -> None:
        """Nothing."""


_UNCOUNTED = Uncounted()


class SqlUsage:
    """Implements `gateway.ports.Usage`.

    The table's unique slots hold the limit also between processes; memory only makes reading quick.
    A row that a crash left open is settled by the log: it was had if, and only if, its entry is there.
    """

    def __init__(self, engine: Engine, records: LogRecords) -> None:
        self._engine, self._records = engine, records
        self._lock = Lock()
        self._count: Counter[_Key] = Counter()
        if self._settle():
            self._reload()

    def used(self, party: str, flow: str, year: int) -> int:
        """How many were had or are set aside."""
        return self._count[party, flow, year] if self._count else 0

    def take(self, chosen: Candidate, at: datetime) -> SetAside:
        """Set one aside, if the permit counts at all."""
        for obligation in chosen.obligations:
            if obligation.kind is ObligationKind.QUOTA:
                key = (chosen.party, chosen.flow, legal_day(at).year)
                return self._take(key, chosen, obligation)
        return _UNCOUNTED

    def _take(self, key: _Key, chosen: Candidate, limit: Obligation) -> "SetAsideRow":
        with self._lock:
            for slot in range(1, int(limit.value) + 1):
                row = self._insert(key, slot)
                if row is not None:
                    self._count[key] += 1
                    return SetAsideRow(self, row, key, slot)
            self._reload()
        raise RefusedFault(Refusal((quota_spent(limit),), chosen.protocol))

    def _insert(self, key: _Key, slot: int) -> int | None:
        """The new row, or `None` where the slot is taken."""
        party, flow, year = key
        values = {"party": party, "flow": flow, "year": year, "slot": slot,
                  "log_size": self._records.head().size}  # fmt: skip
        adding = insert(QUOTA_USE).values(**values).returning(QUOTA_USE.c.id)
        try:
            with self._engine.begin() as connection:
                return int(connection.execute(adding).scalar_one())
        except IntegrityError:
            return None

    def spend(self, row: int, position: int) -> None:
        """A row was had. If that cannot be written now, the next start learns it from the log."""
        chosen = update(QUOTA_USE).where(QUOTA_USE.c.id == row)
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            connection.execute(chosen.values(position=position))

    def give_back(self, row: int, key: _Key) -> None:
        """A row was not had. If that cannot be written now, it counts until the next start."""
        with suppress(SQLAlchemyError), self._lock:
            with self._engine.begin() as connection:
                connection.execute(delete(QUOTA_USE).where(QUOTA_USE.c.id == row))
            self._count[key] -= 1

    def _reload(self) -> None:
        columns = (QUOTA_USE.c.party, QUOTA_USE.c.flow, QUOTA_USE.c.year)
        counted = select(*columns, func.count()).group_by(*columns)
        with self._engine.begin() as connection:
            rows = connection.execute(counted).all()
        self._count = Counter({(party, flow, year): n for party, flow, year, n in rows})

    def _settle(self) -> bool:
        """Decide by the log what became of the rows that were set aside when the process died.

        Returns:
            Whether there are any rows at all.
        """
        all_rows = direct(self._engine).execute(_ALL).all()
        rows = [row for row in all_rows if row.position is None]
        if not rows:
            return bool(all_rows)
        spent = self._spent_since(min(row.log_size for row in rows) + 1)
        for row in rows:
            key = (row.party, row.flow, row.year)
            position = spent.get((*key, row.slot))
            if position is None:
                self.give_back(row.id, key)
            else:
                self.spend(row.id, position)
        return True

    def _spent_since(self, first: int) -> dict[tuple[str, str, int, int], int]:
        """Where the log holds an answer that spent a slot, from a position on."""
        found = {}
        for entry in self._records.entries(first, self._records.head().size):
            leaf = json.loads(entry.leaf)
            if leaf.get("slot") is not None and leaf["outcome"] == "permit":
                year = datetime.fromisoformat(leaf["at"]).year
                found[leaf["party"], leaf["flow"], year, leaf["slot"]] = entry.position
        return found


class SetAsideRow:
    """Implements `gateway.ports.SetAside` on one row."""

    def __init__(self, usage: SqlUsage, row: int, key: _Key, slot: int) -> None:
        self._usage, self._row, self._key, self.slot = usage, row, key, slot

    def spend(self, position: int) -> None:
        """It was had."""
        self._usage.spend(self._row, position)

    def give_back(self) -> None:
        """It was not had."""
        self._usage.give_back(self._row, self._key)
