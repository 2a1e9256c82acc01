"""The log as a stranger sees it: tiles, entries, proofs and signed checkpoints; never a private row."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.log_check import Head
from gateway.domain.tile_names import bundled, consistency_text, inclusion_text
from gateway.domain.tiles import WIDTH, TileNodes, width_at
from gateway.domain.tree_proofs import consistency_proof, inclusion_proof, root_at
from gateway.ports import LogRecords


@dataclass(frozen=True, slots=True)
class PublicLog:
    """Answers from what is durable. `sign` makes the checkpoint of a size and root.

    Every method raises `LookupError` where the log is not that long.
    """

    records: LogRecords
    sign: Callable[[Head], str]

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands."""
        return self.sign(self.records.head())

    def tile(self, level: int, number: int, width: int) -> bytes:
        """The first `width` hashes of a tile, 256 if it is full."""
        if width > width_at(self.records.head().size, level, number):
            raise LookupError
        return self.records.tile(level, number, width)

    def bundle(self, number: int, width: int) -> bytes:
        """The entries under a tile of level 0."""
        if width > width_at(self.records.head().size, 0, number):
            raise LookupError
        first = number * WIDTH + 1
        return bundled(self.records.leaves(first, first + width - 1))

    def inclusion(self, position: int, size: int | None = None) -> str:
        """The entry at a position with its proof, under the checkpoint of a size (as it stands, if none)."""
        head, nodes = self._at(size)
        if not 1 <= position <= head.size:
            raise LookupError
        (leaf,) = self.records.leaves(position, position)
        proof = inclusion_proof(position - 1, head.size, nodes)
        return inclusion_text(position - 1, leaf, proof, self.sign(head))

    def consistency(self, old: int, new: int | None = None) -> str:
        """The proof that the log of size `new` (as it stands, if none) begins with that of size `old`."""
        head, nodes = self._at(new)
        if old > head.size:
            raise LookupError
        return consistency_text(old, consistency_proof(old, head.size, nodes), self.sign(head))

    def _at(self, size: int | None) -> tuple[Head, TileNodes]:
        """The head of a size, which the log must have reached, and the nodes of its tree."""
        head = self.records.head()
        if size is None or size == head.size:
            return head, TileNodes(self.records.tile, head.size)
        if size > head.size:
            raise LookupError
        nodes = TileNodes(self.records.tile, size)
        return Head(size, root_at(size, nodes)), nodes
