"""What a protocol asks of its parties beside the data: reports, notices, evidence, publication, review."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

DPIA = "dpia"
"""What an act of evidence is about where it shows the impact assessment."""
INFORMATION = "information"
"""What an act of evidence is about where it shows that the persons concerned were told."""
BY_PEOPLE = "attest"
"""The place of a measure that no software can enforce."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a party's data-protection officer said of the draft; `on` is empty where the text is."""

    party: str
    on: date | None
    outcome: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """Something that one party owes others. `at` is where, for a publication."""

    party: str
    to: tuple[str, ...]
    article: str
    at: str | None = None
    on_request: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProcessor:
    """A processor that the text itself names."""

    name: str
    party: str
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyMeasure:
    """A safeguard of one party, the place where it is enforced, and how often it is reviewed."""

    key: str
    party: str
    place: str
    article: str
    review: str | None = None

    @property
    def is_by_people(self) -> bool:
        """Whether only people can see to it."""
        return self.place == BY_PEOPLE


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakClause:
    """Whom a leak must be told to, within what (`None`: without undue delay), and whose duty it is."""

    by: frozenset[str]
    within: str | None
    article: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflows:
    """The clauses of one document that ask something of people, groups spelled out as parties."""

    advice: tuple[Advice, ...] = ()
    publication: tuple[Owed, ...] = ()
    information: tuple[Owed, ...] = ()
    register: tuple[Owed, ...] = ()
    processors: tuple[NamedProcessor, ...] = ()
    evidence: tuple[Owed, ...] = ()
    law_changes: tuple[Owed, ...] = ()
    measures: tuple[PartyMeasure, ...] = ()
    leaks: tuple[LeakClause, ...] = ()
    assessment: Owed | None = None
    quality_within: str | None = None
    by_party: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def provable(self, party: str) -> frozenset[str]:
        """What this party can show by an act of evidence, by name."""
        return self.by_party.get(party, frozenset())


NO_WORKFLOWS = Workflows()
"""A document that asks nothing of people."""
