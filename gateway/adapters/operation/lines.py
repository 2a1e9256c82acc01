"""Log lines: told at once, written by a thread of their own, so that a slow terminal holds nobody up."""

import os
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

_UNPRINTABLE = re.compile(r"[^ -~]")
Words = Mapping[str, Any]
Line = Callable[[], Words]
"""Makes a line's words, when its turn has come."""
OFF, STANDARD_ERROR = "off", "stderr"
MOST_WAITING = 50_000
_PAUSE_S = 0.2
_STDERR = 2
_STOP_S = 5.0
_FIRST = ("outcome", "status", "ms", "decision", "reason", "credential", "flow", "protocol")


class LineSink:
    """Writes lines to standard error or to the end of a file, which may be moved away while it runs.

    What cannot be written is counted in `lost` and forgotten: lines are told for the operator's comfort,
    evidence stands in the log.
    """

    def __init__(self, target: str, form: str) -> None:
        self.lost = 0
        self.is_on = target != OFF
        self._path = None if target in (OFF, STANDARD_ERROR) else Path(target)
        self._render = _as_text if _is_for_people(self._path, form) else _as_json
        self._waiting: deque[Line] = deque()
        self._told_to_stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lines", daemon=True)
        self._starting = threading.Lock()
        self._is_started = False

    def put(self, line: Line) -> None:
        """Tell a line; returns at once."""
        if not self.is_on:
            return
        if not self._is_started:
            self._start()
        if len(self._waiting) >= MOST_WAITING:
            self.lost += 1
        else:
            self._waiting.append(line)

    def close(self) -> None:
        """Write what waits, then end."""
        self._told_to_stop.set()
        if self._is_started:
            self._thread.join(timeout=_STOP_S)

    def _start(self) -> None:
        with self._starting:
            if not self._is_started:
                self._thread.start()
                self._is_started = True

    def _run(self) -> None:
        while not self._told_to_stop.wait(_PAUSE_S):
            self._drain()
        self._drain()

    def _drain(self) -> None:
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if lines:
            text = b"".join(self._render(line()) for line in lines)
            try:
                self._write(text)
            except OSError:
                self.lost += len(lines)

    def _write(self, text: bytes) -> None:
        if self._path is None:
            write_whole(_STDERR, text)
            return
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            write_whole(handle, text)
        finally:
            os.close(handle)


def write_whole(handle: int, text: bytes) -> None:
    """Write all of it, however often that takes."""
    while text:
        text = text[os.write(handle, text) :]


def _is_for_people(path: Path | None, form: str) -> bool:
    return form == "text" or (form == "auto" and path is None and os.isatty(_STDERR))


def _as_json(words: Words) -> bytes:
    return msgspec.json.encode(words) + b"\n"


def _as_text(words: Words) -> bytes:
    """The time, what it is, then what matters most; the rest behind it by name."""
    first = [f"{words[name]}" for name in _FIRST if words.get(name) is not None]
    others = words.keys() - {"at", "line", "space", *_FIRST}
    rest = [f"{name}={words[name]}" for name in words if name in others and words[name] is not None]
    told = "  ".join([str(words["at"])[11:23].ljust(12, "0"), str(words["line"]), *first, *rest])
    return _UNPRINTABLE.sub("?", told).encode() + b"\n"
