"""An upload as the ledger knows it: from the close of its handle until it is handed back."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.file_state import FileState
from gateway.domain.receipt import UploadStatus


@dataclass(frozen=True, slots=True)
class Move:
    """A file came into a state at an instant of the space."""

    state: FileState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One arrival; the same bytes sent again are another.

    `log_size` is how large the log was before it. `outcome` and `batch` are known once it was judged,
    `position` is that of its entry; `closed` once it is out of the way and its receipt is there.
    """

    key: int
    user: str
    flow: str
    name: str
    channel: str
    received_at: datetime
    log_size: int
    sha256: str | None = None
    outcome: UploadStatus | None = None
    batch: int | None = None
    position: int | None = None
    closed: bool = False

    @property
    def label(self) -> str:
        """`U-1`."""
        return f"U-{self.key}"
