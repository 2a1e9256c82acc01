"""Has a log say of itself what a restored snapshot undoes of it, before that is done."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from gateway.adapters.checkpoint_records import FILE as CHECKPOINTS
from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.log import LogReader
from gateway.adapters.taken_back_notes import TakenBackNotes
from gateway.bootstrap.log import LOG
from gateway.domain.checkpoint import Checkpoint, read_checkpoint, read_note
from gateway.domain.taken_back import TakenBack, read_taken_back
from gateway.domain.tiles import TileNodes
from gateway.domain.tree_proofs import root_at
from gateway.simulation.snapshots.form import Manifest
from gateway.simulation.space import Space


@contextmanager
def said_before(old: Space, new: Path, manifest: Manifest) -> Iterator[None]:
    """Round the swap of a closed space for what lies in `new`; what fails was never said."""
    notes = TakenBackNotes(old.data)
    before = notes.all()
    undone = _undone(old, new, before)
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


def _undone(old: Space, new: Path, notes: Sequence[str]) -> Sequence[Checkpoint]:
    """What was published of the one, and how far it had come, that is none of the other; largest first."""
    shared = set(_published(new))
    with closing(LogReader(new / LOG)) as reader:
        size = reader.head().size

        def is_gone(one: Checkpoint) -> bool:
            if one in shared or one.size > size:
                return one not in shared
            return _root(reader, one.size) != one.root

        return [one for one in _given_away(old, notes) if is_gone(one)]


def _given_away(old: Space, notes: Sequence[str]) -> Sequence[Checkpoint]:
    """What was published, what earlier notes said that it had come to, and where it stands."""
    with closing(LogReader(old.data / LOG)) as reader:
        head = reader.head()
        said = [one for one in _said(notes, old.gateway.notary.origin) if 0 < one.size <= head.size]
        own = [one for one in said if _root(reader, one.size) == one.root]
    found = {one.size: one for one in (*own, *_published(old.data))}
    if head.size:
        found[head.size] = Checkpoint(old.gateway.notary.origin, head.size, head.root)
    return [found[size] for size in sorted(found, reverse=True)]


def _said(notes: Sequence[str], origin: str) -> Iterator[Checkpoint]:
    for note in notes:
        with suppress(ValueError):  # not as it was written
            now = read_taken_back(read_note(note).body).now
            if now.origin == origin:
                yield now


def _root(reader: LogReader, size: int) -> bytes:
    return root_at(size, TileNodes(reader.tile, size))


def _published(data: Path) -> Sequence[Checkpoint]:
    with closing(CheckpointRecords(data / CHECKPOINTS, read_only=True)) as records:
        return [read_checkpoint(read_note(one.note).body) for one in records.all() if one.size]
