"""The replay line: every decision of a log is taken again, under the law of then and under another."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.replay import Law, Recorded
from gateway.domain.replay_effect import effect
from gateway.domain.replay_report import Report

_STEP = 1_000
Decision = tuple[int, datetime, Recorded]
"""Where it stands in the log, its instant, and what its entry tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How to replay. `law` finds what was law by its digest; `first` and `last` are instants, included."""

    law: Callable[[str], Law | None]
    first: datetime | None = None
    last: datetime | None = None

    def run(
        self, decisions: Iterable[Decision], progress: Callable[[int], None] = lambda _: None
    ) -> Report:
        """Take the decisions again; nothing is written anywhere, and only counts are kept."""
        report = Report()
        for position, at, one in decisions:
            if self._is_meant(at):
                report.add(position, effect(self.law(one.bundle), one, at))
            if position % _STEP == 0:
                progress(position)
        return report

    def _is_meant(self, at: datetime) -> bool:
        return (self.first is None or self.first <= at) and (self.last is None or at <= self.last)
