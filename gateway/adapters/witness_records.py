"""A witness's memory: of each log the last checkpoint that it cosigned."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from gateway.domain.checkpoint import Checkpoint, read_checkpoint, read_note

_SCHEMA = "CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT"


class WitnessRecords:
    """One SQLite file. Whatever is remembered is durable before it is answered."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_SCHEMA)

    def advance(self, origin: str, step: Callable[[Checkpoint | None], str | None]) -> None:
        """Give `step` what is known of a log, and remember the note that it gives, if any.

        One at a time over all threads and processes: nobody else's step comes between.
        """
        with self._lock:
            execute = self._connection.execute
            execute("BEGIN IMMEDIATE")
            try:
                note = step(self._known(origin))
                if note is not None:
                    execute("INSERT OR REPLACE INTO seen VALUES (?, ?)", (origin, note))
                execute("COMMIT")
            except BaseException:
                execute("ROLLBACK")
                raise

    def note(self, origin: str) -> str | None:
        """The last checkpoint of a log, as it was cosigned."""
        with self._lock:
            return self._note(origin)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _known(self, origin: str) -> Checkpoint | None:
        note = self._note(origin)
        return None if note is None else read_checkpoint(read_note(note).body)

    def _note(self, origin: str) -> str | None:
        found = self._connection.execute("SELECT note FROM seen WHERE origin = ?", (origin,)).fetchone()  # fmt: skip
        return None if found is None else str(found[0])
