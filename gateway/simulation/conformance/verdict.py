"""What a kit found: for each case what was looked at, what came, and the messages that were exchanged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How a case ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class NotApplicable(Exception):
    """The case says nothing about this client; the text says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `found` tells what came; a remark is no reason to fail."""

    expected: str
    holds: bool
    found: str = ""
    is_remark: bool = False

    @property
    def is_wrong(self) -> bool:
        """Whether the case fails over this."""
        return not self.holds and not self.is_remark


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A question that the client put over HTTP and what it was answered; never with its credential."""

    method: str
    path: str
    status: int
    asked: str
    answered: str
    decision: str | None
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that a client must get right. `article` is what it rests on, `rule` says it in our words.

    `play` sets the stage, has the client work, and notes what it finds.
    """

    key: str
    title: str
    article: str
    rule: str
    play: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class Kit:
    """What a kind of client is judged by. `unit` is the credential that it gets."""

    key: str
    title: str
    unit: str
    cases: Sequence[Case]


@dataclass(slots=True)
class Verdict:
    """A case and how it ended. `cause` says why it was skipped, or why it could not be played to its end."""

    case: Case
    findings: Sequence[Finding] = ()
    messages: Sequence[Message] = ()
    events: Sequence[str] = ()
    cause: str = ""
    is_skipped: bool = False

    @property
    def outcome(self) -> Outcome:
        """Failed over one wrong finding; a case that looked at nothing has failed."""
        if self.is_skipped:
            return Outcome.SKIPPED
        is_wrong = any(one.is_wrong for one in self.findings)
        is_bad = is_wrong or bool(self.cause) or not self.findings
        return Outcome.FAILED if is_bad else Outcome.PASSED

    @property
    def wrong(self) -> Sequence[Finding]:
        """What the case failed over."""
        return [one for one in self.findings if one.is_wrong]


@dataclass(slots=True)
class Report:
    """All verdicts of a kit over a client."""

    kit: str
    title: str
    sut: str
    version: str
    clock: str
    seed: int
    verdicts: list[Verdict] = field(default_factory=list)

    def count(self, outcome: Outcome) -> int:
        """How many cases ended so."""
        return sum(one.outcome is outcome for one in self.verdicts)

    @property
    def passes(self) -> bool:
        """Whether no case failed and at least one was played."""
        return not self.count(Outcome.FAILED) and self.count(Outcome.PASSED) > 0
