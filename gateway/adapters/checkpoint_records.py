"""Published checkpoints in a file beside the log: what was given away must be found again."""

import sqlite3
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock

from gateway.adapters.sqlite_file import as_wal, begin_file, pace
from gateway.contracts.faults import LogUnavailable
from gateway.domain.published import Occasion, Published

FILE = "checkpoints.db"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoint (
    size INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    occasion TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS signer (
    verifier TEXT PRIMARY KEY
) STRICT;
CREATE TABLE IF NOT EXISTS cosignature (
    size INTEGER NOT NULL REFERENCES checkpoint,
    line TEXT NOT NULL,
    PRIMARY KEY (size, line)
) STRICT;
"""
_ALL = 2**62
_PATIENCE_S = 0.5
_ROWS = "SELECT size, at, occasion, note FROM checkpoint "


class CheckpointRecords:
    """Implements `gateway.ports.CheckpointStore` on one SQLite file; on any thread."""

    def __init__(self, path: Path, *, read_only: bool = False, is_lasting: bool = True) -> None:
        self._lock = Lock()
        if not read_only and not path.exists():
            begin_file(path, _empty(), is_lasting=is_lasting)
        uri = f"file:{path.absolute()}?mode={'ro' if read_only else 'rwc'}"
        self._connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_PATIENCE_S
        )
        if not read_only:
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute(pace(is_lasting=is_lasting))
            self._connection.executescript(_SCHEMA)

    def keep(self, published: Published) -> None:
        """Keep a checkpoint, durably; of one size the first is kept.

        Raises:
            LogUnavailable: it cannot be kept, so it must not be given away.
        """
        row = (published.size, published.at, published.occasion.value, published.note)
        with self._lock:
            try:
                self._connection.execute(
                    "INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?, ?)", row
                )
            except sqlite3.Error:
                raise LogUnavailable from None

    def add_cosignatures(self, size: int, lines: Sequence[str]) -> None:
        """Keep what witnesses put below a checkpoint."""
        with self._lock:
            self._connection.executemany(
                "INSERT OR IGNORE INTO cosignature VALUES (?, ?)", [(size, line) for line in lines]
            )

    def sign_with(self, verifier: str) -> None:
        """Note whose signatures the checkpoints bear from now on."""
        with self._lock:
            self._connection.execute("INSERT OR IGNORE INTO signer VALUES (?)", (verifier,))

    def signers(self) -> Sequence[str]:
        """The keys that have signed."""
        with self._lock:
            rows = self._connection.execute("SELECT verifier FROM signer ORDER BY rowid").fetchall()
        return [verifier for (verifier,) in rows]

    def all(self) -> Sequence[Published]:
        """Every one, smallest first."""
        return self.after(-1, _ALL)

    def last(self, occasion: Occasion | None = None) -> Published | None:
        """The largest that was published, on an occasion or at all."""
        where = "" if occasion is None else "WHERE occasion = ? "
        found = self._rows(f"{where}ORDER BY size DESC LIMIT 1", *([occasion.value] if occasion else ()))  # fmt: skip
        return found[0] if found else None

    def last_cosigned(self) -> Published | None:
        """The largest that a witness cosigned."""
        found = self._rows("WHERE size = (SELECT max(size) FROM cosignature)")
        return found[0] if found else None

    def of_size(self, size: int) -> Published | None:
        """The one of a size."""
        found = self._rows("WHERE size = ?", size)
        return found[0] if found else None

    def after(self, size: int, limit: int) -> Sequence[Published]:
        """Those that are larger, smallest first."""
        return self._rows("WHERE size > ? ORDER BY size LIMIT ?", size, limit)

    def set_pace(self, *, is_lasting: bool) -> None:
        """Wait for the disk from now on, or no longer."""
        with self._lock:
            self._connection.execute(pace(is_lasting=is_lasting))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _rows(self, condition: str, *values: int | str) -> Sequence[Published]:
        with self._lock:
            rows = self._connection.execute(_ROWS + condition, values).fetchall()
            return [self._published(*row) for row in rows]

    def _published(self, size: int, at: str, occasion: str, note: str) -> Published:
        found = self._connection.execute(
            "SELECT line FROM cosignature WHERE size = ? ORDER BY line", (size,)
        ).fetchall()
        return Published(size, at, Occasion(occasion), note, [line for (line,) in found])


@cache
def _empty() -> bytes:
    """Follows from the schema alone, so once is enough."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(_SCHEMA)
    content = as_wal(connection.serialize())
    connection.close()
    return content
