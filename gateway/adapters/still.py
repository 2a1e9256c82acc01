"""Opens a space's SQLite files to look only: nothing in the folder changes, whether it runs or not."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Still:
    """A file as it is found. `is_closed` when nobody had it open, and so nothing waits beside it.

    A closed file is read as one that never changes: SQLite would otherwise leave its two helper files
    behind. An open one has them already.
    """

    path: Path
    is_closed: bool

    @classmethod
    def found(cls, path: Path) -> "Still":
        """The file as it lies there now."""
        return cls(path, is_closed=not _waiting(path).exists())

    def connect(self) -> sqlite3.Connection:
        """A connection that cannot write."""
        kept = "&immutable=1" if self.is_closed else ""
        uri = f"{self.path.absolute().as_uri()}?mode=ro{kept}"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    def was_opened(self) -> bool:
        """Whether somebody opened a closed file since: what was read may then be half of two."""
        return self.is_closed and _waiting(self.path).exists()


def _waiting(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
