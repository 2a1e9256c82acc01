"""Checks a log from its entries alone: every hash, every commitment, the root. Trusts no stored result."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gateway.domain.canonical_json import joined, members
from gateway.domain.merkle import EMPTY_ROOT, Frontier, leaf_hash
from gateway.domain.sealing import commitment, fields_root, subjects_root

WHOLE, BROKEN = True, False


@dataclass(frozen=True, slots=True)
class Head:
    """Size and root as a log states them."""

    size: int
    root: bytes

    @classmethod
    def empty(cls) -> "Head":
        """The head of a log without entries."""
        return cls(0, EMPTY_ROOT)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """One entry as stored; the last three are `None` once its private row was erased."""

    position: int
    leaf: bytes
    hash: bytes
    salt: bytes | None = None
    words: bytes | None = None
    subjects: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict. `broken_at` is the first position that does not fit, `None` if all do."""

    ok: bool
    size: int
    root: str
    broken_at: int | None = None
    detail: str = ""


def verify(
    entries: Iterable[StoredEntry], head: Head, progress: Callable[[int], None] = lambda _: None
) -> Verification:
    """Recompute everything and compare with what the log states.

    `progress` is told each position.
    """
    frontier = Frontier()
    for entry in entries:
        defect = _defect(entry, frontier.size + 1)
        if defect:
            return Verification(BROKEN, head.size, head.root.hex(), frontier.size + 1, defect)
        frontier.append(entry.hash)
        progress(entry.position)
    return _compared(frontier, head)


def _compared(frontier: Frontier, head: Head) -> Verification:
    root = frontier.root()
    if frontier.size != head.size:
        broken_at = min(frontier.size, head.size) + 1
        detail = f"the head speaks of {head.size} entries, there are {frontier.size}"
        return Verification(BROKEN, head.size, head.root.hex(), broken_at, detail)
    if root != head.root:
        detail = "the entries do not add up to the root in the head"
        return Verification(BROKEN, head.size, head.root.hex(), head.size, detail)
    return Verification(WHOLE, head.size, root.hex())


def _defect(entry: StoredEntry, expected: int) -> str:
    """What is wrong with one entry, or nothing."""
    if entry.position != expected:
        return f"position {expected} is missing"
    if leaf_hash(entry.leaf) != entry.hash:
        return "the leaf does not have the hash that is stored for it"
    return _private_defect(entry)


def _private_defect(entry: StoredEntry) -> str:
    """Whether the private row opens the leaf's commitment; an erased row is no defect."""
    if entry.salt is None:
        return ""
    leaf = json.loads(entry.leaf)
    if entry.words is not None and leaf.get("priv") == _words_root(leaf, entry.salt, entry.words):
        return ""
    if entry.subjects is not None:
        root = subjects_root(entry.salt, entry.subjects).hex()
        if leaf.get("subjects") == root:
            return ""
    return "the private row does not open the commitment in the leaf"


def _words_root(leaf: dict[str, Any], salt: bytes, words: bytes) -> str | None:
    """What the leaf commits to if these are its private words, in the way of its version, if any."""
    if leaf.get("v") == 1:
        return commitment(salt, words).hex()
    try:
        told = json.loads(words)
    except ValueError:
        return None
    fields = members(told) if isinstance(told, dict) else ()
    return fields_root(salt, fields).hex() if joined(fields) == words else None
