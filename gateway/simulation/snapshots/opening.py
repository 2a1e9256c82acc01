"""Opens a space on what a snapshot put there, also where the process died meanwhile."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from gateway.bootstrap.log import LOG
from gateway.settings import Settings
from gateway.simulation.beginning import has_begun
from gateway.simulation.beside import BESIDE, RESTORE, RESTORED
from gateway.simulation.disturbance.rules import FaultsInvalid
from gateway.simulation.kept_clock import NAME as CLOCK
from gateway.simulation.keyring import Keyring
from gateway.simulation.memory import Heir, begun_in, reopen
from gateway.simulation.own_log import require_own_log
from gateway.simulation.rubble import closed_unless_done
from gateway.simulation.snapshots.form import Manifest, SnapshotInvalid
from gateway.simulation.snapshots.placing import Placing
from gateway.simulation.snapshots.reading import unpack
from gateway.simulation.space import Doors, Space
from gateway.simulation.world_note import NAME as WORLD
from gateway.simulation.world_note import OtherWorld, as_begun, note_world


def placing_in(data: Path) -> Placing:
    """How content is put into a data folder: what lies beside a space stays, and whose world it is goes along."""
    return Placing(data, BESIDE - {WORLD})


def lay_out(archive: Path, placing: Placing, settings: Settings) -> Manifest:
    """Unpack what is to come, with all that a start must know of it."""
    placing.prepare()
    manifest = unpack(archive, placing.new)
    (placing.new / RESTORED).write_bytes(manifest.text())
    (placing.new / CLOCK).write_text(manifest.memory.clock, "ascii")
    note_world(placing.new, _begun(manifest, settings, placing.new))
    if settings.disk == "safe":
        os.sync()
    return manifest


def first_space(key: str, settings: Settings, doors: Doors) -> Space:
    """The default space, on what lies there; what a process died of is finished before.

    A restore is brought to its end, and a space that had not quite begun begins anew.

    Raises:
        OtherWorld: what lies there is not of the seed or crowd that is asked for.
    """
    data = settings.data.absolute()
    _clear_begun(data)
    placing = placing_in(data)
    placing.finish()
    space = _as_restored(placing, settings, doors) or _as_it_lies(key, as_begun(settings), doors)
    placing.done()
    return space


def _as_restored(placing: Placing, settings: Settings, doors: Doors) -> Space | None:
    """On what a process put there that was killed; where that cannot be used, what was there before comes back."""
    data = settings.data.absolute()
    if not (data / RESTORED).exists():
        return None
    try:
        return open_restored(settings, data, doors)
    except (SnapshotInvalid, OtherWorld):
        placing.undo()
        if (data / RESTORED).exists():
            raise
        return None


def _as_it_lies(key: str, settings: Settings, doors: Doors) -> Space:
    """The folder says whose world it is before anything else of a fresh space lies in it."""
    if not (settings.data / LOG).exists():
        note_world(settings.data, settings)
    require_own_log(key, settings, settings.data)
    space = Space(key, settings, doors)
    note_world(settings.data, settings)
    return space


def _clear_begun(data: Path) -> None:
    """What a space left that did not get as far as to count: its keys stay, as with a reset."""
    if not has_begun(data):
        return
    _remove(path for path in data.iterdir() if path.name not in BESIDE - {RESTORE} | {"keys"})
    first = Space.first_keys()
    _remove(path for path in data.glob("keys/*") if path.name not in first)


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def open_restored(
    settings: Settings,
    data: Path,
    doors: Doors,
    at: str | None = None,
    before: Keyring | None = None,
) -> Space:
    """A space as the snapshot had it whose content lies in the folder.

    Raises:
        OtherWorld: its log is of other keys than it would have here.
        SnapshotInvalid: it holds faults about nobody.
    """
    note = data / RESTORED
    manifest = Manifest.model_validate_json(note.read_bytes())
    begun = _begun(manifest, settings, data)
    require_own_log(manifest.space, begun, data)
    memory = manifest.memory.model_dump(mode="json")
    try:
        space = reopen(Heir(key=manifest.space, at=at, before=before), begun, doors, memory)
    except FaultsInvalid:
        raise SnapshotInvalid("its list tells of a fault about somebody who is not among its people",
                              "take that fault away in the space that it is of, and save it again") from None  # fmt: skip
    with closed_unless_done(space):
        note.unlink()
    return space


def _begun(manifest: Manifest, settings: Settings, data: Path) -> Settings:
    begun = begun_in(settings, data, manifest.seed, None)
    return begun.model_copy(update={"clock": manifest.begun, "people": manifest.people})
