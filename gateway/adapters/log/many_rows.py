"""Rows put into a table many to a statement: SQLite begins once for all of them."""

from collections.abc import Sequence
from functools import cache
from itertools import chain
from sqlite3 import Connection
from typing import Any

_TOGETHER = 16


def put_rows(connection: Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows, which have a value for each column; what is left over goes one by one."""
    if not rows:
        return
    width, whole = len(rows[0]), len(rows) // _TOGETHER * _TOGETHER
    for first in range(0, whole, _TOGETHER):
        values = list(chain.from_iterable(rows[first : first + _TOGETHER]))
        connection.execute(_insert(table, width, _TOGETHER), values)
    if whole < len(rows):
        connection.executemany(_insert(table, width, 1), rows[whole:])


@cache
def _insert(table: str, width: int, count: int) -> str:
    row = f"({', '.join('?' * width)})"
    return f"INSERT INTO {table} VALUES {', '.join([row] * count)}"  # noqa: S608  names of ours
