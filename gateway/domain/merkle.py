"""The Merkle tree of RFC 6962 (and 9162): leaf and node hashes, and a frontier that grows by appends."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + leaf).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """The hashes of many."""
    return [sha256(b"\x00" + leaf).digest() for leaf in leaves]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """The root over as many hashes as a power of two, level by level: quicker than one by one."""
    while len(hashes) > 1:
        pairs = zip(hashes[::2], hashes[1::2], strict=True)
        hashes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    return hashes[0]


class Frontier:
    """The roots of the perfect subtrees of a growing tree: as many hashes as `size` has one-bits.

    Appending costs one hash on average, whatever the size.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self) -> None:
        self.size = 0
        self._hashes: list[bytes] = []

    @property
    def hashes(self) -> Sequence[bytes]:
        """The subtree roots, largest first."""
        return self._hashes

    def append(self, hashed_leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        size = self.size
        while size & 1:
            hashed_leaf = node_hash(self._hashes.pop(), hashed_leaf)
            size >>= 1
        self._hashes.append(hashed_leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree at this size."""
        return fold_right(self._hashes)


def fold_right(hashes: Sequence[bytes]) -> bytes:
    """The root over the roots of perfect subtrees, largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))
    return frontier.root()
