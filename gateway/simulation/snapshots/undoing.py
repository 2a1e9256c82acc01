"""Has a log say of itself what a restored snapshot undoes of it, before that is done."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.adapters.checkpoint_records import FILE as CHECKPOINTS
from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.log import LogReader
from gateway.adapters.taken_back_notes import TakenBackNotes
from gateway.bootstrap.log import LOG
from gateway.domain.checkpoint import Checkpoint, read_checkpoint, read_note
from gateway.domain.taken_back import TakenBack
from gateway.domain.tiles import TileNodes
from gateway.domain.tree_proofs import root_at
from gateway.simulation.snapshots.form import Manifest
from gateway.simulation.space import Space


@contextmanager
def said_before(old: Space, new: Path, manifest: Manifest) -> Iterator[None]:
    """Round the swap of a closed space for what lies in `new`; what fails was never said."""
    notes = TakenBackNotes(old.data)
    before = notes.all()
    undone = _undone(old, new)
    if undone:
        now = Checkpoint(
            old.gateway.notary.origin, manifest.log.size, bytes.fromhex(manifest.log.root)
        )
        told = TakenBack(now, manifest.log.key, undone)
        notes.put([*before, old.gateway.notary.signed(told.body)])
    try:
        yield
    except BaseException:
        notes.put(before)
        raise


def _undone(old: Space, new: Path) -> Sequence[Checkpoint]:
    """What was published of the one, and how far it had come, that is none of the other; largest first."""
    shared = set(_published(new))
    with closing(LogReader(new / LOG)) as reader:
        size = reader.head().size

        def is_gone(one: Checkpoint) -> bool:
            if one in shared or one.size > size:
                return one not in shared
            return root_at(one.size, TileNodes(reader.tile, one.size)) != one.root

        return [one for one in _given_away(old) if is_gone(one)]


def _given_away(old: Space) -> Sequence[Checkpoint]:
    with closing(LogReader(old.data / LOG)) as reader:
        head = reader.head()
    found = {one.size: one for one in _published(old.data)}
    if head.size:
        found[head.size] = Checkpoint(old.gateway.notary.origin, head.size, head.root)
    return [found[size] for size in sorted(found, reverse=True)]


def _published(data: Path) -> Sequence[Checkpoint]:
    with closing(CheckpointRecords(data / CHECKPOINTS, read_only=True)) as records:
        return [read_checkpoint(read_note(one.note).body) for one in records.all() if one.size]
