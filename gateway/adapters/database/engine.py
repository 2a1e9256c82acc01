"""Opens the space's database: SQLite with the settings it needs, migrated to the newest revision."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from gateway.adapters.database.dialect import SCHEME, compiled
from gateway.adapters.database.direct import OPTION, Direct
from gateway.adapters.database.tables import METADATA
from gateway.adapters.sqlite_file import as_wal, begin_file, pace

DATABASE = "space.db"
"""The file, in a space's data folder."""
_PACE = "pace"
"""Among an engine's execution options: how its connections wait for the disk."""
_REVISIONS = """
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)
"""
"""Where Alembic notes how far a database is."""
_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATING = Lock()
"""What migrates keeps what it is about in the process: one thread at a time."""


@dataclass(slots=True)
class _Pace:
    """How connections wait for the disk that are opened from now on."""

    is_lasting: bool


def open_database(path: Path, *, is_lasting: bool = True) -> Engine:
    """The engine of a space's database file, migrated. A fresh one is a copy of an empty one."""
    is_fresh, held = not path.exists(), _Pace(is_lasting)
    if is_fresh:
        begin_file(path, _empty(), is_lasting=is_lasting)
    direct = Direct(lambda: _connected(path, held))
    engine = create_engine(
        f"{SCHEME}:///{path}",
        connect_args={"check_same_thread": False},
        execution_options={"compiled_cache": compiled(), OPTION: direct, _PACE: held},
    )
    event.listen(engine, "engine_disposed", lambda _: direct.close())
    event.listen(engine, "connect", partial(_configure, held))
    if not is_fresh and revision_of(path) != newest():
        upgrade(engine)
    return engine


def set_pace(engine: Engine, *, is_lasting: bool) -> None:
    """Let an engine that waited for nothing wait for the disk from now on, or one that did no longer.

    Nobody may have a connection in hand meanwhile.
    """
    options = engine.get_execution_options()
    options[_PACE].is_lasting = is_lasting
    options[OPTION].set_pace(is_lasting=is_lasting)
    if not is_lasting:
        event.listen(engine, "close", _wait_for_nothing)
    elif engine.pool.checkedin():  # type: ignore[attr-defined]  # a queue of connections
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute(pace(is_lasting=True))


@cache
def newest() -> str:
    """The revision that the code knows last: migrations are one chain, named in order."""
    return max(file.name for file in (_MIGRATIONS / "versions").glob("[0-9]*.py")).partition("_")[0]


def revision_of(path: Path) -> str | None:
    """The revision of a file, or `None` where it cannot be read; whoever opens it then says why."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            (found,) = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except (sqlite3.Error, ValueError):
        return None
    return str(found[0])


@cache
def _empty() -> bytes:
    """An empty database as all migrations make it; it follows from the tables, so once is enough."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    with engine.begin() as connection:
        METADATA.create_all(connection)
        connection.exec_driver_sql(_REVISIONS)
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (newest(),))
    with engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        content = as_wal(raw.serialize())
    engine.dispose()
    return content


def read_database(path: Path) -> Engine:
    """The same file for a reader beside the space: it changes nothing, not even the revision."""
    uri = f"sqlite:///file:{path.absolute()}?mode=ro&uri=true"
    return create_engine(uri, connect_args={"check_same_thread": False})


def sweep(engine: Engine) -> None:
    """Take what was deleted out of the journal beside the file too."""
    if engine.dialect.name == "sqlite":
        with closing(engine.raw_connection()) as raw:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision. Only who needs that loads what does it."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with _MIGRATING, engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _connected(path: Path, held: _Pace) -> sqlite3.Connection:
    """A connection like those of the engine, and not one of them."""
    connection = sqlite3.connect(path, check_same_thread=False)
    _prepare(connection, held)
    return connection


def _configure(held: _Pace, connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        _prepare(connection, held)


def _prepare(connection: sqlite3.Connection, held: _Pace) -> None:
    """WAL, foreign keys, a patient lock, and transactions that we begin ourselves."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "secure_delete=ON",  # of who is forgotten no bytes stay
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(pace(is_lasting=held.is_lasting))


def _wait_for_nothing(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute(pace(is_lasting=False))
