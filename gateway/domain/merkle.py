"""The Merkle tree of RFC 6962 (and 9162): leaf and node hashes, and a frontier that grows by appends."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256().digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the perfect subtrees of a growing tree: as many hashes as `size` has one-bits.

    Appending costs one hash on average, whatever the size.
    """

    __slots__ = ("_hashes", "size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self.size = size
        self._hashes = list(hashes)
        if len(self._hashes) != size.bit_count():
            raise ValueError("a frontier has one hash for every one-bit of its size")

    @property
    def hashes(self) -> Sequence[bytes]:
        """The subtree roots, largest first: what must be kept to go on later."""
        return tuple(self._hashes)

    def copy(self) -> "Frontier":
        """An independent frontier at the same size."""
        return Frontier(self.size, self._hashes)

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
        if not self._hashes:
            return EMPTY_ROOT
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))
    return frontier.root()
