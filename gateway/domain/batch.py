"""An accepted upload and what became of it for each consumer, as the ledger knows them."""

from dataclasses import dataclass
from datetime import date, datetime

from gateway.domain.parcel_state import ParcelState
from gateway.domain.receipt import ShareStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One consumer's part of a batch as the ledger knows it.

    `sequence` counts per consumer and flow, `previous` is the digest of the one before; both are
    `None` where the consumer got nothing. `expires_at` is `None` where the protocol sets no term.
    `position` is the log's, `None` until entered.
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
    state: ParcelState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One accepted upload as the ledger knows it. `log_size` is how large the log was before it.

    `closed` once its files are released and its receipt is handed back.
    """

    key: int
    flow: str
    day: date
    number: int
    name: str
    sha256: str
    received_at: datetime
    log_size: int
    position: int | None = None
    closed: bool = False

    @property
    def label(self) -> str:
        """`B-1`."""
        return f"B-{self.key}"
