"""What a tester is told of an entry of the log: one row, without a word about a person.

The journal follows the log and adds nothing to it (ADR 0056).
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from gateway.domain.log_entry import UNKNOWN, EventKind

Leaf = Mapping[str, Any]
PASSED_OVER = frozenset({EventKind.CHECKPOINT_PUBLISHED.value})
"""Kinds that nobody asked for and that concern no file: a day that ended."""
_REFUSED = "-refused"


class Noted(NamedTuple):
    """One request or file event. All are words of public entries; `reason` is the first of several."""

    position: int
    at: str
    kind: str
    credential: str | None
    party: str | None
    unit: str | None
    channel: str | None
    service: str | None
    flow: str | None
    protocol: str | None
    outcome: str | None
    reason: str | None
    file: str | None

    @property
    def decision(self) -> str:
        """`D-18`."""
        return f"D-{self.position}"


class Words(Protocol):
    """The words of an entry that a row is made of."""

    e: str
    at: str
    credential: str | None
    user: str | None
    party: str | None
    unit: str | None
    channel: str | None
    listener: str | None
    service: str | None
    flow: str | None
    protocol: str | None
    outcome: str | None
    reasons: tuple[str, ...]
    file: str | None


def noted(position: int, words: Words) -> Noted | None:
    """The row of an entry, or `None` where the journal passes it over."""
    if words.e in PASSED_OVER:
        return None
    return Noted(
        position,
        words.at,
        words.e,
        words.credential or words.user,
        words.party,
        words.unit,
        words.channel or words.listener,
        words.service,
        words.flow or _flow_of(words.file),
        words.protocol,
        words.outcome or _outcome(words.e),
        words.reasons[0] if words.reasons else None,
        words.file,
    )


def _outcome(kind: str) -> str | None:
    """Some kinds say by their name that something was refused."""
    return "refusal" if kind.endswith(_REFUSED) else None


def _flow_of(file: str | None) -> str | None:
    """Files are named after their flow."""
    if file is None or file == UNKNOWN or "_" not in file:
        return None
    return file.partition("_")[0]
