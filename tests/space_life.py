"""One life of a space in a process that is killed: at a step of its own counting, or a moment after it."""

import logging
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

from gateway.simulation.space import Doors, Space
from gateway.simulation.wewis import PARTY
from tests.exchange import settings

WORKER = "files-"


class Steps:
    """Counts calls (of Python and of C) and returns in the thread that does files."""

    def __init__(self, pipe: Connection, last: int | None, *, at_once: bool) -> None:
        self.count = 0
        self._pipe, self._last, self._at_once = pipe, last, at_once

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """One step; at the last one the process dies here, or is killed from outside soon."""
        self.count += 1
        if self.count != self._last:
            return
        if self._at_once:
            os.kill(os.getpid(), signal.SIGKILL)
        self._pipe.send("now")

    def begin(self, frame: FrameType, event: str, argument: Any) -> None:
        """Every thread begins here; only one is watched."""
        watched = threading.current_thread().name.startswith(WORKER)
        sys.setprofile(self if watched else None)


def live(pipe: Connection, folder: Path, clock: str, last: int | None, *, at_once: bool) -> None:
    """Open the space, which finishes what lies there, and tell how many steps that took."""
    logging.disable(logging.CRITICAL)
    steps = Steps(pipe, last, at_once=at_once)
    threading.setprofile(steps.begin)
    space = Space("demo", settings(folder, clock), Doors())
    threading.setprofile(None)
    space.automatic[PARTY] = False
    space.settle()
    space.close()
    pipe.send(steps.count)
