"""What became of entries whose sequencer was lost before it answered: the log itself knows."""

from collections.abc import Sequence

from gateway.adapters.log.reader import LogReader
from gateway.domain.sealing import SealedEntry

Waiting = tuple[int, Sequence[SealedEntry]]
"""A batch, and the position after which alone it can stand."""


def find_batches(reader: LogReader, waiting: Sequence[Waiting]) -> list[int | None]:
    """Where each batch begins, or `None`; no entry is found for two batches.

    A batch is entered whole or not at all, and an entry with private words commits to a salt of its own,
    so equal bytes are the same entry. A batch of nothing stands nowhere.
    """
    if not waiting:
        return []
    lowest = min(after for after, _ in waiting) + 1
    stored = [entry.leaf for entry in reader.entries(lowest, reader.head().size)]
    taken: set[int] = set()
    found: list[int | None] = []
    for after, batch in waiting:
        leaves = [entry.leaf for entry in batch]
        starts = (
            at
            for at in range(after + 1 - lowest, len(stored) - len(leaves) + 1)
            if leaves and at not in taken and stored[at : at + len(leaves)] == leaves
        )
        at = next(starts, None)
        found.append(None if at is None else lowest + at)
        if at is not None:
            taken.update(range(at, at + len(leaves)))
    return found
