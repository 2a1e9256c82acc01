"""Takes a space back to a snapshot, or leaves it as it was, whatever goes wrong on the way."""

import shutil
from pathlib import Path
from threading import Lock

from gateway.simulation.gate import USED_CODES
from gateway.simulation.memory import heir_of, memory_of, reopen
from gateway.simulation.rubble import closed_unless_done
from gateway.simulation.snapshots.form import KEYS, Manifest, SnapshotInvalid
from gateway.simulation.snapshots.opening import lay_out, open_restored, placing_in
from gateway.simulation.snapshots.placing import Placing
from gateway.simulation.snapshots.reading import read_manifest
from gateway.simulation.snapshots.undoing import said_before
from gateway.simulation.space import Space
from gateway.simulation.spaces import Spaces


class Restorer:
    """Restores the spaces of a process; in one data folder one snapshot after the other."""

    def __init__(self, spaces: Spaces) -> None:
        self._spaces = spaces
        self._turns: dict[Path, Lock] = {}

    def restore(self, space: Space, archive: Path) -> Manifest:
        """Put what an archive holds in a space's place.

        Raises:
            SnapshotInvalid: it does not fit here; the space is as it was, as after anything else that is raised.
        """
        with self._turns.setdefault(space.data, Lock()):
            _require_fits(read_manifest(archive), space)
            placing = placing_in(space.data)
            try:
                manifest = lay_out(archive, placing, space.settings)
                self._take_its_place(space, placing, manifest)
            finally:
                placing.tidy()
            return manifest

    def _take_its_place(self, space: Space, placing: Placing, manifest: Manifest) -> None:
        failed: list[Exception] = []

        def take_back(old: Space) -> Space:
            try:
                return _opened(old, placing, manifest)
            except Exception as error:  # noqa: BLE001  raised below, with the old space in its place
                failed.append(error)
                placing.undo()  # where that failed too
                return reopen(heir_of(old), old.settings, old.doors, memory_of(old))

        self._spaces.refill(space.name, take_back)
        if failed:
            raise failed[0]


def _opened(old: Space, placing: Placing, manifest: Manifest) -> Space:
    """What was unpacked, in the place of a closed space and open; where it fails, all lies there as before."""
    _carry_used_codes(old.data / KEYS, placing.new / KEYS)
    with said_before(old, placing.new, manifest), placing.or_back():
        placing.begin()
        fresh = open_restored(old.settings, old.data, old.doors, old.at, old.keyring)
        with closed_unless_done(fresh):
            placing.stay()
        return fresh


def _carry_used_codes(old: Path, new: Path) -> None:
    """Codes go by the machine's time: one that was used stays used, whatever goes back."""
    (new / USED_CODES).unlink(missing_ok=True)
    if (old / USED_CODES).exists():
        new.mkdir(mode=0o700, exist_ok=True)
        shutil.copyfile(old / USED_CODES, new / USED_CODES)


def _require_fits(manifest: Manifest, space: Space) -> None:
    """A space runs on the law, the secret and, at the root, the name that it began with."""
    if space.at is None and manifest.space != space.key:
        raise SnapshotInvalid(f"it is of a space called `{manifest.space}`, and the default one keeps its name",
                              "make a further space and restore it there")  # fmt: skip
    if manifest.secrets != space.settings.secrets:
        raise SnapshotInvalid("its keys come from elsewhere than those of this process",
                              f"start the process with MAGDA_SIM_SECRETS={manifest.secrets}")  # fmt: skip
    if manifest.secrets == "random" and not manifest.keys:
        raise SnapshotInvalid("its log is sealed with a secret that was left out of it",
                              "export it again with `--keys`")  # fmt: skip
    if manifest.law != sorted(one.digest for one in space.gateway.protocols.bundle().documents):
        raise SnapshotInvalid("it was saved under other protocols than those of this process",
                              "start the process on the protocols that it was saved under")  # fmt: skip
