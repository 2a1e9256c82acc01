"""The words of a decision: what is asked, what a first yes holds, what it obliges to."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from gateway.contracts.faults import Ground
from gateway.contracts.quickly_made import quickly_made
from gateway.domain.lifecycle import State
from gateway.domain.protocol_document import (
    Authentication,
    Flow,
    ProtocolDocument,
    RequiredFact,
)
from gateway.domain.selection import Selection

DECREE = "decreet van 18 juli 2008, art. 8 §1"
"""What forbids disclosure without a protocol."""
IDENTIFYING = frozenset({"insz"})
"""Fields that only repeat the question: an answer of these alone would answer nothing."""


class ObligationKind(StrEnum):
    """What must be discharged before anything leaves."""

    FILTER = "filter"
    RETENTION = "retention"
    LOG = "log"
    CONDITIONAL = "conditional"
    DERIVE = "derive"
    ANONYMISE = "anonymise"
    NO_STORE = "no-store"
    QUOTA = "quota"
    SESSION_LIMIT = "session-limit"
    DROP_TERM = "drop-term"


@dataclass(frozen=True, slots=True)
class Obligation:
    """A duty that comes with the permit."""

    kind: ObligationKind
    article: str
    value: str = ""


class UndischargedObligation(Exception):
    """The permit carries a duty that nobody here knows how to fulfil; nothing may leave."""


def require_dischargeable(
    obligations: Iterable[Obligation], able: frozenset[ObligationKind]
) -> None:
    """Let obligations pass that the caller is able to discharge.

    Raises:
        UndischargedObligation: one of another kind.
    """
    for obligation in obligations:
        if obligation.kind not in able:
            raise UndischargedObligation(str(obligation.kind))


@dataclass(frozen=True, slots=True)
class Withheld:
    """A field that was asked and is not listed, and the article that leaves it out."""

    name: str
    article: str


@quickly_made
@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked, by whom and why; nothing in it is a fact about the person.

    `fields` are the names the service would give for this question; `stated` the options it names
    (`zorgkas`); `problems` what is wrong with its content, found before the law was asked and
    answered only after. Of the person behind the call: was one named, what were they trained in, and
    do they not also manage who has access. `used` counts what was had of a yearly quota, `day` is what
    the question is about where the law looks at that day too.
    """

    party: str
    unit: str
    flow: str
    fields: frozenset[str]
    purpose: str | None = None
    case: str | None = None
    authentication: Authentication | None = None
    has_enduser: bool = True
    training: frozenset[str] = frozenset()
    duties_separated: bool = True
    stated: frozenset[str] = frozenset()
    used: int = 0
    day: date | None = None
    problems: tuple[Ground, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The first step said yes: under this protocol, for this purpose, these fields, if `requires`.

    A candidate is found again for the same case and never changes, so what was once worked out from it
    is kept with it (`worked_out`) and goes with it.
    """

    protocol: str
    document_digest: str
    flow: str
    flow_article: str
    party: str
    unit: str
    purpose: str
    fields: tuple[str, ...]
    withheld: tuple[Withheld, ...]
    requires: tuple[RequiredFact, ...]
    articles: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    selection: Selection | None = None
    worked_out: dict[Hashable, Any] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )


@quickly_made
@dataclass(frozen=True)
class Case:
    """What every stage of the first step looks at."""

    document: ProtocolDocument
    flow: Flow
    ask: Ask
    state: State
    is_open: bool
    in_window: bool = True
