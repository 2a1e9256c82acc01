"""The log's tables: entries that anybody may see, and private rows apart from them."""

import sqlite3
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from gateway.adapters.log.sequels import gather_sequels
from gateway.adapters.sqlite_file import as_wal, begin_file, pace
from gateway.domain.tiles import Tile, TiledTree

SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
    position INTEGER PRIMARY KEY,
    leaf BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS private (
    position INTEGER PRIMARY KEY,
    salt BLOB NOT NULL,
    words BLOB,
    subjects BLOB
) STRICT;
CREATE TABLE IF NOT EXISTS head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    root BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT;
CREATE TABLE IF NOT EXISTS subject_index (
    span INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (span, tag, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subject_piece (
    position INTEGER NOT NULL,
    run INTEGER NOT NULL,
    first INTEGER NOT NULL,
    tags BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pieces ON subject_piece (position, run, first);
CREATE TABLE IF NOT EXISTS to_erase (
    position INTEGER PRIMARY KEY,
    salt BLOB,
    subjects BLOB,
    tags BLOB
) STRICT;
CREATE TABLE IF NOT EXISTS sequel (
    kind TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (kind, position)
) STRICT, WITHOUT ROWID;
"""


def connect_writer(path: Path, *, is_lasting: bool = True) -> sqlite3.Connection:
    """The one connection that writes: durable on commit, and erased rows leave no trace in the file."""
    if not path.exists():
        begin_file(path, _empty(), is_lasting=is_lasting)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(pace(is_lasting=is_lasting))
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA busy_timeout = 500")
    connection.executescript(SCHEMA)
    if "frontier" in {name for _, name, *_ in connection.execute("PRAGMA table_info(head)")}:
        _cut_tiles(connection)
    gather_sequels(connection)
    return connection


def put_tiles(connection: sqlite3.Connection, tiles: Iterable[Tile]) -> None:
    """Keep tiles; those above the lowest level grow in their place."""
    rows = [(tile.level, tile.number, tile.hashes) for tile in tiles]
    connection.executemany("INSERT OR REPLACE INTO tile VALUES (?, ?, ?)", rows)


def _cut_tiles(connection: sqlite3.Connection) -> None:
    """A log of before there were tiles gets them, all at once."""
    tree = TiledTree()
    connection.execute("BEGIN IMMEDIATE")
    for (hashed,) in connection.execute("SELECT hash FROM entry ORDER BY position"):
        put_tiles(connection, tree.extend([hashed]))
    connection.execute("ALTER TABLE head DROP COLUMN frontier")
    connection.execute("COMMIT")


@cache
def _empty() -> bytes:
    """A log without entries; it follows from the schema alone, so once is enough."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(SCHEMA)
    content = as_wal(connection.serialize())
    connection.close()
    return content


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    uri = f"file:{path.absolute()}?mode=ro"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
