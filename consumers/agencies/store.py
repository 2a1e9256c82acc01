"""The plain store of a small agency: one SQLite file, and what is deleted from it is really gone."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from consumers.closing import Closing

Row = Sequence[Any]


class Store(Closing):
    """`schema` creates what is not there yet. Days are kept as ISO text, money as decimal text.

    What is not `is_lasting` is written all the same, waits for no disk, and is nobody else's until it is closed.
    """

    def __init__(self, path: Path, schema: str, *, is_lasting: bool = True) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.execute(f"PRAGMA synchronous = {'FULL' if is_lasting else 'OFF'}")
        self._db.execute(f"PRAGMA locking_mode = {'NORMAL' if is_lasting else 'EXCLUSIVE'}")
        self._db.execute("PRAGMA journal_mode = TRUNCATE")  # a new file for each change is dear
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")  # overwrites what retention removes
        self._db.executescript(schema)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """All of it or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def run(self, statement: str, *values: object) -> int:
        """Change something; how many rows."""
        return self._db.execute(statement, values).rowcount

    def rows(self, query: str, *values: object) -> Sequence[Row]:
        """What a query finds."""
        return self._db.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> Row | None:
        """The first that a query finds, or `None`."""
        found: Row | None = self._db.execute(query, values).fetchone()
        return found
