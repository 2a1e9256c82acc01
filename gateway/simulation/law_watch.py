"""Notices, in machine time, that somebody changed the protocol files, and has them read again."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

_LOG = logging.getLogger(__name__)
_PAUSE_S, _LONGEST_S = 1.0, 5.0
_LAST_S = 5.0
_SHARE = 50
"""A look may take a fiftieth of the time between two, as long as that is not too long to wait for."""


class Watched(Protocol):
    """A folder that can be looked at cheaply."""

    @property
    def seen(self) -> object:
        """The stamp of the files as last read."""
        ...

    def stamp(self) -> object:
        """What changes when somebody touches a file."""
        ...


class LawWatch:
    """A thread that looks once a second; it acts when a change has stood still for one look."""

    def __init__(self, name: str, folder: Watched, reload: Callable[[], object]) -> None:
        self._folder, self._reload = folder, reload
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a reading in hand that takes long is left to its fate."""
        self._stopping.set()
        self._thread.join(timeout=_LAST_S)

    def _run(self) -> None:
        before, failed, pause = self._folder.seen, False, _PAUSE_S
        while not self._stopping.wait(pause):
            began = time.perf_counter()
            now = self._folder.stamp()
            pause = pause_after(time.perf_counter() - began)
            if failed or (now != self._folder.seen and now == before):
                failed = not self._try()
            before = now

    def _try(self) -> bool:
        """Reload; a surprise is told to the machine's log, and tried again at the next look."""
        try:
            self._reload()
        except Exception as error:  # noqa: BLE001  the thread's edge
            _LOG.error("reading the protocols again: %s", type(error).__name__)
            return False
        return True


def pause_after(took: float) -> float:
    """How long to wait after a look of so many seconds: of a machine that is busy one may take long by chance."""
    return min(max(_PAUSE_S, _SHARE * took), _LONGEST_S)
