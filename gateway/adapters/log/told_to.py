"""Finds in a log all that went to one party or unit, and looks whether a person stands in it.

It looks into every private row itself and at no index: "never" must not rest on an index that lacks a row.
"""

import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from gateway.adapters.log.about_person import lost_since
from gateway.adapters.log.schema import connect_reader
from gateway.domain.disclosure import is_disclosure
from gateway.domain.log_entry import EventKind
from gateway.domain.never import Told
from gateway.domain.sealing import ERASED, unpack_subjects

_TO = ("credential", "unit", "party")
_FETCHED = frozenset({EventKind.FILE_COLLECTED.value, EventKind.SENT.value})
_NAMED = """
SELECT entry.position, leaf, words, subjects, private.position IS NULL
FROM entry LEFT JOIN private USING (position)
WHERE instr(leaf, :quoted) OR instr(leaf, :party) ORDER BY entry.position
"""
_GONE = """
SELECT entry.position, leaf, subjects, private.position IS NULL FROM entry LEFT JOIN private USING (position)
WHERE (private.position IS NULL AND (instr(leaf, :word) OR instr(leaf, :number))) OR instr(subjects, :erased)
"""
Leaf = Mapping[str, Any]


class ToldTo:
    """Every question opens the log's file for itself, so it may be asked on any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def about(self, numbers: Collection[str], to: str, party: str) -> Iterator[Told]:
        """What went to `to`, a credential, unit or party, or to the folder that it shares with its party.

        Each with whether it is about somebody who has one of these numbers.
        """
        with closing(connect_reader(self._path)) as connection:
            rows = list(_rows(connection, to, party))
            lost = lost_since(connection, 0)
        fetched = {leaf.get("file") for _, leaf, *_ in rows if _is_fetched(leaf, to)}
        for position, leaf, *private in rows:
            is_shared = leaf.get("party") == party and leaf.get("file", "") in fetched
            if is_disclosure(leaf) and (_is_to(leaf, to) or is_shared):
                is_about = _names(numbers, *private, is_empty=leaf.get("n") == 0)
                yield Told(position, leaf, is_about, is_lost=f"D-{position}" in lost)


def erased_positions(path: Path) -> frozenset[int]:
    """The entries of which nobody can tell whom, or whom else, they are about."""
    words = {"word": b'"priv":', "number": b'"subjects":', "erased": ERASED}
    with closing(connect_reader(path)) as connection:
        rows = connection.execute(_GONE, words).fetchall()
    return frozenset(position for position, *rest in rows if _is_erased(*rest))


def _is_erased(leaf: bytes, subjects: bytes | None, is_gone: int) -> bool:
    words: Leaf = msgspec.json.decode(leaf)
    if is_gone:
        return "priv" in words or ("subjects" in words and words["n"] > 0)
    return int.from_bytes(ERASED) in unpack_subjects(subjects or b"")


def _rows(connection: sqlite3.Connection, to: str, party: str) -> Iterator[tuple[Any, ...]]:
    words = {"quoted": f'"{to}"'.encode(), "party": f'"{party}"'.encode()}
    for position, leaf, *private in connection.execute(_NAMED, words):
        yield position, msgspec.json.decode(leaf), *private


def _is_to(leaf: Leaf, to: str) -> bool:
    return to in [leaf.get(name) for name in _TO]


def _is_fetched(leaf: Leaf, to: str) -> bool:
    return leaf["e"] in _FETCHED and leaf.get("credential") == to


def _names(
    numbers: Collection[str],
    words: bytes | None,
    subjects: bytes | None,
    is_gone: int,
    *,
    is_empty: bool,
) -> bool | None:
    """Whether a private row names somebody; `None` where it, or one of a file's numbers, was erased."""
    if is_gone:
        return False if is_empty else None
    if words is not None:
        return not set(numbers).isdisjoint(msgspec.json.decode(words).get("insz", ()))
    held = unpack_subjects(subjects or b"")
    if not {int(number) for number in numbers}.isdisjoint(held):
        return True
    return None if int.from_bytes(ERASED) in held else False
