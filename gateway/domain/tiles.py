"""The Merkle tree cut into tiles (C2SP tlog-tiles): 256 hashes side by side, eight levels of the tree at a time.

Level 0 holds the hashes of leaves; each hash of a higher level is the root of one full tile below it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.domain.merkle import Frontier, fold_right, perfect_root

WIDTH = 256
HEIGHT = 8
HASH = 32
Ledge = Sequence[bytes]
"""The hashes of the last tile of a level, while it is not full."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is kept: at level 0 only once it is full, above from its first hash on."""

    level: int
    number: int
    hashes: bytes


def width_at(size: int, level: int, number: int) -> int:
    """How many hashes a tile has in a tree of this size: 0 to 256."""
    return max(0, min(WIDTH, (size >> HEIGHT * level) - number * WIDTH))


def levels_of(size: int) -> int:
    """How many levels of tiles a tree of this size has."""
    return -(-size.bit_length() // HEIGHT)


def split_hashes(packed: bytes) -> list[bytes]:
    """The hashes of a tile, one by one."""
    return [packed[at : at + HASH] for at in range(0, len(packed), HASH)]


class _Level:
    """The growing tile of one level, and its own frontier."""

    __slots__ = ("_whole", "frontier", "hashes")

    def __init__(self, hashes: Sequence[bytes] = ()) -> None:
        self.hashes: list[bytes] = []
        self.frontier = Frontier()
        self._whole = b""
        self.extend(hashes)

    def root(self) -> bytes:
        """The root of the tile once it is full."""
        return self._whole or self.frontier.root()

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Add hashes: a whole tile at once, or the next few."""
        if len(hashes) == WIDTH:
            self._whole = perfect_root(hashes)
            self.hashes += hashes
            return
        self.hashes += hashes
        append = self.frontier.append
        for one in hashes:
            append(one)


class TiledTree:
    """A growing tree that gives away its tiles.

    The frontiers of the levels' last tiles, one after the other from the top, are the tree's: the root
    of a full tile is a leaf of the tile above, so nothing is hashed twice.
    """

    def __init__(self, size: int = 0, ledges: Sequence[Ledge] = ()) -> None:
        self.size = size
        self._levels = [_Level(hashes) for hashes in ledges] or [_Level()]
        for level, one in enumerate(self._levels):
            if len(one.hashes) != (size >> HEIGHT * level) % WIDTH:
                raise ValueError(f"the last tile of level {level} does not fit a tree of {size}")

    def extend(self, hashes: Sequence[bytes]) -> Sequence[Tile]:
        """Add the hashes of the next leaves; the tiles to keep because of them, in the order they grew."""
        tiles: list[Tile] = []
        first = 0
        while first < len(hashes):
            room = WIDTH - len(self._levels[0].hashes)
            some = hashes[first : first + room]
            self._levels[0].extend(some)
            self.size += len(some)
            first += room
            if len(some) == room:
                tiles += self._carry()
        return tiles

    def root(self) -> bytes:
        """The root of the tree at this size."""
        hashes = [one for level in reversed(self._levels) for one in level.frontier.hashes]
        return fold_right(hashes)

    def _carry(self) -> Sequence[Tile]:
        """The bottom tile is full: it goes, and its root stands in the tile above, which may be full too."""
        tiles, level = [], 0
        while level == 0 or len(self._levels[level].hashes) == WIDTH:
            full = self._levels[level]
            self._levels[level] = _Level()
            if level == 0:
                tiles.append(Tile(0, self.size // WIDTH - 1, b"".join(full.hashes)))
            level += 1
            tiles.append(self._raise(level, full.root()))
        return tiles

    def _raise(self, level: int, root: bytes) -> Tile:
        if level == len(self._levels):
            self._levels.append(_Level())
        above = self._levels[level]
        above.extend([root])
        number = ((self.size >> HEIGHT * level) - 1) // WIDTH
        return Tile(level, number, b"".join(above.hashes))


class TileNodes:
    """Any node of a tree of one size, worked out of its tiles; each tile is read once."""

    def __init__(self, read: Callable[[int, int, int], bytes], size: int) -> None:
        self._read, self._size = read, size
        self._tiles: dict[tuple[int, int], bytes] = {}

    def reach(self, size: int) -> bool:
        """Whether all nodes of the tree over the first `size` leaves are among these."""
        return size <= self._size

    def __call__(self, height: int, index: int) -> bytes:
        """The root of the perfect subtree over the leaves from `index << height`, `1 << height` of them."""
        level, within = divmod(height, HEIGHT)
        number, first = divmod(index << within, WIDTH)
        packed = self._tile(level, number)
        hashes = split_hashes(packed[first * HASH : (first + (1 << within)) * HASH])
        return perfect_root(hashes)

    def _tile(self, level: int, number: int) -> bytes:
        found = self._tiles.get((level, number))
        if found is None:
            width = width_at(self._size, level, number)
            found = self._tiles[level, number] = self._read(level, number, width)
        return found
