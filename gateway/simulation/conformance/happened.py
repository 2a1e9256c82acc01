"""What a client did, read from the log of its space: questions about persons, and events on the drop server."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.log_entry import EventKind
from gateway.simulation.conformance.verdict import Message
from gateway.simulation.space import Space

_REGISTER, _DEREGISTER = "RegistreerInschrijving-", "RegistreerUitschrijving-"
_OWN_FAULT = frozenset(
    {
        "credential-missing", "credential-invalid", "message-invalid", "too-large",
        "service-unknown", "sender-mismatch", "date-invalid", "insz-invalid", "not-a-test-number",
        "period-invalid", "date-in-future", "language-unknown", "no-group-asked", "too-many-subjects",
    }
)  # fmt: skip
_TOLD = ("channel", "flow", "file", "day", "number", "records", "bytes", "outcome", "reasons")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a person, as it was entered. `message` is how it looked, where it came over HTTP."""

    position: int
    service: str
    flow: str | None
    insz: str | None
    reference: str | None
    outcome: str
    reasons: Sequence[str]
    asked: Sequence[str]
    day: str | None
    message: Message | None

    @property
    def registers(self) -> bool:
        """Whether it says that somebody's file is handled; REST and SOAP do that in different versions."""
        return self.service.startswith(_REGISTER)

    @property
    def deregisters(self) -> bool:
        """Whether it says that this is over."""
        return self.service.startswith(_DEREGISTER)

    @property
    def is_own_fault(self) -> bool:
        """Whether it was refused for the message itself, or for who it said it was from."""
        return bool(_OWN_FAULT & set(self.reasons))

    def __str__(self) -> str:
        why = f" ({', '.join(self.reasons)})" if self.reasons else ""
        return f"D-{self.position} {self.service} {self.insz or '-'}: {self.outcome}{why}"


@dataclass(frozen=True, slots=True)
class Happened:
    """Everything that a unit did in a space."""

    space: Space
    unit: str
    messages: Sequence[Message]

    def questions(self, flow: str | None = None, since: int = 0) -> Sequence[Question]:
        """What it asked about persons, in order; of one flow, or after a position."""
        by_decision = {one.decision: one for one in self.messages if one.decision}
        found = [
            _question(position, leaf, words, by_decision.get(f"D-{position}"))
            for position, leaf, words in self._entries({EventKind.DECISION})
            if leaf.get("service") and position > since
        ]
        return [one for one in found if flow is None or one.flow == flow]

    def registered(self) -> Mapping[str, int]:
        """Whom it registered, and at which position of the log first."""
        known: dict[str, int] = {}
        for one in self.questions():
            if one.registers and one.outcome == "permit" and one.insz:
                known.setdefault(one.insz, one.position)
        return known

    def events(self, *kinds: EventKind) -> Sequence[Mapping[str, Any]]:
        """What was entered of it beside questions, in order."""
        return [leaf for _, leaf, _ in self._entries(set(kinds))]

    def told(self) -> Sequence[str]:
        """Everything that it did, a line each."""
        kinds = set(EventKind) - {EventKind.DECISION}
        asked = {one.position: str(one) for one in self.questions()}
        other = {at: _line(at, leaf) for at, leaf, _ in self._entries(kinds)}
        return [line for _, line in sorted({**asked, **other}.items())]

    def position(self) -> int:
        """How long the log is."""
        self.space.settle()
        return self.space.gateway.log.reader.head().size

    def _entries(
        self, kinds: Collection[EventKind]
    ) -> Iterator[tuple[int, Mapping[str, Any], Mapping[str, Any]]]:
        size, wanted = self.position(), {kind.value for kind in kinds}
        for entry in self.space.gateway.log.reader.entries(1, size):
            leaf = json.loads(entry.leaf)
            if leaf["e"] in wanted and leaf.get("credential", leaf.get("party")) == self.unit:
                yield entry.position, leaf, json.loads(entry.words) if entry.words else {}


def _question(
    position: int, leaf: Mapping[str, Any], words: Mapping[str, Any], message: Message | None
) -> Question:
    named = words.get("insz") or [None]
    return Question(
        position=position, service=leaf["service"], flow=leaf.get("flow"), insz=named[0],
        reference=words.get("reference"), outcome=leaf["outcome"], reasons=leaf["reasons"],
        asked=leaf["asked"], day=words.get("day"), message=message,
    )  # fmt: skip


def _line(position: int, leaf: Mapping[str, Any]) -> str:
    said = (f"{name} {leaf[name]}" for name in _TOLD if leaf.get(name) not in (None, [], ""))
    return f"D-{position} {leaf['e']}: {', '.join(said)}"
