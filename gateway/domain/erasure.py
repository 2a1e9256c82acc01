"""When what is private behind log entries goes: on its term, or by decision where no law demands that it stays."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.decision_terms import DECREE
from gateway.domain.legal_day import period_later
from gateway.domain.protocol_document import ProtocolDocument

KEPT_BY_LAW = "AVG art. 17, lid 3, b)"
PERIOD = r"^P[1-9][0-9]{0,3}[DWMY]$"
"""Days, weeks, months or years (ISO 8601)."""
BINDING = frozenset({"6.1.c", "6.1.e"})
"""Grounds of article 6 of the GDPR under which nobody may ask for erasure: a legal duty, a public task."""


class ErasureGround(StrEnum):
    """Why somebody asks for erasure. Who was wrong to disclose, or must obey a judge, cannot refuse."""

    REQUEST = "request"
    UNLAWFUL = "unlawful"
    ORDER = "order"
    TERM = "term"


ARTICLES: Mapping[ErasureGround, str] = {
    ErasureGround.REQUEST: "AVG art. 17, lid 1, a)",
    ErasureGround.UNLAWFUL: "AVG art. 17, lid 1, d)",
    ErasureGround.ORDER: "AVG art. 17, lid 1, e)",
    ErasureGround.TERM: "AVG art. 5, lid 1, e)",
}
DECIDED = frozenset({ErasureGround.UNLAWFUL, ErasureGround.ORDER})
"""Grounds that rest on a decision of somebody, which must be shown."""


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A private row: its entry, when it was made, and under which protocol for which purpose, if any."""

    position: int
    at: datetime
    protocol: str | None = None
    flow: str | None = None
    purpose: str | None = None

    @classmethod
    def of_leaf(cls, position: int, leaf: Mapping[str, Any]) -> "HeldRow":
        """The row behind an entry."""
        at = datetime.fromisoformat(leaf["at"])
        return cls(position, at, *(leaf.get(name) for name in ("protocol", "flow", "purpose")))


@dataclass(frozen=True, slots=True)
class LogTerms:
    """How long private rows stay: `each` (ISO 8601), or what a protocol is given of its own.

    Where nothing is set for a protocol, no row goes before the receiver's own term is over.
    """

    each: str = "P10Y"
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def shortest(self) -> str:
        """The term before which nothing at all can be over."""
        return min((self.each, *self.own.values()), key=_length)

    def of(self, protocol: str | None, receivers: str | None) -> str:
        """The term of a row under a protocol whose receiver may keep the data so long."""
        own = self.own.get((protocol or "").partition("@")[0])
        return own or max(self.each, receivers or "P0D", key=_length)


@dataclass(frozen=True, slots=True)
class Erasure:
    """What comes of a question: the rows that go, or the articles that keep them where they are."""

    rows: Sequence[int]
    kept: int
    articles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Retained:
    """The law that rows are weighed by: documents by reference, and the terms of the log."""

    documents: Mapping[str, ProtocolDocument]
    terms: LogTerms

    def is_over(self, row: HeldRow, at: datetime) -> bool:
        """Whether a row's term is over at an instant."""
        document = self.documents.get(row.protocol or "")
        flow = document.flows.get(row.flow or "") if document else None
        receivers = flow.retention.period if flow else None
        return period_later(row.at, self.terms.of(row.protocol, receivers)) <= at

    def why_kept(self, row: HeldRow) -> Sequence[str]:
        """The articles that keep a row against the wish of whom it is about; none where it may go."""
        document = self.documents.get(row.protocol or "")
        if document is None:
            return (DECREE,)
        purpose = document.purposes.get(row.purpose or "")
        if purpose is not None and purpose.ground not in BINDING:
            return ()
        cited = purpose.article if purpose else next(iter(document.flows.values())).article
        return DECREE, f"{document.id} {cited}"


def judge(ground: ErasureGround, rows: Iterable[HeldRow], law: Retained, at: datetime) -> Erasure:
    """What becomes of rows when somebody asks for their erasure on a ground.

    LAW: GDPR art. 17 - who asks is heard unless the law demands that the rows stay (lid 3, b); what was
    unlawful, or what a judge orders to be erased, goes whatever its term is.
    """
    held = list(rows)
    if ground in DECIDED:
        return Erasure([row.position for row in held], 0, (ARTICLES[ground],))
    over = [row for row in held if law.is_over(row, at)]
    if ground is ErasureGround.TERM:
        return Erasure([row.position for row in over], len(held) - len(over), (ARTICLES[ground],))
    bound = {row.position: law.why_kept(row) for row in held if row not in over}
    articles = sorted({article for cited in bound.values() for article in cited})
    if articles:
        return Erasure((), len(held), (KEPT_BY_LAW, *articles))
    return Erasure([row.position for row in held], 0, (ARTICLES[ground],))


def parse_terms(text: str) -> Mapping[str, str]:
    """Terms of their own: `003=P2Y,004=P12Y`.

    Raises:
        ValueError: it is not of this form.
    """
    return dict(_parse(part.strip()) for part in text.split(",") if part.strip())


def _parse(part: str) -> tuple[str, str]:
    key, _, period = part.partition("=")
    if not key or re.fullmatch(PERIOD, period) is None:
        raise ValueError(f"`{part}` is not of the form `003=P2Y`")
    return key, period


def _length(period: str) -> float:
    count, unit = int(period.strip("PTDWMYH")), period[-1]
    days = {"D": 1.0, "W": 7.0, "M": 30.44, "Y": 365.25, "H": 1 / 24}
    return count * (1 / 1_440 if period.startswith("PT") and unit == "M" else days[unit])
