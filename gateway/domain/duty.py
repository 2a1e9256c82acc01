"""A duty: what one party owes others under an article, and how it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.lifecycle import LifecycleEvent


class DutyKind(StrEnum):
    """The workflows that the texts demand."""

    ADVICE = "advice"
    SIGNATURE = "signature"
    JOINT_END = "joint-end"
    PUBLICATION = "publication"
    INFORMATION = "information"
    REGISTER = "processor-register"
    PROCESSOR = "processor"
    ASSESSMENT = "impact-assessment"
    MEASURE = "measure"
    REVIEW = "yearly-review"
    EVIDENCE = "evidence"
    QUALITY = "quality-answer"
    LEAK_NOTICE = "leak-notice"
    CONSULTATION = "joint-consultation"
    ONWARD_NOTICE = "onward-notice"
    ONWARD_CONSENT = "onward-consent"
    LAW_NOTICE = "law-change-notice"
    LAW_REVIEW = "law-review"


class DutyState(StrEnum):
    """How a duty stands. Only what has a term can be `due`, `overdue` or `breach`."""

    OPEN = "open"
    DUE = "due"
    DONE = "done"
    OVERDUE = "overdue"
    BREACH = "breach"
    MISSING = "missing"
    ATTESTED = "attested"
    NOT_ATTESTED = "not-attested"
    ENFORCED = "enforced"
    ON_REQUEST = "on-request"
    UNDATED = "undated"


STILL_TO_DO = frozenset({DutyState.OPEN, DutyState.DUE, DutyState.OVERDUE, DutyState.MISSING, DutyState.NOT_ATTESTED})  # fmt: skip
"""The states in which somebody still has to act."""
TOO_LATE = frozenset({DutyState.OVERDUE, DutyState.BREACH})
"""The states of a term that passed before the duty was done."""
TERM_JOB = "workflow."
"""How the kind of the job begins that runs when a duty's term is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One duty. `started_by` is an act (`G-1`) or `protocol`; `key` names it within its protocol.

    `due` is `None` where the text sets no term in figures. `name` is the measure, third party or
    processor it is about; `place` where it is enforced or published. `settled` is the act that did
    or attested it, `known_at` when the platform learned that the duty began.
    """

    key: str
    kind: DutyKind
    owes: str
    to: tuple[str, ...]
    article: str
    state: DutyState
    started_by: str = "protocol"
    since: datetime | None = None
    known_at: datetime | None = None
    due: datetime | None = None
    name: str | None = None
    place: str | None = None
    flow: str | None = None
    settled: LifecycleEvent | None = None

    @property
    def is_to_do(self) -> bool:
        """Whether somebody still has to act."""
        return self.state in STILL_TO_DO


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A duty's term as it is put on the agenda: one for each duty and instant."""

    protocol: str
    duty: str
    kind: DutyKind
    party: str
    flow: str | None
    due_at: datetime

    @property
    def job(self) -> str:
        """The kind of its job: `workflow.quality-answer`."""
        return f"{TERM_JOB}{self.kind.value}"

    @property
    def key(self) -> str:
        """`002/quality-answer/G-1`: unique with the instant."""
        return f"{self.protocol}/{self.duty}"
