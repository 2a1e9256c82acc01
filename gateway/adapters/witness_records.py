"""A witness's memory: of each log the last checkpoint that it cosigned."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from gateway.domain.checkpoint import Checkpoint, read_checkpoint, read_note

_SCHEMA = """
CREATE TABLE IF NOT EXISTS seen (origin TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS taken_back (origin TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS undone (origin TEXT NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS refused (origin TEXT PRIMARY KEY, why TEXT NOT NULL, note TEXT NOT NULL) STRICT;
"""
_ROW = "SELECT note FROM {table} WHERE origin = ?"


class WitnessRecords:
    """One SQLite file. Whatever is remembered is durable before it is answered."""

    def __init__(self, path: Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(_SCHEMA)

    def advance(self, origin: str, step: Callable[[Checkpoint | None], str | None]) -> None:
        """Give `step` what is known of a log, and remember the note that it gives, if any.

        One at a time over all threads and processes: nobody else's step comes between.
        """
        with self._turn():
            note = step(self._known(origin))
            if note is not None:
                self._put("seen", origin, note)
                self._forget(origin)

    def note(self, origin: str) -> str | None:
        """The last checkpoint of a log, as it was cosigned."""
        with self._lock:
            return self._note("seen", origin)

    def logs(self) -> Sequence[str]:
        """Every log of which anything was cosigned."""
        with self._lock:
            rows = self._connection.execute("SELECT origin FROM seen ORDER BY origin").fetchall()
        return [origin for (origin,) in rows]

    def taken_back(self, origin: str) -> str | None:
        """What a log says of itself that was not accepted yet: that a snapshot took it back."""
        with self._lock:
            return self._note("taken_back", origin)

    def is_locked(self, origin: str) -> bool:
        """Whether there is such a statement; within a step."""
        return self._note("taken_back", origin) is not None

    def note_taken_back(
        self, origin: str, judge: Callable[[Checkpoint | None], str | None]
    ) -> None:
        """Give `judge` what is known of a log, and remember the statement that it gives, if any."""
        with self._turn():
            note = judge(self._known(origin))
            if note is not None:
                self._put("taken_back", origin, note)

    def refused(self, origin: str) -> str | None:
        """Why the last checkpoint that contradicts what was cosigned was refused."""
        with self._lock:
            found = self._connection.execute(
                "SELECT why FROM refused WHERE origin = ?", (origin,)
            ).fetchone()
        return None if found is None else str(found[0])

    def refuse(self, origin: str, why: str, note: str) -> None:
        """Keep a checkpoint that contradicts what was cosigned, as evidence; within a step."""
        self._connection.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", (origin, why, note))  # fmt: skip

    def accept(self, origin: str) -> bool:
        """Go on from where a log says that it was taken back to; what was cosigned before is kept aside."""
        with self._turn():
            said, before = self._note("taken_back", origin), self._note("seen", origin)
            if said is None or before is None:
                return False
            self._connection.execute("INSERT INTO undone VALUES (?, ?)", (origin, before))
            self._put("seen", origin, said)
            self._forget(origin)
            return True

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._lock:
            execute = self._connection.execute
            execute("BEGIN IMMEDIATE")
            try:
                yield
                execute("COMMIT")
            except BaseException:
                execute("ROLLBACK")
                raise

    def _known(self, origin: str) -> Checkpoint | None:
        note = self._note("seen", origin)
        return None if note is None else read_checkpoint(read_note(note).body)

    def _note(self, table: str, origin: str) -> str | None:
        found = self._connection.execute(_ROW.format(table=table), (origin,)).fetchone()
        return None if found is None else str(found[0])

    def _put(self, table: str, origin: str, note: str) -> None:
        self._connection.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", (origin, note))  # noqa: S608  our own names

    def _forget(self, origin: str) -> None:
        """Nothing stands in the way of this log any more."""
        for table in ("taken_back", "refused"):
            self._connection.execute(f"DELETE FROM {table} WHERE origin = ?", (origin,))  # noqa: S608  our own names
