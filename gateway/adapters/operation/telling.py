"""The words of a log line: from public leaves and our own tables, with a client's reference redacted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from gateway.adapters.clock import WallClock
from gateway.adapters.operation.redaction import told_reference
from gateway.domain.answered import Answered
from gateway.domain.log_entry import Draft, Entry, EventKind
from gateway.domain.request import ANYBODY

_PART_OF_A_REQUEST = frozenset(
    kind.value
    for kind in (
        EventKind.DECISION, EventKind.SOURCE_CONSULTED, EventKind.PROTOCOL_ACT, EventKind.ONWARD,
        EventKind.RIGHTS, EventKind.SCHEMA, EventKind.CHECK, EventKind.TOKEN_ISSUED,
        EventKind.TOKEN_INTROSPECTED, EventKind.TOKEN_REVOKED, EventKind.FILE_LISTED,
        EventKind.DIRECT_CALL, EventKind.AUDIT_READ,
    )
)  # fmt: skip
_TOLD = (
    "channel", "party", "unit", "credential", "user", "protocol", "flow", "outcome", "file", "batch",
    "sequence", "n", "records", "bytes", "day", "listener", "count", "factor", "locked", "duty",
)  # fmt: skip
"""Of an entry that has a line of its own, as far as it has them."""


def has_line(entry: Entry) -> bool:
    """Whether an entry has a line of its own; what a request leads to stands in the request's."""
    words = entry.own if entry.shared is None else entry.shared.words
    return words["e"] not in _PART_OF_A_REQUEST


class Telling:
    """Makes lines of one space. `then` is the instant of each, as the machine's own counter has it."""

    def __init__(self, space: str, key: bytes) -> None:
        self._space, self._key = space, key
        self._wall = WallClock()

    def exchange(
        self, draft: Draft, decision: str | None, status: int, seconds: float, then: float
    ) -> Mapping[str, Any]:
        """A question that went down a line."""
        request, refusal = draft.request, draft.refusal
        caller = draft.caller or ANYBODY
        return {
            "at": self._instant(then),
            "line": "request",
            "space": self._space,
            "channel": draft.channel,
            "party": caller.party or None,
            "unit": caller.unit or None,
            "credential": caller.key or None,
            "service": request.service.key if request else None,
            "flow": request.service.flow if request else None,
            "protocol": draft.protocol,
            "outcome": "permit" if refusal is None else "refusal",
            "reason": None if refusal is None else refusal.reason.value,
            "decision": decision,
            "reference": told_reference(request.reference, self._key) if request else None,
            "status": status,
            "ms": _ms(seconds),
        }

    def answer(self, one: Answered, then: float) -> Mapping[str, Any]:
        """Any other request."""
        caller, refusal = one.caller or ANYBODY, one.refusal
        return {
            "at": self._instant(then),
            "line": "request",
            "space": self._space,
            "channel": one.channel,
            "route": one.route,
            "party": caller.party or None,
            "unit": caller.unit or None,
            "credential": caller.key or None,
            "protocol": one.protocol,
            "outcome": "permit" if refusal is None else "refusal",
            "reason": None if refusal is None else refusal.reason.value,
            "decision": one.decision,
            "status": one.status,
            "ms": _ms(one.seconds),
        }

    def entry(
        self, entry: Entry, position: int, then: float, seconds: float | None
    ) -> Mapping[str, Any]:
        """Something that happened beside requests: a file, a log-in, a missing batch."""
        leaf = entry.leaf
        reasons = leaf.get("reasons")
        return {
            "at": self._instant(then),
            "line": leaf["e"],
            "space": self._space,
            **{name: leaf[name] for name in _TOLD if name in leaf},
            **({"reason": reasons[0]} if reasons else {}),
            "decision": f"D-{position}",
            **({} if seconds is None else {"ms": _ms(seconds)}),
        }

    def _instant(self, then: float) -> datetime:
        """In machine time; the counter stands still while a laptop sleeps, the clock does not."""
        return self._wall.now() - timedelta(seconds=perf_counter() - then)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
