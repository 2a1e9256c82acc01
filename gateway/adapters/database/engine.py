"""Opens the space's database: SQLite with the settings it needs, migrated to the newest revision."""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from gateway.adapters.database.dialect import SCHEME, compiled
from gateway.adapters.database.direct import OPTION, Direct
from gateway.adapters.sqlite_file import as_wal, begin_file, pace

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(path: Path, *, is_lasting: bool = True) -> Engine:
    """The engine of a space's database file, migrated. A fresh one is a copy of one that was."""
    is_fresh = not path.exists()
    if is_fresh:
        begin_file(path, _migrated(), is_lasting=is_lasting)
    direct = Direct(lambda: _connected(path, is_lasting=is_lasting))
    engine = create_engine(
        f"{SCHEME}:///{path}",
        connect_args={"check_same_thread": False},
        execution_options={"compiled_cache": compiled(), OPTION: direct},
    )
    event.listen(engine, "engine_disposed", lambda _: direct.close())
    event.listen(engine, "connect", _configure)
    if not is_lasting:
        event.listen(engine, "connect", _wait_for_nothing)
    if not is_fresh and revision_of(path) != newest():
        upgrade(engine)
    return engine


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
def _migrated() -> bytes:
    """An empty database of the newest revision; it follows from the code alone, so once is enough."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    upgrade(engine)
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
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _connected(path: Path, *, is_lasting: bool) -> sqlite3.Connection:
    """A connection like those of the engine, and not one of them."""
    connection = sqlite3.connect(path, check_same_thread=False)
    _prepare(connection)
    if not is_lasting:
        connection.execute(pace(is_lasting=False))
    return connection


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        _prepare(connection)


def _prepare(connection: sqlite3.Connection) -> None:
    """WAL, foreign keys, a patient lock, and transactions that we begin ourselves."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=5000",
        "secure_delete=ON",  # of who is forgotten no bytes stay
    ):
        connection.execute(f"PRAGMA {pragma}")


def _wait_for_nothing(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute(pace(is_lasting=False))
