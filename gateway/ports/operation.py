"""What operators are told, by role: who runs a gateway sees how it does, and never whom it is about."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.answered import Answered
from gateway.domain.log_entry import Draft, Entry


class Watch(Protocol):
    """Told of everything that happens; it counts and writes lines, and holds nobody up."""

    def entered(self, entries: Sequence[Entry], first: int, seconds: float) -> None:
        """Entries became durable, the first of them at this position, after so long."""
        ...

    def not_entered(self) -> None:
        """The log could not be written."""
        ...

    def exchanged(self, draft: Draft, decision: str | None, status: int, seconds: float) -> None:
        """A question went down a line and was answered, with or without an entry of its own."""
        ...

    def answered(self, one: Answered) -> None:
        """Any other request was answered."""
        ...


class Unwatched:
    """Implements `Watch` where nobody looks."""

    def entered(self, entries: Sequence[Entry], first: int, seconds: float) -> None:
        """Pass over it."""

    def not_entered(self) -> None:
        """Pass over it."""

    def exchanged(self, draft: Draft, decision: str | None, status: int, seconds: float) -> None:
        """Pass over it."""

    def answered(self, one: Answered) -> None:
        """Pass over it."""


Probe = Callable[[], str]
"""Looks whether a part works: what it found, in a few words.

Raises:
    NotReady: it does not, and why.
"""


class NotReady(Exception):
    """A part does not work; the text says why, and holds nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a space, whether it works, and what was found."""

    name: str
    works: bool
    reason: str
