"""Waiting for something that happens in another thread or process."""

import threading
import time
from collections.abc import Callable


def eventually(holds: Callable[[], bool], within_s: float = 30.0) -> None:
    """Wait until something holds, in machine time; fail if it never does."""
    waiting = threading.Event()
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        waiting.wait(0.02)
