"""SQLite as all spaces speak it: every transaction owns the lock from its start.

The SQL of all is the same, so a statement that was compiled for one serves every other. SQLAlchemy keeps
what it compiled with an engine, and a process may make many: one for each space, and one for each reset.
"""

import sqlite3
from functools import cache
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import LRUCache

SCHEME = "sqlite+space"
_MOST = 1_000


class SpaceDialect(SQLiteDialect_pysqlite):
    """SQLite through Python's driver. Two of them are the same key for what was compiled."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: PoolProxiedConnection) -> None:
        """A transaction that reads and then writes must own the lock.

        Said here and not by a listener, for which SQLAlchemy would look at each statement.
        """
        raw = dbapi_connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.execute("BEGIN IMMEDIATE")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SpaceDialect)

    def __hash__(self) -> int:
        return hash(SpaceDialect)


@cache
def compiled() -> LRUCache[Any, Any]:
    """What was compiled in this process; the statements used last stay."""
    return LRUCache(_MOST)


registry.register(SCHEME.replace("+", "."), __name__, SpaceDialect.__name__)
