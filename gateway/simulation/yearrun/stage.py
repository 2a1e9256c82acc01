"""What every verb of a run has at hand, and what a run remembers of its own deeds."""

import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from consumers.agencies import payer_records
from consumers.agencies.payer_records import PayerRecords
from consumers.agencies.store import Store
from consumers.answers import Answer, Answered
from consumers.closing import Closing
from consumers.inbox import Inbox
from consumers.wire_http import WireFault
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import legal_day
from gateway.simulation.in_process.exchange import Exchange
from gateway.simulation.units import MUTATIONS, UNITS, Drop
from gateway.simulation.yearrun.chronicle import Chronicle
from gateway.simulation.yearrun.people import Cast
from providers.world import World

SUBSCRIBERS = tuple(unit.key for unit in UNITS if (Drop.OUT_OF, MUTATIONS) in unit.drops)
"""Who gets the mutation file."""
RECEIVED = {"verdeeld": "distributed", "quarantaine": "quarantined", "geweigerd": "refused", "ongewijzigd": "unchanged"}  # fmt: skip
"""What receipts say became of an upload, and what steps call it."""
T = TypeVar("T")
_PATIENCE = 40
_PASSING = frozenset({Reason.SOURCE_SILENT, Reason.SOURCE_GARBLED, Reason.SOURCE_BUSY, Reason.TOO_MANY_REQUESTS, None})  # fmt: skip
"""Refusals that say nothing about the question; also those that came over without a reason."""
_IS_BATCH, _IS_DISTRIBUTED = b'"e":"batch.received"', b'"outcome":"verdeeld"'


