"""What a decision weighed and what it said, as entries keep it: all but the person.

So a decision can be taken again from its leaf alone (`replay`), and what comes out is put in the very
words that the entry holds.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.decision import first_missing
from gateway.domain.decision_terms import Ask, Candidate
from gateway.domain.protocol_document import Fact
from gateway.domain.services import PLATFORM

Words = dict[str, Any]
PERMIT, REFUSAL = "permit", "refusal"
OF_THE_MACHINE = frozenset(
    {
        Reason.INTERNAL,
        Reason.LOG_UNAVAILABLE,
        Reason.SOURCE_SILENT,
        Reason.SOURCE_GARBLED,
        Reason.SOURCE_BUSY,
    }
)
"""What ends a line without the law having spoken."""


def weighed(ask: Ask) -> Words:
    """What else a decision looked at beside who asked for what."""
    return {
        "authentication": ask.authentication.value if ask.authentication else None,
        "training": sorted(ask.training),
        "stated": sorted(ask.stated),
        "used": ask.used,
        "duties-separated": ask.duties_separated,
        "problems": [
            {"reason": ground.reason.value, "article": ground.article} for ground in ask.problems
        ],
    }


def day_told(ask: Ask, bundle: Bundle, at: datetime) -> Words:
    """Whether the day that a question is about came in time for its flow; the day itself is the person's."""
    if ask.day is None:
        return {}
    openings = [d.flows[ask.flow].rhythm.open_from for d in bundle.opening(ask.flow, at)]
    return {"day-in-time": all(opening is None or ask.day >= opening for opening in openings)}


def looked_up(chosen: Candidate, facts: Mapping[Fact, str] | None) -> Words:
    """The required facts that hold, up to the first that does not: that one is `lacking`.

    Those after it stay out: the decision did not look at them, and an entry tells no more of a person
    than the decision did.
    """
    if facts is None:
        return {"facts": {}}
    missing = first_missing(chosen, facts)
    before = chosen.requires[: chosen.requires.index(missing)] if missing else chosen.requires
    words: Words = {"facts": {str(required.fact): facts[required.fact] for required in before}}
    if missing is not None:
        words["lacking"] = missing.fact.value
    return words


def decided(refusal: Refusal | None, *, is_permitted: bool) -> str | None:
    """What the law said, whatever became of the answer; `None` where it did not get to speak."""
    if is_permitted:
        return PERMIT
    return REFUSAL if refusal and refusal.reason not in OF_THE_MACHINE else None


def told(chosen: Candidate | None, refusal: Refusal | None) -> Words:
    """The outcome of a question."""
    words: Words = {
        "outcome": REFUSAL if refusal else PERMIT,
        "protocol": cited(chosen, refusal),
        **grounds_told(refusal.grounds if refusal else ()),
    }
    if chosen is None:
        return words
    words |= permit_told(chosen) | {"withheld": [one.name for one in chosen.withheld]}
    return words if refusal is None else words | {"fields": [], **grounds_told(refusal.grounds)}


def file_told(outcome: Candidate | Refusal) -> Words:
    """The outcome of one consumer's share of a batch."""
    if isinstance(outcome, Refusal):
        grounds = grounds_told(outcome.grounds)
        return {"outcome": REFUSAL, "protocol": outcome.protocol, **grounds}
    words = {"outcome": PERMIT, "protocol": outcome.protocol, **grounds_told(())}
    return words | permit_told(outcome) | {"withheld": [one.name for one in outcome.withheld]}


def cited(chosen: Candidate | None, refusal: Refusal | None) -> str:
    """The protocol that answers cite, or `platform`."""
    if chosen is not None:
        return chosen.protocol
    return (refusal.protocol if refusal else None) or PLATFORM


def grounds_told(grounds: tuple[Ground, ...]) -> Words:
    """Reasons and articles of a refusal."""
    return {
        "reasons": [ground.reason.value for ground in grounds],
        "articles": [ground.cited for ground in grounds if ground.cited is not None],
    }


def permit_told(chosen: Candidate) -> Words:
    """What was found under which document."""
    return {
        "doc": chosen.document_digest,
        "purpose": chosen.purpose,
        "fields": list(chosen.fields),
        "articles": list(chosen.articles),
        "obl": {one.kind.value: one.value for one in chosen.obligations},
    }
