"""What a space does by itself every quarter of a second, in machine time."""

import logging
from collections.abc import Callable, Mapping
from itertools import count
from threading import Event as Flag
from threading import Thread

_LOG = logging.getLogger(__name__)
_TICK_S = 0.25
Step = Callable[[], object]


class Ticker:
    """Takes each step every so many turns, from the first on. One that fails has its turn again."""

    def __init__(self, name: str, steps: Mapping[Step, int]) -> None:
        self._steps = steps
        self._told = ""
        self._stopping = Flag()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether it still takes turns."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Let the turn that runs come to its end, and take no other."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        for turn in count():
            for step, every in self._steps.items():
                if turn % every == 0:
                    self._take(step)
            if self._stopping.wait(_TICK_S):
                return

    def _take(self, step: Step) -> None:
        """What is in the way (a full disk, say) is told once, and may be gone at the next turn."""
        try:
            step()
        except Exception as error:  # noqa: BLE001  the thread's edge
            told = type(error).__name__
            if told != self._told:
                _LOG.error("%s while the clock ticks", told)
            self._told = told