@dataclass(slots=True)
class Registers:
    """Who stated to handle whose file: the run's own book, which is held against what the gateway sends."""

    _turns: dict[tuple[str, str], list[tuple[datetime, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def note(self, unit: str, insz: str, at: datetime, *, is_in: bool) -> None:
        """A registration begins or ends."""
        self._turns[unit, insz].append((at, is_in))

    def of(self, unit: str) -> Sequence[str]:
        """Whom a unit has registered now."""
        return [insz for (one, insz), turns in self._turns.items() if one == unit and turns[-1][1]]

    def holds(self, unit: str, insz: str) -> bool:
        """Whether a unit has registered somebody now."""
        turns = self._turns.get((unit, insz))
        return turns is not None and turns[-1][1]


@dataclass(slots=True)
class Files:
    """Which files a consumer should find: their days and numbers, oldest first."""

    due: dict[tuple[str, str], deque[tuple[date, Sequence[str]]]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def owe(self, unit: str, flow: str, day: date, numbers: Sequence[str]) -> None:
        """A file should be there."""
        self.due[unit, flow].append((day, numbers))

    def next(self, unit: str, flow: str) -> tuple[date, Sequence[str]] | None:
        """The file that should come next."""
        queue = self.due[unit, flow]
        return queue.popleft() if queue else None

    def any(
        self, unit: str, flow: str, found: tuple[date, Sequence[str]]
    ) -> tuple[date, Sequence[str]] | None:
        """This very file, wherever it stands in the order; else the next."""
        queue = self.due[unit, flow]
        if found not in queue:
            return self.next(unit, flow)
        queue.remove(found)
        return found

    def open(self) -> dict[str, int]:
        """How many files nobody found, by consumer and flow."""
        return {f"{unit} {flow}": len(one) for (unit, flow), one in self.due.items() if one}


@dataclass(slots=True)
class Stage(Closing):
    """One run at work; it `is_cut` where it ends before its plan does, `is_disturbed` where things go wrong on purpose."""

    exchange: Exchange
    chronicle: Chronicle
    cast: Cast
    is_cut: bool = False
    is_disturbed: bool = False
    batches: set[date] = field(default_factory=set)
    """The days whose batch got through."""
    heard: int = 0
    """How much of the log was listened to."""
    registers: Registers = field(default_factory=Registers)
    files: Files = field(default_factory=Files)
    gone: dict[str, datetime] = field(default_factory=dict)
    """From when a party's files of 001 are over."""
    paid: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Children that stood in a payment file of a year."""
    ready: dict[date, tuple[int, Mapping[str, Decimal]]] = field(default_factory=dict)
    """The payment files that are known, ready ones and those that were found: year and rows, by the file's day."""
    unfound: set[date] = field(default_factory=set)
    """The days of ready files that nobody of the municipality found yet."""
    asked: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))
    """By person, which decisions were about them, and whether anything was told."""
    inboxes: dict[tuple[str, str], Inbox] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    """What payers keep, by unit; open until the end."""
    sums: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """What was consulted and what the world has, by unit."""

    def inbox(self, unit: str, flow: str) -> Inbox:
        """Where an agency keeps what it collected of a flow."""
        one = self.inboxes.get((unit, flow))
        if one is None:
            one = Inbox(self.exchange.folder(unit) / "inbox", flow, is_lasting=False)
            self.inboxes[unit, flow] = one
        return one

    def payer_records(self, unit: str) -> PayerRecords:
        """What a payer keeps."""
        if unit not in self.stores:
            file = self.exchange.folder(unit) / "payer.db"
            self.stores[unit] = Store(file, payer_records.SCHEMA, is_lasting=False)
        return PayerRecords(self.stores[unit])

    def close(self) -> None:
        """Let go of what was kept open."""
        for store in self.stores.values():
            store.close()

    @property
    def world(self) -> World:
        """Its people."""
        return self.exchange.space.world

    @property
    def now(self) -> datetime:
        """The run's instant."""
        return self.exchange.clock.now()

    @property
    def today(self) -> date:
        """The run's day."""
        return legal_day(self.now)

    def insist(self, by: str, what: str, call: Callable[[], Answer[T]]) -> Answer[T]:
        """Ask, and where things go wrong on purpose ask again: patience brings every answer in the end."""
        for _ in range(_PATIENCE if self.is_disturbed else 0):
            try:
                answer = call()
            except WireFault as fault:
                self._disturbed(by, what, type(fault).__name__)
                continue
            if isinstance(answer, Answered) or answer.reason not in _PASSING:
                return answer
            self._disturbed(by, what, answer.reason or "unreadable")
        return call()

    def insist_on_files(self, by: str, what: str, do: Callable[[], T]) -> T:
        """The same at the drop server: where the connection ends, log in again and go on."""
        for _ in range(_PATIENCE if self.is_disturbed else 0):
            try:
                return do()
            except (EOFError, ConnectionError) as fault:
                self._disturbed(by, what, type(fault).__name__)
        return do()

    def _disturbed(self, by: str, what: str, reason: str) -> None:
        self.chronicle.tell("disturbed", by=by, what=what, reason=reason)
        self.chronicle.counts["disturbed", what, reason] += 1

    def listen(self) -> None:
        """Hear of the batches that the provider got through since the last time."""
        log = self.exchange.space.gateway.log
        size = log.size
        for leaf in log.reader.leaves(self.heard + 1, size) if size > self.heard else ():
            if _IS_BATCH in leaf and _IS_DISTRIBUTED in leaf:
                self._hear(json.loads(leaf))
        self.heard = size

    def _hear(self, entry: Mapping[str, Any]) -> None:
        if entry["flow"] == MUTATIONS:
            day = date.fromisoformat(entry["day"])
            self.batches.add(day)
            at = datetime.fromisoformat(entry["at"])
            self.distributed(day, self.world.transactions_on(day), at)

    def distributed(self, day: date, numbers: Sequence[str], at: datetime) -> None:
        """A mutation batch was let through: each consumer that still gets files is owed its part."""
        for unit in SUBSCRIBERS:
            over = self.gone.get(unit.partition("-")[0])
            if over is None or at < over:
                mine = sorted({one for one in numbers if self.registers.holds(unit, one)})
                self.files.owe(unit, MUTATIONS, day, mine)
