"""A set of files that go out together, and what became of it for each consumer, as the ledger knows them."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.domain.file_state import FileState
from gateway.domain.receipt import ShareStatus


class BatchKind(StrEnum):
    """What made files go out."""

    UPLOAD = "aanlevering"
    REQUEST = "aanvraag"
    ONWARD = "doorgifte"
    CATCH_UP = "inhaal"


@dataclass(frozen=True, slots=True)
class BatchKey:
    """What tells batches that are no uploads apart: of which kind, of which flow, about a day, for whom."""

    kind: BatchKind
    flow: str
    day: date
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One consumer's part of a batch as the ledger knows it.

    `sequence` counts per consumer and flow, `previous` is the digest of the one before; both are
    `None` where the consumer got nothing. `expires_at` is `None` where the protocol sets no term.
    `position` is the log's, `None` until entered. `consumer` is whose folder it is; `once` are the
    numbers that may stand in one file a calendar year, noted when it is staged.
    """

    consumer: str
    flow: str
    status: ShareStatus
    article: str | None = None
    sequence: int | None = None
    name: str | None = None
    previous: str | None = None
    sha256: str | None = None
    persons: int | None = None
    protocol: str | None = None
    flow_article: str | None = None
    expires_at: datetime | None = None
    position: int | None = None
    state: FileState | None = None
    once: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """What a consumer did not get while a flow was suspended for it: the uploads, oldest first."""

    consumer: str
    flow: str
    batches: "tuple[Batch, ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An accepted upload, or another reason for files, as the ledger knows it.

    `user` is the account that uploaded, the unit that asked, or the folder that is caught up; `name`
    the upload's file name, or what was asked for. `log_size` is how large the log was before it.
    `closed` once its files are released and its receipt is handed back.
    """

    key: int
    flow: str
    day: date
    number: int
    user: str
    name: str
    sha256: str
    received_at: datetime
    log_size: int
    position: int | None = None
    closed: bool = False
    kind: BatchKind = BatchKind.UPLOAD

    @property
    def label(self) -> str:
        """`B-1`."""
        return f"B-{self.key}"
