"""Whoever else opens a space's databases and closes them again takes nothing away under it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.adapters.log import LogReader
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.space import Doors, Space

_LOOK = """
import sqlite3, sys
for path in sys.argv[1:]:
    connection = sqlite3.connect(path)
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    connection.close()
"""


@pytest.fixture
def space(tmp_path: Path) -> Iterator[Space]:
    """A fresh one that is to outlast the machine."""
    settings = Settings(data=tmp_path / "space", clock=DEMO_CLOCK, provider_transport="process")
    space = Space("demo", settings, Doors())
    yield space
    space.close()


def test_another_process_that_looks_does_not_take_the_log_away(space: Space) -> None:
    """Who closes any descriptor of a file lets go of its locks, and the next to come thinks itself alone."""
    paths = sorted(space.data.glob("*.db"))
    beside = [path.with_name(f"{path.name}-wal") for path in paths]
    assert {path.name for path in paths} >= {"log.db", "space.db", "checkpoints.db"}
    before = [path.stat().st_ino for path in beside]

    subprocess.run([sys.executable, "-c", _LOOK, *map(str, paths)], check=True)
    space.time.advance_by(days=1, seconds=None)

    assert [path.stat().st_ino for path in beside] == before
    with closing(LogReader(space.data / "log.db")) as reader:
        assert reader.head() == space.gateway.log.reader.head()
    assert space.gateway.log.size > 0
