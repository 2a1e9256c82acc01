"""Finds in a log what one sender was told of one person: by the private rows, and only while they stand."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from gateway.adapters.log.schema import UNDELIVERED, connect_reader
from gateway.domain.disclosure import Traced, is_disclosure
from gateway.domain.log_entry import EventKind

_WIDTH = 8
_ABOUT = """
SELECT entry.position, leaf, words, subjects FROM private JOIN entry USING (position)
WHERE (instr(words, :number) OR instr(subjects, :packed)) AND instr(leaf, :sender)
ORDER BY entry.position
"""
_AFTER = f"SELECT leaf FROM entry INDEXED BY undelivered WHERE {UNDELIVERED} AND position > ?"  # noqa: S608  a constant


class SqliteDisclosures:
    """Implements `gateway.ports.Disclosures` on the log's file.

    Every question opens the file for itself and reads it from end to end, byte against byte, so it may
    be asked on any thread; what the bytes promise is then checked in the entry itself.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def about(self, number: str, sender: str) -> Sequence[Traced]:
        """The disclosures about a person to the credential `sender`, oldest first."""
        words = {
            "number": msgspec.json.encode(number),
            "packed": int(number).to_bytes(_WIDTH, "big"),
            "sender": b'"credential":' + msgspec.json.encode(sender),
        }
        with closing(connect_reader(self._path)) as connection:
            rows = connection.execute(_ABOUT, words).fetchall()
            found = [one for one in map(_Row, rows) if one.concerns(number, sender)]
            lost = _lost(connection, found[0].position) if found else frozenset()
        return [one.traced() for one in found if f"D-{one.position}" not in lost]


class _Row:
    """An entry with its private row."""

    def __init__(self, row: tuple[int, bytes, bytes | None, bytes | None]) -> None:
        self.position, leaf, words, self._subjects = row
        self._leaf: dict[str, Any] = msgspec.json.decode(leaf)
        self._words: dict[str, Any] = msgspec.json.decode(words) if words else {}

    def concerns(self, number: str, sender: str) -> bool:
        """Whether it is a disclosure to this sender about this person, and not only looks like one."""
        return (
            is_disclosure(self._leaf)
            and self._leaf["credential"] == sender
            and (number in self._words.get("insz", ()) or _holds(self._subjects, int(number)))
        )

    def traced(self) -> Traced:
        """What may be told of it: of all that is private, the sender's own reference."""
        reference = self._words.get("reference") or self._leaf.get("file")
        return Traced(position=self.position, leaf=self._leaf, reference=reference)


def _holds(subjects: bytes | None, number: int) -> bool:
    """Whether a number stands among those of a file, at a place where numbers stand."""
    packed, at = number.to_bytes(_WIDTH, "big"), -1
    while subjects is not None and (at := subjects.find(packed, at + 1)) >= 0:
        if at % _WIDTH == 0:
            return True
    return False


def _lost(connection: sqlite3.Connection, first: int) -> frozenset[str]:
    """The decisions since a position whose answer could not be handed over."""
    rows = connection.execute(_AFTER, (first,)).fetchall()
    leaves: Iterable[dict[str, Any]] = (msgspec.json.decode(leaf) for (leaf,) in rows)
    return frozenset(
        leaf["decision"] for leaf in leaves if leaf["e"] == EventKind.NOT_DELIVERED.value
    )
