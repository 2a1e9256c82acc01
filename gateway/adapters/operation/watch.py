"""One space's watch: counts what happens and writes a line for each request and each file."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter

from gateway.adapters.operation.figures import Figures
from gateway.adapters.operation.lines import LineSink
from gateway.adapters.operation.telling import Telling, has_line
from gateway.domain.answered import Answered
from gateway.domain.log_entry import Draft, Entry


class SpaceWatch:
    """Implements `gateway.ports.operation.Watch`."""

    def __init__(self, space: str, lines: LineSink, key: bytes) -> None:
        self.figures = Figures()
        self._lines = lines
        self._telling = Telling(space, key)
        self._pass = threading.local()

    def entered(self, entries: Sequence[Entry], first: int, seconds: float) -> None:
        """Count them; a line for each that is no part of a request."""
        self.figures.append.add((), seconds)
        for position, entry in enumerate(entries, first):
            self.figures.entered(entry)
            if self._lines.is_on and has_line(entry):
                took = self._since_begin() if "batch" in entry.own else None
                self._lines.put(partial(self._telling.entry, entry, position, perf_counter(), took))

    def not_entered(self) -> None:
        """Count it."""
        self.figures.append_failures.add(())

    def exchanged(self, draft: Draft, decision: str | None, status: int, seconds: float) -> None:
        """Count it, and write its line."""
        self.figures.exchanged(draft, status, seconds)
        if self._lines.is_on:
            now = perf_counter()
            self._lines.put(partial(self._telling.exchange, draft, decision, status, seconds, now))

    def answered(self, one: Answered) -> None:
        """Count it, and write its line."""
        outcome = "permit" if one.refusal is None else "refusal"
        self.figures.requests.add((one.channel, None, outcome, one.status), one.seconds)
        if self._lines.is_on:
            self._lines.put(partial(self._telling.answer, one, perf_counter()))

    @contextmanager
    def one_pass(self) -> Iterator[None]:
        """Entries made by this thread meanwhile tell how long it had been at work on them."""
        self._pass.began = perf_counter()
        try:
            yield
        finally:
            self._pass.began = None

    def _since_begin(self) -> float | None:
        began = getattr(self._pass, "began", None)
        return None if began is None else perf_counter() - began

    @property
    def lost_lines(self) -> int:
        """How many lines could not be written."""
        return self._lines.lost
