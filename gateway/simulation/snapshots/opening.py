"""Opens a space on what a snapshot put there, also where the process died meanwhile."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from gateway.settings import Settings
from gateway.simulation.beginning import has_begun
from gateway.simulation.beside import BESIDE, RESTORED
from gateway.simulation.kept_clock import NAME as CLOCK
from gateway.simulation.keyring import Keyring
from gateway.simulation.memory import Heir, begun_in, reopen
from gateway.simulation.snapshots.form import Manifest
from gateway.simulation.snapshots.placing import Placing
from gateway.simulation.snapshots.reading import unpack
from gateway.simulation.space import Doors, Space
from gateway.simulation.world_note import as_begun


def placing_in(data: Path) -> Placing:
    """How content is put into a data folder: what lies beside a space stays."""
    return Placing(data, BESIDE)


def lay_out(archive: Path, placing: Placing, *, is_lasting: bool) -> Manifest:
    """Unpack what is to come, with all that a start must know of it."""
    placing.prepare()
    manifest = unpack(archive, placing.new)
    (placing.new / RESTORED).write_bytes(manifest.text())
    (placing.new / CLOCK).write_text(manifest.memory.clock, "ascii")
    if is_lasting:
        os.sync()
    return manifest


def first_space(key: str, settings: Settings, doors: Doors) -> Space:
    """The default space, on what lies there; what a process died of is finished before.

    A restore is brought to its end, and a space that had not quite begun begins anew.

    Raises:
        OtherWorld: what lies there is not of the seed or crowd that is asked for.
    """
    _clear_begun(settings.data.absolute())
    placing = placing_in(settings.data.absolute())
    placing.finish()
    if (settings.data / RESTORED).exists():
        space = open_restored(settings, settings.data.absolute(), doors)
    else:
        space = Space(key, as_begun(settings), doors)
    placing.done()
    return space


def _clear_begun(data: Path) -> None:
    """What a space left that did not get as far as to count: its keys stay, as with a reset."""
    if not has_begun(data):
        return
    _remove(path for path in data.iterdir() if path.name not in BESIDE | {"keys"})
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
    """A space as the snapshot had it whose content lies in the folder."""
    note = data / RESTORED
    manifest = Manifest.model_validate_json(note.read_bytes())
    begun = begun_in(settings, data, manifest.seed, None)
    begun = begun.model_copy(update={"clock": manifest.begun, "people": manifest.people})
    memory = manifest.memory.model_dump(mode="json")
    space = reopen(Heir(key=manifest.space, at=at, before=before), begun, doors, memory)
    note.unlink()
    return space
