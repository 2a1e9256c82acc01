"""A copy of a space's data as it stands; nobody may be in the space meanwhile, at any door but SFTP's."""

import shutil
import sqlite3
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

from gateway.adapters.sqlite_file import OF_A_DATABASE

_DATABASE = ".db"


def copy_data(source: Path, target: Path, left_out: Collection[str]) -> None:
    """Databases with all that was committed, folders and files with their times."""
    target.mkdir(mode=0o700, parents=True)
    for path in sorted(source.iterdir()):
        if path.name in left_out or path.name.endswith(OF_A_DATABASE):
            continue
        if path.suffix == _DATABASE:
            _copy_database(path, target / path.name)
        elif path.is_dir():
            shutil.copytree(path, target / path.name, symlinks=True)
        else:
            shutil.copy2(path, target / path.name)


def _copy_database(source: Path, target: Path) -> None:
    uri = f"file:{source}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True)) as reader,
        closing(sqlite3.connect(target)) as writer,
    ):
        reader.backup(writer)
