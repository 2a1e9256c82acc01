"""Statements of every day, straight to SQLite: built and compiled once by SQLAlchemy, which then keeps out of the way.

SQLAlchemy takes ten times as long to pass a statement on as SQLite to answer it.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from operator import itemgetter
from threading import RLock
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Delete, Insert, Select, Update

from gateway.adapters.database.dialect import SpaceDialect
from gateway.adapters.sqlite_file import pace

Statement = Select[Any] | Insert | Update | Delete
Values = Mapping[str, Any]
OPTION = "direct"
"""Among an engine's execution options: the way past SQLAlchemy, where there is one."""
_DIALECT = SpaceDialect()
_Process = Callable[[Any], Any] | None
_How = Callable[[sqlite3.Connection, str, Any], Any]
_MOST = 200


class Rows(Protocol):
    """What a statement found; SQLAlchemy's results are such, and those of here."""

    def one(self) -> Any: ...  # noqa: D102  as SQLAlchemy has them
    def one_or_none(self) -> Any: ...  # noqa: D102
    def scalar_one(self) -> Any: ...  # noqa: D102
    def all(self) -> Sequence[Any]: ...  # noqa: D102


class Running(Protocol):
    """A transaction under way."""

    def execute(self, statement: Statement, values: Any = None, /) -> Rows:
        """Run a statement once, or for each of several sets of values."""
        ...


class Transactions(Protocol):
    """A database, by whichever way."""

    def execute(self, statement: Statement, values: Any = None, /) -> Rows:
        """One statement by itself."""
        ...

    def begin(self) -> AbstractContextManager[Running]:
        """All of what is done inside, or nothing of it."""
        ...


class _Found(list[Any]):
    """Rows that were read."""

    def one(self) -> Any:
        """The only row."""
        (row,) = self
        return row

    def one_or_none(self) -> Any:
        """The only row, if there is one."""
        return self.one() if self else None

    def scalar_one(self) -> Any:
        """The only value of the only row."""
        return self.one()[0]

    def all(self) -> Sequence[Any]:
        """Every row."""
        return self


class _Prepared:
    """A statement as the driver takes it. `given` are the names of the values that come with each run."""

    def __init__(self, statement: Statement, given: Sequence[str]) -> None:
        keys = list(given) if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=_DIALECT, column_keys=keys)
        self.sql = str(compiled)
        self._binds = [
            (name if name in given else None, bind.effective_value, _to_driver(bind.type))
            for name, bind in ((name, compiled.binds[name]) for name in compiled.positiontup or ())
        ]
        as_given = all(name and not process for name, _, process in self._binds)
        names = [name for name, _, _ in self._binds]
        self._pick: Any = itemgetter(*names) if as_given and len(names) > 1 else None
        columns = list(statement.exported_columns)
        row: Any = namedtuple("Row", [str(one.key) for one in columns])  # type: ignore[misc]  # noqa: PYI024  made as needed
        self._row = row
        read = [_from_driver(column.type) for column in columns]
        self._read = read if any(read) else None

    def values(self, given: Values) -> tuple[Any, ...]:
        """The values in the order of the text."""
        if self._pick is not None:
            return tuple(self._pick(given))
        return tuple(
            _processed(process, constant if name is None else given[name])
            for name, constant, process in self._binds
        )

    def found(self, rows: Sequence[tuple[Any, ...]]) -> _Found:
        """Rows of the driver with their names."""
        if self._read is None:
            return _Found(map(self._row._make, rows))
        return _Found(self._row(*map(_processed, self._read, row)) for row in rows)


def _rows(connection: sqlite3.Connection, sql: str, values: Any) -> list[Any]:
    """Run and fetch in one go: what goes wrong at a later row is told like what goes wrong at once."""
    return connection.execute(sql, values).fetchall()


class Direct:
    """One connection for whoever comes, in turns. `connect` opens it, at the first statement.

    Errors are those of SQLAlchemy, without the values.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect, self._turns = connect, RLock()
        self._connection: sqlite3.Connection | None = None

    @contextmanager
    def begin(self) -> Iterator["Direct"]:
        """All of what is done inside, or nothing of it."""
        with self._turns:
            self._run("BEGIN IMMEDIATE")
            try:
                yield self
                self._run("COMMIT")
            except BaseException:
                if self._open().in_transaction:
                    self._run("ROLLBACK")
                raise

    def execute(self, statement: Statement, values: Any = None, /) -> _Found:
        """Run a statement once, or for each of several sets of values; outside of `begin` by itself."""
        if isinstance(values, list):
            return self._for_each(statement, values)
        given = values or {}
        one = _prepared(statement, tuple(given))
        with self._turns:
            return one.found(self._run(one.sql, one.values(given), _rows))

    def set_pace(self, *, is_lasting: bool) -> None:
        """Have the connection, if there is one, wait for the disk from now on, or no longer."""
        with self._turns:
            if self._connection is not None:
                self._connection.execute(pace(is_lasting=is_lasting))

    def close(self) -> None:
        """Let go of the file; the next statement opens it again."""
        with self._turns:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _for_each(self, statement: Statement, values: list[Values]) -> _Found:
        one = _prepared(statement, tuple(values[0]))
        if statement.exported_columns:
            return _Found(self.execute(statement, given).one() for given in values)
        rows = [one.values(given) for given in values]
        with self._turns:
            self._run(one.sql, rows, sqlite3.Connection.executemany)
        return _Found()

    def _run(self, sql: str, values: Any = (), how: _How = sqlite3.Connection.execute) -> Any:
        try:
            return how(self._open(), sql, values)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                sql, None, error, sqlite3.Error, hide_parameters=True
            ) from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection


class Through:
    """The same through SQLAlchemy."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self) -> AbstractContextManager[Running]:
        """All of what is done inside, or nothing of it."""
        return self._engine.begin()

    def execute(self, statement: Statement, values: Any = None, /) -> Rows:
        """One statement by itself."""
        with self._engine.begin() as connection:
            found = connection.execute(statement, values)
            return _Found(found.all() if found.returns_rows else ())


def direct(engine: Engine) -> Transactions:
    """The way past SQLAlchemy, for statements that are built once; where there is none, through it."""
    found: Direct | None = engine.get_execution_options().get(OPTION)
    return found or Through(engine)


@lru_cache(_MOST)
def _prepared(statement: Statement, given: tuple[str, ...]) -> _Prepared:
    """Compiled once in this process: the SQL of all spaces is the same."""
    return _Prepared(statement, given)


def _to_driver(kind: Any) -> _Process:
    process: _Process = kind.dialect_impl(_DIALECT).bind_processor(_DIALECT)
    return process


def _from_driver(kind: Any) -> _Process:
    process: _Process = kind.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
    return process


def _processed(process: _Process, value: Any) -> Any:
    return value if process is None or value is None else process(value)
