"""A batch that a provider owes for a day, and whether it came."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

DEADLINE_JOB = "batch.deadline"
"""The kind of the job that looks whether a batch came in time."""


class Arrival(StrEnum):
    """How it stands with a batch that is owed."""

    EXPECTED = "expected"
    IN_TIME = "in time"
    LATE = "late"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedBatch:
    """`is_over` once the deadline was looked at; `batch` and `received_at` once there is one for the day."""

    flow: str
    party: str
    day: date
    due_at: datetime
    is_over: bool
    batch: str | None = None
    received_at: datetime | None = None

    @property
    def arrival(self) -> Arrival:
        """By the clock of the space."""
        if self.received_at is None:
            return Arrival.MISSING if self.is_over else Arrival.EXPECTED
        return Arrival.IN_TIME if self.received_at <= self.due_at else Arrival.LATE
