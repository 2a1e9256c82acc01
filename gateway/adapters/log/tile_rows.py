"""Tiles in the log's file: full ones of leaf hashes, those above as they grow; the last leaves' come from the entries."""

import sqlite3

from gateway.contracts.faults import LogBroken
from gateway.domain.tiles import HASH, HEIGHT, WIDTH, TiledTree, levels_of, split_hashes, width_at

_HASHES = "SELECT hash FROM entry WHERE position > ? AND position <= ? ORDER BY position"


def tile_hashes(connection: sqlite3.Connection, level: int, number: int, width: int) -> bytes:
    """The first `width` hashes of a tile.

    Raises:
        LookupError: they are not there.
    """
    if level == 0 and width < WIDTH:
        first = number * WIDTH
        rows = connection.execute(_HASHES, (first, first + width)).fetchall()
        packed = b"".join(hashed for (hashed,) in rows)
    else:
        packed = _stored(connection, level, number)[: width * HASH]
    if len(packed) != width * HASH:
        raise LookupError(f"tile {level}/{number} does not have {width} hashes")
    return packed


def stored_tree(connection: sqlite3.Connection) -> TiledTree:
    """The tree as it was left, by its last tiles.

    Raises:
        LogBroken: the tiles do not add up to the root.
    """
    row = connection.execute("SELECT size, root FROM head").fetchone()
    if row is None:
        return TiledTree()
    size, root = row
    try:
        tree = TiledTree(
            size, [_ledge(connection, level, size) for level in range(levels_of(size))]
        )
    except (LookupError, ValueError):
        raise LogBroken from None
    if tree.root() != root:
        raise LogBroken
    return tree


def _ledge(connection: sqlite3.Connection, level: int, size: int) -> list[bytes]:
    """The hashes of a level's last tile, while it is not full."""
    number = (size >> HEIGHT * level) // WIDTH
    width = width_at(size, level, number)
    return split_hashes(tile_hashes(connection, level, number, width)) if width else []


def _stored(connection: sqlite3.Connection, level: int, number: int) -> bytes:
    found = connection.execute(
        "SELECT hashes FROM tile WHERE level = ? AND number = ?", (level, number)
    ).fetchone()
    return b"" if found is None else bytes(found[0])
