"""What the file flows need from outside."""

from array import array
from collections.abc import Container, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from gateway.contracts.drop import CompletedUpload
from gateway.domain.batch import Batch, BatchKey, BatchKind, Delivery, Missed
from gateway.domain.file_state import FileState
from gateway.domain.mutation import BatchReading
from gateway.domain.receipt import UploadStatus
from gateway.domain.request import Caller
from gateway.domain.upload import Upload


class Subscribers(Protocol):
    """Who gets files of a flow: the units with a folder for it."""

    def of(self, flow: str) -> Sequence[Caller]:
        """Every unit with a folder for this flow, entitled or not, in a fixed order."""
        ...


class Publishers(Protocol):
    """Who uploads: the units with a folder to upload into."""

    def caller(self, user: str) -> Caller:
        """The unit behind a drop account."""
        ...


class Repertory(Protocol):
    """Who is registered for whom (the reference repertory)."""

    def registered(self, uri: str, hoedanigheid: str, day: date) -> "array[int]":
        """All numbers that this sender has registered on this day, each once, ascending."""
        ...


class Members(Protocol):
    """Who is a member of which care fund (002 art. 4)."""

    def of(self, fund: str, day: date) -> Container[int]:
        """The members of a fund on a day, as integers."""
        ...


class Folders(Protocol):
    """Whose directory on the drop server a unit uses; several units may use the same."""

    def of(self, unit: str) -> str:
        """The directory's owner."""
        ...


class BatchReader(Protocol):
    """Reads an uploaded mutation file, record by record, without holding it in memory."""

    def read(self, upload: CompletedUpload, at: datetime) -> BatchReading:
        """Validate every record; a hopeless file has `hopeless` set instead."""
        ...


class HandledUploads(Protocol):
    """Uploads that were handled, kept as they came."""

    def numbers(self, batch: Batch) -> "array[int]":
        """The accepted numbers of an upload, each once, ascending.

        Raises:
            UploadLost: the file is not there any more, or not the one that was accepted.
        """
        ...


class UploadLost(Exception):
    """An accepted upload is not where it was put."""


class Arrears(Protocol):
    """What is still owed to consumers, or no longer theirs."""

    def missed(self) -> Sequence[Missed]:
        """What each consumer missed of each flow and was not caught up with."""
        ...

    def open_catch_up(self, missed: Missed, at: datetime, size: int) -> Batch:
        """Note that these are caught up with now; `size` is the log's."""
        ...

    def caught_up_by(self, batch: Batch) -> Missed:
        """What a catch-up is for."""
        ...

    def given(self, consumer: str) -> Sequence[Delivery]:
        """Every file that was entered for a folder, oldest first, gone ones too."""
        ...

    def acknowledged(self) -> Container[tuple[str, str]]:
        """Consumers and the files of theirs whose acknowledgement was noted and still stands."""
        ...

    def holders(self) -> Sequence[tuple[str, str]]:
        """Whose folders ever had a file, and of which flow."""
        ...

    def standing(self, consumer: str, flow: str, /) -> Sequence[str]:
        """The names of the files that a consumer can see or will see."""
        ...


class Intake(Protocol):
    """Uploads that came in, until they are handed back. Every method may be repeated without effect."""

    def begin(self, upload: CompletedUpload, at: datetime, size: int, /) -> Upload:
        """Note that it came in; `size` is the log's. While one is in hand under this name: that one."""
        ...

    def judge(
        self, upload: Upload, sha256: str, outcome: UploadStatus, *, usable: bool, at: datetime
    ) -> None:
        """Note what it is, and what is to become of it; `usable` where it could be read."""
        ...

    def close(
        self, upload: Upload, position: int | None, batch: int | None, at: datetime, /
    ) -> None:
        """Note that it is out of the way, the position of its entry, and its batch if it has one."""
        ...

    def in_hand(self) -> Sequence[Upload]:
        """What is not out of the way yet, oldest first."""
        ...


class Ledger(Protocol):
    """What became of batches and files. Every method may be repeated without effect."""

    def find(self, flow: str, day: date, number: int) -> Batch | None:
        """The upload of this day and number."""
        ...

    def find_own(self, key: BatchKey) -> Batch | None:
        """The last batch of this kind that this user had for this day."""
        ...

    def open_for(self, key: BatchKey, name: str, at: datetime, size: int, /) -> Batch:
        """Note a new reason for files; `size` is the log's."""
        ...

    def unfinished(self, kind: BatchKind) -> Sequence[Batch]:
        """Batches of a kind that are not closed, oldest first."""
        ...

    def delivered_once(self, flow: str, first: date, last: date) -> frozenset[str]:
        """Numbers in entered files about these days, of those that may stand in one a year only."""
        ...

    def last_number(self, flow: str, day: date) -> int:
        """The highest number accepted for this day, or 0."""
        ...

    def open(self, upload: Upload, reading: BatchReading, size: int, /) -> Batch:
        """Note an accepted upload; `size` is the log's."""
        ...

    def begun(self) -> Sequence[Batch]:
        """Batches with files that were staged or entered, and that are not closed; oldest first."""
        ...

    def forget(self, batch: Batch) -> None:
        """Take back what was staged and never entered: its numbers are free again."""
        ...

    def next_sequence(self, consumer: str, flow: str) -> tuple[int, str | None]:
        """The sequence number of the consumer's next file, and the digest of its last."""
        ...

    def stage(self, batch: Batch, deliveries: Sequence[Delivery], at: datetime) -> None:
        """Note what was staged, in place of what was noted for this batch before."""
        ...

    def enter(self, batch: Batch, positions: Sequence[int], at: datetime) -> None:
        """Note the log positions: the batch's own first, then its deliveries' in order.

        A file with a term has its expiry on the agenda from then on.
        """
        ...

    def deliveries(self, batch: Batch) -> Sequence[Delivery]:
        """The parts of a batch, in the order of the subscribers."""
        ...

    def move(self, consumer: str, name: str, state: FileState, at: datetime) -> bool:
        """Note a move in a file's life; whether it was one (unknown files and repeats are not)."""
        ...

    def state_of(self, consumer: str, name: str) -> FileState | None:
        """Where a consumer's file is in its life; `None` for an unknown file."""
        ...

    def close(self, batch: Batch) -> None:
        """Note that nothing is left to do."""
        ...


class Notary(Protocol):
    """Signs what consumers keep as evidence."""

    def sign(self, payload: Mapping[str, Any]) -> str:
        """A compact JWS over the payload."""
        ...
