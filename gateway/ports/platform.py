"""What the platform's own services need from outside: the log as a register, a meter, how sources are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gateway.contracts.reasons import Reason
from gateway.domain.disclosure import Traced
from gateway.ports import Sources


class Disclosures(Protocol):
    """What stands in the log of what senders were told of persons."""

    def about(self, number: str, sender: str) -> Sequence[Traced]:
        """The disclosures about a person to the credential `sender`, oldest first; blocks.

        It finds nothing by a person whose private rows were erased.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceState:
    """Who stands behind a flow, and what a question to them would meet now (`None` if an answer)."""

    party: str
    trouble: Reason | None = None


class AuthenticSources(Sources, Protocol):
    """Sources that also say how they are."""

    async def state(self, flow: str) -> SourceState | None:
        """How the source behind a flow is now; nothing is looked up. `None` where none is asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a meter shows: counts since `start`, the last instants, how long an answer took on average."""

    start: datetime
    questions: int
    answers: int
    faults: int
    last_question: datetime | None
    last_answer: datetime | None
    last_fault: datetime | None
    average: timedelta


class Meter(Protocol):
    """Counts the questions that pass."""

    def reading(self) -> Reading:
        """The meter as it stands."""
        ...
