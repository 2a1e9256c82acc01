"""Entries that tell what became of an earlier one: few, noted as they are written, found without a search.

An answer was not handed over, or a file was handed out once more. Nobody is named in them, so they have no
private row; an entry that has one is not looked into (ADR 0069).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from sqlite3 import Connection
from typing import Any

import msgspec

from gateway.domain.log_entry import EventKind
from gateway.domain.sealing import SealedEntry

Leaf = tuple[int, bytes]
"""Where an entry stands, and its bytes."""
_WORDS = {
    kind.value: f'"e":"{kind.value}"'
    for kind in (EventKind.NOT_DELIVERED, EventKind.FILE_REDELIVERED)
}
"""What stands in a leaf of each kind. In one of another kind it may stand too, as the name of a deeper member."""
_NOTED = "SELECT position, leaf FROM sequel JOIN entry USING (position) WHERE kind = :kind AND position > :after"
_INDEXES = ("undelivered", "repeated")
"""What a log of before found them by: SQLite looked through every leaf for each."""
_OF_BEFORE = "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name IN (?, ?)"


def without_private(first: int, entries: Sequence[SealedEntry]) -> Sequence[Leaf]:
    """The leaves of the entries, from position `first` on, behind which nothing personal stands."""
    return [
        (at, entry.leaf)
        for at, entry in enumerate(entries, first)
        if entry.words is None and entry.subjects is None
    ]


def note_sequels(connection: Connection, leaves: Iterable[Leaf]) -> None:
    """Write where entries stand that tell of an earlier one, in the transaction that writes them."""
    rows = [
        (kind, at) for at, leaf in leaves for kind, word in _WORDS.items() if word.encode() in leaf
    ]
    connection.executemany("INSERT OR IGNORE INTO sequel VALUES (?, ?)", rows)


def sequels(
    connection: Connection, kind: EventKind, after: int
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The entries of a kind after a position, in order: what looks like one in its bytes is looked into."""
    words = {"kind": kind.value, "after": after}
    query = _unnoted(kind.value) if _is_of_before(connection) else _NOTED
    for at, packed in connection.execute(query, words).fetchall():
        leaf: Mapping[str, Any] = msgspec.json.decode(packed)
        if leaf["e"] == kind.value:
            yield at, leaf


def gather_sequels(connection: Connection) -> None:
    """Note those of a log of before, which then loses its indexes; any other is left as it is."""
    if not _is_of_before(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    for kind in _WORDS:
        note_sequels(connection, connection.execute(_unnoted(kind), {"after": 0}).fetchall())
    for name in _INDEXES:
        connection.execute(f"DROP INDEX IF EXISTS {name}")
    connection.execute("COMMIT")


def _is_of_before(connection: Connection) -> bool:
    """Whether the log has not been opened for writing since they are noted."""
    return connection.execute(_OF_BEFORE, _INDEXES).fetchone() is not None


def _unnoted(kind: str) -> str:
    """By the index of before, of which this is the very condition, while there is one."""
    word = f"CAST('{_WORDS[kind]}' AS BLOB)"
    return f"SELECT position, leaf FROM entry WHERE instr(leaf, {word}) AND position > :after ORDER BY position"  # noqa: S608  constants
