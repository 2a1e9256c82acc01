"""Checks a log from its entries alone: every hash, every commitment, every tile, the root. Trusts no stored result."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gateway.contracts.quickly_made import quickly_made
from gateway.domain.canonical_json import joined, members
from gateway.domain.checkpoint import Checkpoint
from gateway.domain.merkle import EMPTY_ROOT, leaf_hash, leaf_hashes
from gateway.domain.sealing import commitment, fields_root, subjects_root
from gateway.domain.tiles import HASH, HEIGHT, WIDTH, Tile, TiledTree, TileNodes, width_at
from gateway.domain.tree_proofs import root_at

WHOLE, BROKEN = True, False
_V1 = b'"v":1'
ReadTile = Callable[[int, int, int], bytes]
"""The first hashes of a tile as stored: level, number, how many; `LookupError` where they are not there."""


@dataclass(frozen=True, slots=True)
class Head:
    """Size and root as a log states them."""

    size: int
    root: bytes

    @classmethod
    def empty(cls) -> "Head":
        """The head of a log without entries."""
        return cls(0, EMPTY_ROOT)


@quickly_made
@dataclass(frozen=True)
class StoredEntry:
    """One entry as stored; the last three are `None` once its private row was erased."""

    position: int
    leaf: bytes
    hash: bytes
    salt: bytes | None = None
    words: bytes | None = None
    subjects: bytes | None = None


class StoredPage(NamedTuple):
    """Entries that stand together, by columns: whoever looks through millions makes nothing of each one.

    `private` has salt, words and numbers of each private row that is there, by its position.
    """

    positions: Sequence[int]
    leaves: Sequence[bytes]
    hashes: Sequence[bytes]
    private: Mapping[int, tuple[bytes | None, bytes | None, bytes | None]]

    def entries(self) -> Iterator[StoredEntry]:
        """Each as a whole."""
        for row in zip(self.positions, self.leaves, self.hashes, strict=True):
            yield StoredEntry(*row, *self.private.get(row[0], ()))


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict. `broken_at` is the first position that does not fit, `None` if all do."""

    ok: bool
    size: int
    root: str
    broken_at: int | None = None
    detail: str = ""


class _Defect(Exception):
    """Something does not fit: from which position on, and what."""

    def __init__(self, at: int, detail: str) -> None:
        super().__init__(detail)
        self.at, self.detail = at, detail


def verify(
    pages: Iterable[StoredPage],
    head: Head,
    tiles: ReadTile | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Verification:
    """Recompute everything and compare with what the log states; tiles too, where they are kept.

    `progress` is told how far it is.
    """
    try:
        tree = _walk(pages, tiles, head, progress)
        _compare(tree, head)
    except _Defect as defect:
        return Verification(BROKEN, head.size, head.root.hex(), defect.at, defect.detail)
    return Verification(WHOLE, head.size, head.root.hex())


def compare_published(published: Iterable[Checkpoint], head: Head, tiles: ReadTile) -> Verification:
    """Compare a log that holds in itself with what was given away of it, smallest first."""
    same, nodes = 0, TileNodes(tiles, 0)
    for one in published:
        if not nodes.reach(one.size):
            nodes = TileNodes(tiles, min(head.size, one.size + -one.size % WIDTH))
        detail = _contradiction(one, head, nodes)
        if detail:
            broken_at = min(same, head.size) + 1
            return Verification(BROKEN, head.size, head.root.hex(), broken_at, detail)
        same = one.size
    return Verification(WHOLE, head.size, head.root.hex())


def _contradiction(one: Checkpoint, head: Head, nodes: TileNodes) -> str:
    if one.size > head.size:
        return f"a checkpoint of {one.size} entries was given away, there are {head.size}"
    if root_at(one.size, nodes) != one.root:
        return f"the first {one.size} entries are not those of the checkpoint that was given away"
    return ""


def _walk(
    pages: Iterable[StoredPage],
    tiles: ReadTile | None,
    head: Head,
    progress: Callable[[int], None],
) -> TiledTree:
    """The tree over the entries, each of which fits; so do the tiles that are kept of it."""
    tree, upper = TiledTree(), dict[tuple[int, int], Tile]()
    for page in pages:
        _check_page(page, tree.size + 1)
        for tile in tree.extend(page.hashes):
            if tile.level:
                upper[tile.level, tile.number] = tile  # the last one is the widest
            else:
                _check_tile(tile, tiles, head.size)
        progress(tree.size)
    for tile in upper.values():
        _check_tile(tile, tiles, head.size)
    return tree


def _check_page(page: StoredPage, first: int) -> None:
    """Many at once where they fit, as they nearly always do; one by one to find which does not."""
    places = range(first, first + len(page.positions))
    fits = [*places] == [*page.positions] and leaf_hashes(page.leaves) == [*page.hashes]
    if fits and (not page.private or all(map(_opens, page.entries()))):
        return
    for position, row in zip(places, page.entries(), strict=True):
        _check_row(row, position)


def _check_row(row: StoredEntry, position: int) -> None:
    if row.position != position:
        raise _Defect(position, f"position {position} is missing")
    if leaf_hash(row.leaf) != row.hash:
        raise _Defect(position, "the leaf does not have the hash that is stored for it")
    if not _opens(row):
        raise _Defect(position, "the private row does not open the commitment in the leaf")


def _opens(row: StoredEntry) -> bool:
    """Whether the private row opens the leaf's commitment; an erased row is no defect."""
    if row.salt is None:
        return True
    if row.words is not None:
        return _states(row.leaf, b"priv", _words_root(row.leaf, row.salt, row.words))
    root = b"" if row.subjects is None else subjects_root(row.salt, row.subjects)
    return _states(row.leaf, b"subjects", root)


def _words_root(leaf: bytes, salt: bytes, words: bytes) -> bytes:
    """What the leaf commits to if these are its private words, in the way of its version; empty if none."""
    try:
        if _V1 in leaf and json.loads(leaf).get("v") == 1:
            return commitment(salt, words)
        told = json.loads(words)
    except ValueError:
        return b""
    fields = members(told) if isinstance(told, dict) else ()
    return fields_root(salt, fields) if joined(fields) == words else b""


def _states(leaf: bytes, member: bytes, value: bytes) -> bool:
    """Whether a leaf has this member: in canonical JSON no text can look like one."""
    return b'"%b":"%b"' % (member, value.hex().encode()) in leaf


def _check_tile(tile: Tile, tiles: ReadTile | None, size: int) -> None:
    if tiles is None:
        return
    width = len(tile.hashes) // HASH
    first = tile.number * WIDTH << HEIGHT * tile.level
    name = f"tile {tile.level}/{tile.number}"
    try:
        stored = tiles(tile.level, tile.number, min(width, width_at(size, tile.level, tile.number)))
    except LookupError:
        raise _Defect(first + 1, f"{name} is missing") from None
    if stored != tile.hashes:
        differs = next(at for at in range(width) if not _same(stored, tile.hashes, at))
        at = first + (differs << HEIGHT * tile.level) + 1
        raise _Defect(at, f"{name} does not hold the hashes of the entries")


def _same(one: bytes, other: bytes, at: int) -> bool:
    return one[at * HASH : (at + 1) * HASH] == other[at * HASH : (at + 1) * HASH]


def _compare(tree: TiledTree, head: Head) -> None:
    if tree.size != head.size:
        detail = f"the head speaks of {head.size} entries, there are {tree.size}"
        raise _Defect(min(tree.size, head.size) + 1, detail)
    if tree.root() != head.root:
        raise _Defect(head.size, "the entries do not add up to the root in the head")
