"""What opens one commitment of an entry and no other: a private word, or one number of a file."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.domain.canonical_json import members
from gateway.domain.log_check import StoredEntry
from gateway.domain.merkle import node_hash
from gateway.domain.sealing import (
    field_commitments,
    field_salts,
    subject_commitment,
    subject_salt,
    unpack_subjects,
)
from gateway.domain.tree_proofs import inclusion_proof

PRIVATE_WORDS = frozenset({"actor", "answer", "case", "day", "insz", "reference", "number"})
"""What can be opened: the words of decisions, and a number of a file."""
_WIDTH = 8
_BY_FIELD = 2
"""The version since which each word has a commitment of its own."""


def open_word(entry: StoredEntry, name: str) -> Mapping[str, Any]:
    """One private word with its salt, and the commitments to the others.

    Raises:
        LookupError: the entry has no such word, or it was erased, or its words cannot be shown apart.
    """
    words = json.loads(entry.words) if entry.words is not None else {}
    if entry.salt is None or name not in words or json.loads(entry.leaf)["v"] < _BY_FIELD:
        raise LookupError(name)
    index, fields = sorted(words).index(name), members(words)
    others = list(field_commitments(entry.salt, fields))
    del others[index]
    return {
        "name": name, "value": words[name], "index": index,
        "salt": field_salts(entry.salt, len(fields))[index].hex(),
        "others": [one.hex() for one in others],
    }  # fmt: skip


def open_number(entry: StoredEntry, number: str) -> Mapping[str, Any]:
    """One number of a file with its salt, and what leads from it to the commitment to all.

    Raises:
        LookupError: the file does not hold it, or it was erased.
    """
    if entry.salt is None or entry.subjects is None or not int(number):
        raise LookupError
    salt, packed = entry.salt, entry.subjects
    try:
        index = unpack_subjects(packed).index(int(number))
    except ValueError:
        raise LookupError from None
    count = len(packed) // _WIDTH
    parts = (packed[at * _WIDTH : (at + 1) * _WIDTH] for at in range(count))
    rows = _rows([subject_commitment(salt, at, part) for at, part in enumerate(parts)])
    path = inclusion_proof(index, count, lambda height, at: rows[height][at])
    return {
        "number": number, "index": index, "salt": subject_salt(salt, index).hex(),
        "path": [one.hex() for one in path],
    }  # fmt: skip


def _rows(hashes: list[bytes]) -> list[list[bytes]]:
    """The roots of the perfect subtrees of every height."""
    rows = [hashes]
    while len(rows[-1]) > 1:
        below = rows[-1]
        rows.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return rows
