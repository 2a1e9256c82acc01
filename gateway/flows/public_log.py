"""The log as a stranger sees it: tiles, entries, proofs and signed checkpoints; never a private row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.domain.log_check import Head
from gateway.domain.published import Published
from gateway.domain.tile_names import bundled, consistency_text, inclusion_text
from gateway.domain.tiles import WIDTH, TileNodes, width_at
from gateway.domain.tree_proofs import consistency_proof, inclusion_proof, root_at
from gateway.ports import CheckpointStore, LogRecords


@dataclass(frozen=True, slots=True)
class PublicLog:
    """Answers from what is durable. `sign` makes the checkpoint of a size and root.

    Every method raises `LookupError` where the log is not that long.
    """

    records: LogRecords
    sign: Callable[[Head], str]
    store: CheckpointStore

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands, with what witnesses put below it."""
        return self._signed(self.records.head())

    def cosigned(self) -> str:
        """The largest published checkpoint that a witness cosigned."""
        return _there(self.store.last_cosigned()).text

    def published(self, after: int, limit: int) -> Sequence[Published]:
        """Published checkpoints of more than `after` entries, smallest first."""
        return self.store.after(after, limit)

    def published_at(self, size: int) -> str:
        """The published checkpoint of a size."""
        return _there(self.store.of_size(size)).text

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
        return inclusion_text(position - 1, leaf, proof, self._signed(head))

    def consistency(self, old: int, new: int | None = None) -> str:
        """The proof that the log of size `new` (as it stands, if none) begins with that of size `old`."""
        head, nodes = self._at(new)
        if old > head.size:
            raise LookupError
        proof = consistency_proof(old, head.size, nodes)
        return consistency_text(old, proof, self._signed(head))

    def _signed(self, head: Head) -> str:
        kept = self.store.of_size(head.size)
        return self.sign(head) + "".join(kept.cosignatures if kept else ())

    def _at(self, size: int | None) -> tuple[Head, TileNodes]:
        """The head of a size, which the log must have reached, and the nodes of its tree."""
        head = self.records.head()
        if size is None or size == head.size:
            return head, TileNodes(self.records.tile, head.size)
        if size > head.size:
            raise LookupError
        nodes = TileNodes(self.records.tile, size)
        return Head(size, root_at(size, nodes)), nodes


def _there(found: Published | None) -> Published:
    if found is None:
        raise LookupError
    return found
