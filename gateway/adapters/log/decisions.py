"""Reads the decisions of a log from its public leaves; the private rows are never touched."""

from collections.abc import Hashable, Iterator
from datetime import datetime
from sqlite3 import Connection
from typing import Any

import msgspec

from gateway.domain.replay import DECISIONS, Recorded, recorded

_CHUNK = 5_000
_MOST_REMEMBERED = 50_000
_SELECT = "SELECT position, leaf FROM entry WHERE position BETWEEN ? AND ? ORDER BY position"
Names = tuple[str, ...]


class _Problem(msgspec.Struct, frozen=True):
    reason: str
    article: str | None


class _Leaf(msgspec.Struct, frozen=True, rename="kebab"):
    """What tells one situation from another; the rest is read where a situation is new."""

    e: str
    at: str
    bundle: str = ""
    party: str | None = None
    unit: str | None = None
    flow: str | None = None
    asked: Names = ()
    stated_purpose: str | None = None
    has_case: bool = False
    has_actor: bool = False
    authentication: str | None = None
    training: Names = ()
    duties_separated: bool = True
    stated: Names = ()
    used: int = 0
    problems: tuple[_Problem, ...] = ()
    decided: str | None = None
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    lacking: str | None = None
    outcome: str | None = None
    protocol: str | None = None
    doc: str | None = None
    purpose: str | None = None
    fields: Names = ()
    withheld: Names = ()
    reasons: Names = ()
    articles: Names = ()
    obl: dict[str, str] = msgspec.field(default_factory=dict)

    def situation(self) -> Hashable:
        """All but the instant and the ids of evidence."""
        return (
            self.e, self.bundle, self.party, self.unit, self.flow, self.asked, self.stated_purpose,
            self.has_case, self.has_actor, self.authentication, self.training, self.duties_separated,
            self.stated, self.used, self.problems, self.decided, *self.facts, self.lacking,
            self.outcome, self.protocol, self.doc, self.purpose, self.fields, self.withheld,
            self.reasons, self.articles, *self.obl.items(),
        )  # fmt: skip


class DecisionReader:
    """Gives the decisions of a log to `gateway.flows.replay`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._decode = msgspec.json.Decoder(_Leaf).decode
        self._known: dict[Hashable, Recorded] = {}

    def size(self) -> int:
        """How many entries the log holds."""
        row = self._connection.execute("SELECT size FROM head").fetchone()
        return int(row[0]) if row else 0

    def decisions(self, size: int) -> Iterator[tuple[int, datetime, Recorded]]:
        """Position, instant and situation of every decision among the first `size` entries."""
        for first in range(1, size + 1, _CHUNK):
            last = min(size, first + _CHUNK - 1)
            for position, leaf in self._connection.execute(_SELECT, (first, last)).fetchall():
                told = self._decode(leaf)
                if told.e in DECISIONS:
                    yield position, datetime.fromisoformat(told.at), self._situation(told, leaf)

    def _situation(self, told: _Leaf, leaf: bytes) -> Recorded:
        key = told.situation()
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            content: dict[str, Any] = msgspec.json.decode(leaf)
            known = self._known[key] = recorded(content)
        return known
