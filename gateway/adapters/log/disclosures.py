"""Finds in a log what one sender was told of one person: by the index of persons, and while that stands."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from gateway.adapters.log.about_person import Keys, Row, lost_since, rows_about
from gateway.adapters.log.schema import connect_reader
from gateway.domain.disclosure import Traced, is_disclosure


class SqliteDisclosures:
    """Implements `gateway.ports.Disclosures` on the log's file.

    Every question opens the file for itself, so it may be asked on any thread.
    """

    def __init__(self, path: Path, keys: Keys) -> None:
        self._path, self._keys = path, keys

    def about(self, number: str, sender: str) -> Sequence[Traced]:
        """The disclosures about a person to the credential `sender`, oldest first."""
        with closing(connect_reader(self._path)) as connection:
            rows = rows_about(connection, (number,), self._keys)
            found = [one for one in rows if _is_told(one, sender)]
            lost = lost_since(connection, found[0].position) if found else frozenset()
        return [_traced(one) for one in found if one.decision not in lost]


def _is_told(one: Row, sender: str) -> bool:
    return is_disclosure(one.leaf) and one.leaf["credential"] == sender


def _traced(one: Row) -> Traced:
    """What may be told of an entry: of all that is private, the sender's own reference."""
    reference = one.words.get("reference") or one.leaf.get("file")
    return Traced(position=one.position, leaf=one.leaf, reference=reference)
