"""What happened in a run, line by line, and whether each thing was as expected."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self

from consumers.answers import Answer, Refused
from consumers.closing import Closing
from gateway.domain.legal_day import in_brussels
from gateway.simulation.yearrun.forms import REST

_MOST_SHOWN = 20


class FirstMismatch(Exception):
    """Something was not as expected, and the run was to stop there."""


@dataclass(slots=True)
class Checked:
    """One expectation, however often it was looked at; `misses` tells the first that failed."""

    step: str
    what: str
    held: int = 0
    failed: int = 0
    misses: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether it held each time, and was looked at."""
        return self.failed == 0 and self.held > 0


class Chronicle(Closing):
    """Writes the timeline, counts, and keeps the expectations. `now` is the run's clock.

    Before `since` everything happens all the same and is not told.
    """

    def __init__(
        self, path: Path, now: Callable[[], datetime], since: datetime, *, stops_at_first: bool
    ) -> None:
        self._file: BinaryIO = path.open("wb")
        self._now, self._since, self._stops = now, since, stops_at_first
        self._digest = hashlib.sha256()
        self._lines = 0
        self.step = "run"
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.checks: dict[tuple[str, str], Checked] = {}
        self.answers: dict[int, tuple[str, str | None]] = {}
        """What clients were told of each decision: its outcome and reason."""
        self.acts: dict[str, str] = {}
        """The act that came of a step."""
        self.looks: list[Mapping[str, Any]] = []
        """What citizens were told of who saw them."""
        self.happened: list[Mapping[str, Any]] = []
        """What befell people."""
        self.files: dict[str, str] = {}
        """The digest of every file that went out or came in."""

    def close(self) -> None:
        """Close the timeline."""
        self._file.close()

    @property
    def digest(self) -> str:
        """Of the timeline so far."""
        return self._digest.hexdigest()

    @property
    def is_told(self) -> bool:
        """Whether the part that is told has begun."""
        return self._now() >= self._since

    def tell(self, kind: str, **words: Any) -> None:
        """A line of the timeline; what is `None` is left out."""
        if not self.is_told:
            return
        self._lines += 1
        at = in_brussels(self._now()).isoformat(timespec="seconds")
        self._write({"n": self._lines, "at": at, "kind": kind, "step": self.step, **words})

    def head(self, words: Mapping[str, Any]) -> None:
        """The first line: what run this is."""
        self._write({"n": 0, "kind": "run", **words})

    def called(
        self, by: str, what: str, about: str | None, answer: Answer[Any], over: str = REST
    ) -> str:
        """A question and what came of it; its outcome in one word."""
        refused = isinstance(answer, Refused)
        outcome = (answer.reason or "refused") if isinstance(answer, Refused) else "answered"
        article = answer.first.article if isinstance(answer, Refused) else None
        self.tell(
            "call", by=by, what=what, about=about, outcome="refused" if refused else "answered",
            reason=outcome if refused else None, protocol=answer.protocol, article=article,
            over=None if over == REST else over, decision=answer.decision,
        )  # fmt: skip
        self.counts["over", over] += 1
        self._remember(answer.decision, outcome, refused=refused)
        self.counts["call", what, "refused" if refused else "answered"] += 1
        return outcome

    def expect(self, what: str, expected: str, got: str, about: str = "") -> None:
        """Compare; a run that stops at the first mismatch stops here.

        Raises:
            FirstMismatch: they differ.
        """
        if not self.is_told:
            return
        one = self.checks.setdefault((self.step, what), Checked(self.step, what))
        if expected == got:
            one.held += 1
            return
        one.failed += 1
        self._miss(one, f"{about}: " if about else "", expected, got)

    def _miss(self, one: Checked, about: str, expected: str, got: str) -> None:
        at = in_brussels(self._now()).isoformat(timespec="seconds")
        words = f"{at} {about}expected {expected}, got {got}"
        if len(one.misses) < _MOST_SHOWN:
            one.misses.append(words)
        self.tell("mismatch", what=one.what, expected=expected, got=got)
        if self._stops:
            raise FirstMismatch(f"{one.step}: {one.what}: {words}")

    def _remember(self, decision: str | None, outcome: str, *, refused: bool) -> None:
        if decision is not None:
            self.answers[int(decision.removeprefix("D-"))] = (
                ("refusal", outcome) if refused else ("permit", None)
            )

    def _write(self, words: Mapping[str, Any]) -> None:
        told = {name: value for name, value in words.items() if value is not None}
        line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._file.write(line)
        self._digest.update(line)

    def __enter__(self) -> Self:
        return self
