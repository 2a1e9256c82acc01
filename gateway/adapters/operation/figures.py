"""What is counted: decisions, entries, files, log-ins and time, read off the entries as they become durable."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.adapters.operation.counting import Tally, Timings
from gateway.domain.log_entry import Draft, Entry, EventKind

_FILE_EVENTS = {
    kind.value: kind.value.partition(".")[2]
    for kind in (
        EventKind.FILE_DELIVERED, EventKind.FILE_REFUSED, EventKind.FILE_COLLECTED,
        EventKind.FILE_ACKNOWLEDGED, EventKind.FILE_EXPIRED, EventKind.FILE_WITHDRAWN,
        EventKind.FILE_REDELIVERED, EventKind.CATCH_UP, EventKind.READ_REFUSED,
    )
}  # fmt: skip
_LOGINS = {EventKind.LOGGED_IN.value: "permit", EventKind.LOGIN_REFUSED.value: "refusal"}
DECISION = EventKind.DECISION.value
_THROTTLED, _SOURCE = "too-many-requests", "source-"


class Figures:
    """The numbers of one space since it was opened.

    INVARIANT: no label is a stranger's word. They come from public leaves of the log and from the tables
    of services, channels and reasons; `counting.MOST` holds even so.
    """

    def __init__(self) -> None:
        self.decisions = Tally(("flow", "channel", "protocol", "outcome", "reason"))
        self.events = Tally(("kind",))
        self.attempts = Tally(("listener",))
        self.batches = Tally(("flow", "outcome", "reason"))
        self.missing = Tally(("flow",))
        self.files = Tally(("event", "flow"))
        self.logins = Tally(("channel", "outcome"))
        self.source_failures = Tally(("flow", "reason"))
        self.throttled = Tally(("credential",))
        self.append = Timings(())
        self.append_failures = Tally(())
        self.requests = Timings(("channel", "flow", "outcome", "status"))

    def entered(self, entry: Entry) -> None:
        """Count an entry that is durable."""
        own = entry.own
        words = own if entry.shared is None else entry.shared.words
        kind = words["e"]
        if kind == DECISION:
            self._decided(words, own.get("reasons"))
        else:
            self.events.add((kind,))
            self._happened(kind, words)

    def exchanged(self, draft: Draft, status: int, seconds: float) -> None:
        """Count a question that was answered."""
        request = draft.request
        flow = request.service.flow if request is not None else None
        outcome = "permit" if draft.refusal is None else "refusal"
        self.requests.add((draft.channel, flow, outcome, status), seconds)

    def _decided(self, words: Mapping[str, Any], reasons: Sequence[str] | None) -> None:
        """A permitted question shares its words with others like it, and has no reasons."""
        reason = reasons[0] if reasons else None
        flow = words["flow"]
        self.decisions.add((flow, words["channel"], words["protocol"], words["outcome"], reason))
        if reason is None:
            return
        if reason.startswith(_SOURCE):
            self.source_failures.add((flow, reason))
        elif reason == _THROTTLED:
            self.throttled.add((words["credential"],))

    def _happened(self, kind: str, words: Mapping[str, Any]) -> None:
        flow = words.get("flow")
        if kind in _FILE_EVENTS:
            self.files.add((_FILE_EVENTS[kind], flow))
        elif kind in _LOGINS:
            self.logins.add((words["channel"], _LOGINS[kind]))
        elif kind == EventKind.BATCH_RECEIVED.value:
            self.batches.add((flow, words["outcome"], next(iter(words["reasons"]), None)))
        elif kind == EventKind.BATCH_MISSING.value:
            self.missing.add((flow,))
        elif kind == EventKind.ATTEMPTS.value:
            self.attempts.add((words["listener"],), words["count"])
