"""Who saw my data: what a citizen is told of the entries about them (`testers.md` 3.e, `magda.md` 5.4).

Told are agency, unit, source, fields, purpose and clause; never a value, a clerk, a case, a reference
or anybody else in the same entry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gateway.domain.bundle import Bundle
from gateway.domain.legal_day import legal_day
from gateway.domain.log_entry import UNKNOWN, EventKind
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.services import PLATFORM_FIELDS
from gateway.domain.visibility import is_visible

Leaf = Mapping[str, Any]
INTEGRATOR = "magda"
"""Who looks at a source so that less need leave."""


class Sort(StrEnum):
    """How somebody saw it, or tried to."""

    CONSULTED = "bevraging"
    BY_THE_GATEWAY = "bronbevraging"
    FILED = "bestand"
    FILED_AGAIN = "herlevering"


class Outcome(StrEnum):
    """What became of it (contract section 11)."""

    GIVEN = "verstrekt"
    REFUSED = "geweigerd"
    LOST = "niet afgeleverd"


_SORTS = {
    EventKind.DECISION.value: Sort.CONSULTED,
    EventKind.SOURCE_CONSULTED.value: Sort.BY_THE_GATEWAY,
    EventKind.FILE_DELIVERED.value: Sort.FILED,
    EventKind.FILE_REDELIVERED.value: Sort.FILED_AGAIN,
}


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry about a person. `repeats` is the entry of the file that was handed out once more."""

    position: int
    leaf: Leaf
    is_lost: bool = False
    repeats: Leaf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One time that somebody saw something of a person, or was refused it."""

    position: int
    at: datetime
    sort: Sort
    outcome: Outcome
    consumer: str
    party: str | None
    source: str | None
    fields: tuple[str, ...]
    purpose: str | None
    protocol: str
    articles: tuple[str, ...]
    reasons: tuple[str, ...]
    flow: str | None

    @property
    def decision(self) -> str:
        """`D-18`."""
        return f"D-{self.position}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of them are asked for: days, both included, an agency or unit, older than a position."""

    since: date | None = None
    until: date | None = None
    consumer: str | None = None
    before: int | None = None

    def holds(self, one: Sighting) -> bool:
        """Whether this is one of them."""
        day = legal_day(one.at)
        return (
            (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
            and self.consumer in (None, one.consumer, one.party)
            and (self.before is None or one.position < self.before)
        )


def sightings(found: Iterable[Logged], bundle: Bundle, now: datetime) -> Sequence[Sighting]:
    """What may be told at an instant of the entries about a person, newest first."""
    documents = {document.ref: document for document in bundle.documents}
    shown = [one for one in found if is_sighting(one.leaf) and is_shown(one, now)]
    told = [_sighting(one, bundle, documents) for one in shown]
    return sorted(told, key=lambda one: one.position, reverse=True)


def is_shown(one: Logged, now: datetime) -> bool:
    """Whether it may be told by now; a file that is handed out again counts from then."""
    disclosure = (one.repeats or one.leaf).get("disclosure", "open")
    return is_visible({**one.leaf, "disclosure": disclosure}, now)


def is_sighting(leaf: Leaf) -> bool:
    """Whether an entry tells that something of a person was seen, or that somebody was refused it.

    What the platform does for a unit (registering, telling it what it was told itself), and steps that
    give nothing, show nobody anything.
    """
    if leaf["e"] != EventKind.DECISION.value:
        return leaf["e"] in _SORTS
    return leaf["flow"] not in PLATFORM_FIELDS and (_is_refused(leaf) or bool(leaf["fields"]))


def _is_refused(leaf: Leaf) -> bool:
    """Also who could not be identified saw nothing, though the question itself was answered."""
    return leaf.get("outcome") == "refusal" or leaf.get("identified") is False


def _sighting(one: Logged, bundle: Bundle, documents: Mapping[str, ProtocolDocument]) -> Sighting:
    leaf = one.leaf
    about = leaf if one.repeats is None else one.repeats
    outcome = _outcome(one)
    seen = about.get("fields", about.get("kept", ()))
    return Sighting(
        position=one.position,
        at=datetime.fromisoformat(leaf["at"]),
        sort=_SORTS[leaf["e"]],
        outcome=outcome,
        consumer=_consumer(leaf),
        party=leaf.get("party"),
        source=_source(about, bundle, documents.get(about["protocol"])),
        fields=tuple(seen) if outcome is Outcome.GIVEN else (),
        purpose=_purpose(about),
        protocol=leaf["protocol"],
        articles=tuple(about["articles"]),
        reasons=tuple(leaf.get("reasons", ())),
        flow=about.get("flow"),
    )


def _outcome(one: Logged) -> Outcome:
    if _is_refused(one.leaf):
        return Outcome.REFUSED
    return Outcome.LOST if one.is_lost else Outcome.GIVEN


def _consumer(leaf: Leaf) -> str:
    if leaf["e"] == EventKind.SOURCE_CONSULTED.value:
        return INTEGRATOR
    return leaf["credential"] or UNKNOWN


def _purpose(leaf: Leaf) -> str | None:
    stated: str | None = leaf.get("purpose") or leaf.get("stated-purpose")
    return None if stated == UNKNOWN else stated


def _source(leaf: Leaf, bundle: Bundle, document: ProtocolDocument | None) -> str | None:
    """Whose data it is: as the entry's own version says, else as any that has the flow."""
    flow: str = leaf.get("flow") or ""
    known = (document,) if document is not None else bundle.by_flow.get(flow, ())
    return next((one.flows[flow].source for one in known if flow in one.flows), None)
