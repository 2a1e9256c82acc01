"""Every hole in the wall: what the flows need from outside, by role; files have a page of their own."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.contracts.clock import Clock
from gateway.contracts.drop import Placement
from gateway.contracts.faults import Refusal
from gateway.contracts.quickly_made import quickly_made
from gateway.domain.bundle import Bundle
from gateway.domain.citizen_question import CitizenQuestion
from gateway.domain.decision import Permit
from gateway.domain.decision_terms import Candidate
from gateway.domain.duty import Term
from gateway.domain.field_filter import FilteredRecord, SourceRecord
from gateway.domain.lifecycle import LifecycleEvent
from gateway.domain.log_check import Head, StoredEntry, StoredPage
from gateway.domain.log_entry import Entry
from gateway.domain.protocol_document import Fact
from gateway.domain.questions import Subject
from gateway.domain.request import Caller, Message, Proof, Reply, Request
from gateway.ports.checkpoints import CheckpointStore, Publisher
from gateway.ports.files import (
    Arrears,
    BatchReader,
    Folders,
    HandledUploads,
    Intake,
    Ledger,
    Members,
    Notary,
    Publishers,
    Repertory,
    Subscribers,
)

__all__ = [
    "Arrears", "BatchReader", "CheckpointStore", "Clock", "Folders", "HandledUploads", "Intake", "Ledger", "Members", "Notary", "Placement", "Publisher", "Publishers", "Repertory", "Subscribers",
]  # fmt: skip


class Credentials(Protocol):
    """Who may come in. Four kinds of proof, one answer."""

    def identify(self, proof: Proof | None) -> Caller:
        """The caller behind a proof.

        Raises:
            RefusedFault: `credential-missing` or `credential-invalid`.
        """
        ...

    def find(self, proof: Proof) -> Caller | None:
        """The caller behind a proof, or `None`."""
        ...


class ProtocolLibrary(Protocol):
    """The law as loaded."""

    def bundle(self) -> Bundle:
        """Versions and events known now; the same object until something changes."""
        ...

    def record(self, event: LifecycleEvent) -> None:
        """Add an event; it counts from the next request on."""
        ...


@dataclass(frozen=True, slots=True)
class ReservedAct:
    """An act that has a number and perhaps an entry; `log_size` is how large the log was before it."""

    event: LifecycleEvent
    log_size: int


class EventStore(Protocol):
    """Acts on protocols, kept for good: reserved, then entered in the log, then confirmed."""

    def reserve(self, event: LifecycleEvent, log_size: int) -> LifecycleEvent:
        """Keep an event under the next number, out of sight until it is confirmed."""
        ...

    def confirm(self, event: LifecycleEvent, terms: Iterable[Term] = ()) -> None:
        """Let a reserved event stand, and put the terms that it starts on the agenda."""
        ...

    def discard(self, event: LifecycleEvent) -> None:
        """Forget a reserved event that was never entered."""
        ...

    def reserved(self) -> Sequence[ReservedAct]:
        """The events that are neither confirmed nor discarded."""
        ...

    def all(self) -> Sequence[LifecycleEvent]:
        """Every event that stands, oldest first."""
        ...


class FactRegister(Protocol):
    """Facts about persons; asked only after the first step of a decision passed."""

    def about(
        self, chosen: Candidate, caller: Caller, subject: Subject, at: datetime
    ) -> Mapping[Fact, str]:
        """The facts that hold at this instant, each with the id of its evidence."""
        ...


@quickly_made
@dataclass(frozen=True)
class Fetched:
    """A source's record, and what must still be done once the entry is durable (or nothing)."""

    record: SourceRecord
    effect: Callable[[], None] | None = None


class SetAside(Protocol):
    """One of a yearly number, set aside until the answer leaves or does not."""

    @property
    def slot(self) -> int | None:
        """Which one of the year it is, counted from 1; `None` where nothing is counted."""
        ...

    def spend(self, position: int) -> None:
        """It was had, by the entry at this position."""
        ...

    def give_back(self) -> None:
        """It was not had."""
        ...


class QuestionRegister(Protocol):
    """Citizens' questions to the contact centre."""

    def next_key(self) -> int:
        """The number of the next question."""
        ...

    def keep(self, question: CitizenQuestion) -> None:
        """Keep a question as it now stands, durably."""
        ...

    def find(self, label: str) -> CitizenQuestion | None:
        """The question that a label (`V-1`) names."""
        ...

    def attempt(self, label: str) -> CitizenQuestion | None:
        """Count one identification against the question; `None` where it is closed already.

        Counted before anything is compared, so that many at once are no more guesses than one by one.
        """
        ...


class Usage(Protocol):
    """What was had of the numbers that protocols set for a calendar year."""

    def used(self, party: str, flow: str, year: int) -> int:
        """How many were had or are set aside."""
        ...

    def take(self, chosen: Candidate, at: datetime) -> SetAside:
        """Set one aside, if the permit counts at all.

        Raises:
            RefusedFault: `quota-spent`; others may have taken the last one in the meantime.
        """
        ...


class Sources(Protocol):
    """The authentic sources, the repertory for registrations, and the platform's own views."""

    async def fetch(self, permit: Permit, request: Request) -> Fetched:
        """Ask the source.

        Raises:
            SourceFault: silent, garbled or busy.
            RefusedFault: no data, or a number that the source knows as unknown or cancelled.
        """
        ...


class DecisionLog(Protocol):
    """The append-only log. An entry has a place once it is durable, and not before."""

    def append(self, entry: Entry) -> Awaitable[int]:
        """Append one entry; its position, counted from 1.

        Raises:
            LogUnavailable: it could not be made durable.
        """
        ...

    def append_all(self, entries: Sequence[Entry]) -> Sequence[int]:
        """The same for several at once, blocking the calling thread; all or none."""
        ...


class OrderedDecisionLog(DecisionLog, Protocol):
    """The same for those who bring many entries that nobody waits for."""

    def append_soon(self, entry: Entry) -> None:
        """Append one: before the next that somebody waits for, or a moment later."""
        ...

    def require(self) -> None:
        """Let those pass who will bring an entry only once something has left.

        Raises:
            LogUnavailable: it could not be made durable now.
        """
        ...


class LogRecords(Protocol):
    """The log as a checker reads it."""

    def head(self) -> Head:
        """Size and root as last written."""
        ...

    def entries(self, first: int, last: int) -> Iterator[StoredEntry]:
        """The stored entries from one position to another, both included."""
        ...

    def pages(self, first: int, last: int) -> Iterator[StoredPage]:
        """The same, many together."""
        ...

    def leaves(self, first: int, last: int) -> Sequence[bytes]:
        """Their public part: all that anybody may see."""
        ...

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile of the tree.

        Raises:
            LookupError: they are not there.
        """
        ...


class MessageCodec(Protocol):
    """One wire's words for requests, answers and refusals."""

    @property
    def channel(self) -> str:
        """`rest` or `soap`."""
        ...

    def is_open(self, message: Message) -> bool:
        """Whether it asks for a service that is open to anybody; told before anything else is read."""
        ...

    def read(self, message: Message) -> Request:
        """Read a message.

        Raises:
            RefusedFault: `message-invalid`, `too-large` or `service-unknown`.
        """
        ...

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """Render what may leave."""
        ...

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """Render a refusal or fault, at the level where this wire shows it."""
        ...
