"""Erases what is marked, in the commit of the entry that says so, whichever process writes that."""

from sqlite3 import Connection

from gateway.adapters.log.subject_index import forget_subject, forget_subjects
from gateway.domain.log_entry import EventKind

ERASES = f'"e":"{EventKind.PRIVATE_ERASED.value}"'.encode()
"""In the leaf of an entry that says that what is marked is erased; no text in a leaf can look like it."""
_GONE = "SELECT position FROM to_erase WHERE salt IS NULL"
_DELETE = "DELETE FROM private WHERE position IN (SELECT position FROM to_erase WHERE salt IS NULL)"
_PUNCTURE = """
UPDATE private SET salt = marked.salt, subjects = marked.subjects FROM to_erase AS marked
WHERE private.position = marked.position AND marked.salt IS NOT NULL
"""
_OUT_OF_FILES = "SELECT position, tags FROM to_erase WHERE salt IS NOT NULL"


def erase_marked(connection: Connection) -> None:
    """Erase private rows with their salts, or one person's part of them; the index follows."""
    for (position,) in connection.execute(_GONE).fetchall():
        forget_subjects(connection, position)
    for position, tags in connection.execute(_OUT_OF_FILES).fetchall():
        forget_subject(connection, position, tags)
    connection.execute(_DELETE)
    connection.execute(_PUNCTURE)
    connection.execute("DELETE FROM to_erase")
