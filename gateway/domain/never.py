"""Whether something about a person ever went to somebody: yes, no, or nobody can tell any more."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.domain.journal import Leaf


class Verdict(StrEnum):
    """The answer to "was it never disclosed?"."""

    NEVER = "never"
    SEEN = "seen"
    UNKNOWN = "unknown"


class Doubt(StrEnum):
    """Why nobody can tell of an entry."""

    ERASED = "erased"
    NOT_DELIVERED = "not-delivered"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry that let something go to the one who is asked about.

    `is_about` is `None` where whom it was about was erased; `is_lost` where the answer could not be handed over.
    """

    position: int
    leaf: Leaf
    is_about: bool | None
    is_lost: bool = False

    @property
    def doubt(self) -> Doubt | None:
        """Why it proves nothing either way, if so."""
        if self.is_about is None:
            return Doubt.ERASED
        return Doubt.NOT_DELIVERED if self.is_about and self.is_lost else None


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: disclosures, and entries of which nobody can tell."""

    seen: Sequence[Told]
    unknown: Sequence[Told]

    @property
    def verdict(self) -> Verdict:
        """`never` only where every entry could be looked at; one disclosure is enough for `seen`."""
        if self.seen:
            return Verdict.SEEN
        return Verdict.UNKNOWN if self.unknown else Verdict.NEVER

    def as_json(self) -> dict[str, Any]:
        """As the control API tells it."""
        return {
            "verdict": self.verdict.value,
            "seen": [_row(one) for one in self.seen],
            "unknown": [
                _row(one) | {"cause": one.doubt.value} for one in self.unknown if one.doubt
            ],
        }


def finding(told: Iterable[Told]) -> Finding:
    """The verdict over all that went to somebody."""
    rows = list(told)
    unknown = [one for one in rows if one.doubt is not None]
    return Finding([one for one in rows if one.is_about and not one.is_lost], unknown)


def _row(one: Told) -> dict[str, Any]:
    """An entry, by its public words."""
    leaf = one.leaf
    return {
        "decision": f"D-{one.position}",
        "at": leaf["at"],
        "kind": leaf["e"],
        "credential": leaf["credential"],
        "flow": leaf["flow"],
        "fields": list(leaf["fields"]),
        "protocol": leaf["protocol"],
        "file": leaf.get("file"),
    }
