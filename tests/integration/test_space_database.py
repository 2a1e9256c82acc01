"""A space's database: what is compiled once serves every space, and each transaction owns the lock."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import OperationalError

from gateway.adapters.database import engine as module
from gateway.adapters.database import open_database
from gateway.adapters.database.dialect import compiled
from gateway.adapters.database.engine import newest, revision_of, upgrade
from gateway.adapters.database.tables import JOB


@contextmanager
def opened(path: Path) -> Iterator[Engine]:
    engine = open_database(path, is_lasting=False)
    try:
        yield engine
    finally:
        engine.dispose()


def test_many_first_ones_at_once_are_all_made(tmp_path: Path) -> None:
    """As after a start on data that are there: nobody has made an empty database yet."""
    module._empty.cache_clear()
    begun = Barrier(4)

    def make(number: int) -> str | None:
        begun.wait(30)
        path = tmp_path / f"{number}.db"
        with opened(path):
            return revision_of(path)

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, range(4)))

    assert made == [newest()] * 4


def test_a_statement_is_compiled_once_for_all_spaces(tmp_path: Path) -> None:
    asked = select(JOB.c.id).where(JOB.c.kind == "only.here")
    with opened(tmp_path / "one.db") as one, opened(tmp_path / "other.db") as other:
        with one.begin() as connection:
            connection.execute(asked)
        known = len(compiled())
        with other.begin() as connection:
            assert connection.execute(asked).all() == []
        assert len(compiled()) == known
        with other.begin() as connection:
            connection.execute(asked.limit(3))
        assert len(compiled()) == known + 1, "it is counted at all"


def test_who_only_reads_has_the_lock_from_the_start(tmp_path: Path) -> None:
    with opened(tmp_path / "space.db") as engine, engine.connect() as second:
        second.execute(text("PRAGMA busy_timeout = 0"))
        second.rollback()
        with engine.begin() as first:
            first.execute(text("SELECT 1"))
            with pytest.raises(OperationalError, match="locked"):
                second.execute(text("SELECT 1"))
        assert second.execute(text("SELECT 1")).scalar_one() == 1


def test_the_newest_revision_is_the_end_of_the_one_chain() -> None:
    config = Config()
    config.set_main_option("script_location", str(module._MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_heads() == [newest()]


def test_an_empty_database_is_as_all_migrations_make_it(tmp_path: Path) -> None:
    migrated = create_engine(f"sqlite:///{tmp_path / 'migrated.db'}")
    upgrade(migrated)
    with opened(tmp_path / "made.db") as made:
        assert _schema(made) == _schema(migrated)
        with made.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).all()
    assert found == [(newest(),)]
    migrated.dispose()


def _schema(engine: Engine) -> list[tuple[str, ...]]:
    """Tables with their columns in order, constraints (which Alembic puts in any order), and indices."""
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT type, name, tbl_name, sql FROM sqlite_master")).all()
    found = []
    for kind, name, table, sql in rows:
        words = re.sub(r'[\s"]+', " ", sql or "").replace(" )", "")
        columns, *constraints = words.split(", CONSTRAINT ")
        found.append((kind, name, table, columns, *sorted(constraints)))
    return sorted(found)


def test_a_file_of_an_older_revision_is_migrated_and_one_of_the_newest_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "space.db"
    with opened(path) as engine, engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(module._MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "-1")
    assert revision_of(path) != newest()
    with opened(path):
        assert revision_of(path) == newest()
    ran: list[Engine] = []
    monkeypatch.setattr(module, "upgrade", ran.append)
    with opened(path):
        assert not ran


def test_a_file_without_a_revision_is_no_newest_one(tmp_path: Path) -> None:
    path = tmp_path / "space.db"
    with opened(path) as engine, engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert revision_of(path) is None
    path.write_bytes(b"no database at all")
    assert revision_of(path) is None
