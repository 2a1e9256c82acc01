"""The log's index of persons: written with each entry, searched by tag, and gone with what it points at.

A decision has a row for each person; they lie in spans of positions, so that a commit touches few pages
however large the log is. A file's persons lie together, in ordered pieces (ADR 0045).
"""

from array import array
from collections.abc import Iterable, Sequence
from sqlite3 import Connection

from gateway.adapters.log.many_rows import put_rows
from gateway.domain.sealing import SealedEntry
from gateway.domain.subject_tags import TAG_BYTES, holds, pack_tags, pieces, unpack_tags

SPAN = 4_096
"""How many positions share a span."""
_DECISIONS = """
WITH RECURSIVE spans (span) AS (VALUES (0) UNION ALL SELECT span + 1 FROM spans WHERE span < :last)
SELECT position FROM spans CROSS JOIN subject_index USING (span) WHERE tag = :tag
"""
_FILES = """
SELECT position, (
    SELECT tags FROM subject_piece AS piece
    WHERE piece.position = file.position AND piece.run = file.run AND piece.first <= :tag
    ORDER BY piece.first DESC LIMIT 1
) FROM (SELECT DISTINCT position, run FROM subject_piece) AS file
"""

_PIECES = "SELECT rowid, tags FROM subject_piece WHERE position = ?"


def index_subjects(connection: Connection, first: int, entries: Sequence[SealedEntry]) -> None:
    """Write whom the entries are about, in the transaction that writes them."""
    put_rows(
        connection,
        "subject_index",
        [(at // SPAN, one.tag, at) for at, one in enumerate(entries, first) if one.tag is not None],
    )
    for at, entry in enumerate(entries, first):
        if entry.tags:
            rows = ((at, *piece) for piece in pieces(entry.tags))
            connection.executemany("INSERT INTO subject_piece VALUES (?, ?, ?, ?)", rows)


def positions_about(connection: Connection, tags: Iterable[int]) -> Sequence[int]:
    """Where the entries about a person stand, in order; `tags` are those of every year and number."""
    (size,) = connection.execute("SELECT coalesce(max(size), 0) FROM head").fetchone()
    found: set[int] = set()
    for tag in tags:
        decisions = connection.execute(_DECISIONS, {"last": size // SPAN, "tag": tag})
        found.update(position for (position,) in decisions)
        files = connection.execute(_FILES, {"tag": tag})
        found.update(position for position, piece in files if piece and holds(piece, tag))
    return sorted(found)


def forget_subjects(connection: Connection, position: int) -> None:
    """Take an entry out of the index, in a transaction of the caller's; the entry itself stays."""
    connection.execute(
        "DELETE FROM subject_index WHERE span = ? AND position = ?", (position // SPAN, position)
    )
    connection.execute("DELETE FROM subject_piece WHERE position = ?", (position,))


def forget_subject(connection: Connection, position: int, tags: bytes) -> None:
    """Take one person, by its tags, out of a file's pieces; the others stay."""
    gone = set(unpack_tags(tags))
    rows = connection.execute(_PIECES, (position,)).fetchall()
    for row, piece in rows:
        left = array("q", (tag for tag in unpack_tags(piece) if tag not in gone))
        if not left:
            connection.execute("DELETE FROM subject_piece WHERE rowid = ?", (row,))
        elif len(left) * TAG_BYTES < len(piece):
            kept = (left[0], pack_tags(left), row)
            connection.execute("UPDATE subject_piece SET first = ?, tags = ? WHERE rowid = ?", kept)
