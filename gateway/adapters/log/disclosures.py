"""Finds in a log what one sender was told of one person: by the index of persons, and while that stands."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from gateway.adapters.log.schema import UNDELIVERED, connect_reader
from gateway.adapters.log.subject_index import positions_about
from gateway.domain.disclosure import Traced, is_disclosure
from gateway.domain.log_entry import EventKind
from gateway.domain.subject_tags import tag_of

_ENTRY = "SELECT leaf, words FROM entry JOIN private USING (position) WHERE position = ?"
_AFTER = f"SELECT leaf FROM entry INDEXED BY undelivered WHERE {UNDELIVERED} AND position > ?"  # noqa: S608  a constant


class SqliteDisclosures:
    """Implements `gateway.ports.Disclosures` on the log's file; `keys` gives those of the index, by year.

    Every question opens the file for itself, so it may be asked on any thread.
    """

    def __init__(self, path: Path, keys: Callable[[], Mapping[str, bytes]]) -> None:
        self._path, self._keys = path, keys

    def about(self, number: str, sender: str) -> Sequence[Traced]:
        """The disclosures about a person to the credential `sender`, oldest first."""
        tags = [tag_of(int(number), key) for key in self._keys().values()]
        with closing(connect_reader(self._path)) as connection:
            rows = [_row(connection, at) for at in positions_about(connection, tags)]
            found = [one for one in rows if one is not None and _is_told(one.leaf, sender)]
            lost = _lost(connection, found[0].position) if found else frozenset()
        return [one for one in found if one.decision not in lost]


def _is_told(leaf: Mapping[str, Any], sender: str) -> bool:
    return is_disclosure(leaf) and leaf["credential"] == sender


def _row(connection: sqlite3.Connection, position: int) -> Traced | None:
    """What may be told of an entry: of all that is private, the sender's own reference.

    Where its private row was erased, it is nobody's any more.
    """
    row = connection.execute(_ENTRY, (position,)).fetchone()
    if row is None:
        return None
    leaf, words = row
    told: dict[str, Any] = msgspec.json.decode(leaf)
    private: dict[str, Any] = msgspec.json.decode(words) if words else {}
    reference = private.get("reference") or told.get("file")
    return Traced(position=position, leaf=told, reference=reference)


def _lost(connection: sqlite3.Connection, first: int) -> frozenset[str]:
    """The decisions since a position whose answer could not be handed over."""
    rows = connection.execute(_AFTER, (first,)).fetchall()
    leaves: Iterable[dict[str, Any]] = (msgspec.json.decode(leaf) for (leaf,) in rows)
    return frozenset(
        leaf["decision"] for leaf in leaves if leaf["e"] == EventKind.NOT_DELIVERED.value
    )
