"""What libraries and our own code tell Python's logging, as lines without anybody's values.

Installed by a process that is a gateway and nothing else (`magda-sim up`), never by a test or a library.
"""

import logging
import threading
import traceback
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from gateway.adapters.clock import WallClock
from gateway.adapters.operation.lines import LineSink

OURS = ("gateway", "providers", "sftp_drop")
"""Loggers whose messages we write ourselves, and keep free of persons."""
_QUIET = ("httpx", "httpcore", "paramiko", "sqlalchemy", "uvicorn.access", "alembic")
_MOST_FRAMES = 12


class MachineLog(logging.Handler):
    """Turns records into lines. Of a library's message only its template is told, of an error its kind.

    A value in a message may be anybody's number, and a library does not know which; where something was
    told and where it went wrong is enough to find it.
    """

    def __init__(self, sink: LineSink) -> None:
        super().__init__(logging.WARNING)
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        """Put the line in the queue."""
        self._sink.put(lambda: told_record(record))


def install(sink: LineSink) -> None:
    """All of Python's logging, and whatever ends a thread, goes to this sink from now on."""
    handler = MachineLog(sink)
    logging.getLogger().handlers[:] = [handler]
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    threading.excepthook = lambda end: sink.put(lambda: told_end(end.exc_value, end.exc_traceback))


def told_record(record: logging.LogRecord) -> Mapping[str, Any]:
    """The words of a record."""
    error = record.exc_info[1] if record.exc_info else None
    return {
        "at": datetime.fromtimestamp(record.created, UTC),
        "line": "machine",
        "level": record.levelname.lower(),
        "logger": record.name,
        "where": f"{Path(record.pathname).name}:{record.lineno}",
        "message": _message(record),
        **(_error(error, error.__traceback__) if error is not None else {}),
    }


def told_end(error: BaseException | None, trace: TracebackType | None) -> Mapping[str, Any]:
    """The words of what ended a thread."""
    return {
        "at": WallClock().now(),
        "line": "machine",
        "level": "critical",
        "message": "a thread ended",
        **(_error(error, trace) if error is not None else {}),
    }


def _message(record: logging.LogRecord) -> str | None:
    if record.name.partition(".")[0] in OURS:
        return record.getMessage()
    return str(record.msg) if record.args else None


def _error(error: BaseException, trace: TracebackType | None) -> Mapping[str, Any]:
    """Its kind and that of what led to it, and the way there; never what it says."""
    kinds: list[str] = []
    one: BaseException | None = error
    while one is not None and len(kinds) < _MOST_FRAMES:
        kinds.append(type(one).__name__)
        one = one.__cause__ or one.__context__
    return {"error": " < ".join(kinds), "frames": _frames(trace)}


def _frames(trace: TracebackType | None) -> Sequence[str]:
    frames = traceback.extract_tb(trace)[-_MOST_FRAMES:]
    return [f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames]
