"""Saves the spaces of a process and takes them back: the one way back in time."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gateway.adapters.database import DATABASE
from gateway.adapters.operation.redaction import holds_number
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.legal_day import in_brussels
from gateway.simulation.beside import SHELF
from gateway.simulation.memory import memory_of
from gateway.simulation.secret_file import NAME as SECRET
from gateway.simulation.snapshots.checking import check_content, revision_of
from gateway.simulation.snapshots.difference import difference
from gateway.simulation.snapshots.form import (
    KEYS,
    Held,
    Manifest,
    SnapshotInvalid,
    StoredFile,
    StoredLog,
    is_key,
)
from gateway.simulation.snapshots.reading import read_manifest, unpack
from gateway.simulation.snapshots.restoring import Restorer
from gateway.simulation.snapshots.writing import (
    clear_rests,
    gone_unless_done,
    rewrite,
    write_archive,
)
from gateway.simulation.space import Space
from gateway.simulation.space_name import LONGEST, PATTERN
from gateway.simulation.spaces import Spaces

_ENDING, _DATABASE = ".zip", ".db"
Row = dict[str, Any]


class SnapshotDesk:
    """Each space has a shelf of its own in its data folder; a reset leaves it as it is."""

    def __init__(self, spaces: Spaces) -> None:
        self._spaces, self._restorer = spaces, Restorer(spaces)
        clear_rests(spaces.first.data / SHELF)

    def stepping_aside(self, inside: Space) -> AbstractContextManager[None]:
        """In a request that is itself inside the space that is saved or restored."""
        return self._spaces.stepping_aside(inside)

    def listed(self, space: Space) -> list[Row]:
        """Every snapshot of a space, by name."""
        found = sorted((space.data / SHELF).glob(f"[!.]*{_ENDING}"))
        return [row for path in found if (row := _row_of(path)) is not None]

    def shown(self, space: Space, name: str) -> Row:
        """One of them.

        Raises:
            RefusedFault: `service-unknown`, or `message-invalid` where it is spoilt.
        """
        path = archive_of(space, name)
        with told_as_refusal("name"):
            return _row(path, read_manifest(path))

    def save(self, space: Space, name: str) -> Row:
        """Keep a space as it is between two events.

        Raises:
            RefusedFault: `message-invalid`, for a name that cannot be given or is taken.
        """
        target = _free(space, name)
        with self._spaces.still(space.name) as here:
            manifest = keep(here, target)
        return _row(target, manifest)

    def restore(self, space: Space, name: str) -> Row:
        """Go back to a snapshot: what happened since is gone, and another history begins.

        Raises:
            RefusedFault: `service-unknown`, `message-invalid`; the space is as it was.
        """
        path = archive_of(space, name)
        with told_as_refusal("name"):
            return _row(path, self._restorer.restore(space, path))

    def delete(self, space: Space, name: str) -> None:
        """Remove a snapshot.

        Raises:
            RefusedFault: `service-unknown`.
        """
        archive_of(space, name).unlink()

    def exported(self, space: Space, name: str, *, keys: bool) -> Path:
        """A file to give away, which whoever asked removes; private keys are in it only if that is said.

        Raises:
            RefusedFault: `service-unknown`.
        """
        source = archive_of(space, name)
        handle, given = tempfile.mkstemp(prefix=".export-", dir=space.data / SHELF)
        os.close(handle)
        with told_as_refusal("name"), gone_unless_done(Path(given)):
            manifest = read_manifest(source)
            files = [file for file in manifest.files if keys or not is_key(file.path)]
            told = any(is_key(file.path) for file in files)
            rewrite(source, Path(given), manifest.model_copy(update={"files": files, "keys": told}))
        return Path(given)

    def compared(self, space: Space, name: str, other: str | None) -> dict[str, Any]:
        """Where a snapshot and another, or the space as it is now, begin to differ.

        Raises:
            RefusedFault: `service-unknown`.
        """
        one = archive_of(space, name)
        with told_as_refusal("name"), self._other(space, other) as path:
            found = difference(one, path)
        return {"equal": not found, "a": name, "b": other, "differences": found}

    @contextmanager
    def _other(self, space: Space, name: str | None) -> Iterator[Path]:
        if name is not None:
            yield archive_of(space, name)
            return
        with tempfile.TemporaryDirectory(prefix=".now-", dir=space.data / SHELF) as folder:
            with self._spaces.still(space.name) as here:
                keep(here, Path(folder) / "now.zip")
            yield Path(folder) / "now.zip"

    def imported(self, space: Space, name: str, file: Path) -> Row:
        """Put a file on the shelf, once everything in it was looked at.

        Raises:
            RefusedFault: `message-invalid`.
        """
        target = _free(space, name)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with told_as_refusal("file"):
            self._require_not_anothers(file, space)
        with (
            told_as_refusal("file"),
            tempfile.TemporaryDirectory(prefix=".import-", dir=target.parent) as aside,
        ):
            own = Path(aside) / "given"
            _copy(file, own)
            manifest = unpack(own, Path(aside) / "content")
            check_content(Path(aside) / "content", manifest, space.settings)
            row = _row(own, manifest) | {"name": name}
            own.rename(target)
        return row

    def _require_not_anothers(self, file: Path, space: Space) -> None:
        """Who holds the token of a further space reads nothing out of the folder of any other."""
        home, given = self._spaces.first.data.resolve(), file.resolve()
        is_own = space.at is None or given.is_relative_to(space.data.resolve())
        if not is_own and given.is_relative_to(home):
            raise SnapshotInvalid("it lies in the folder of another space",
                                  "have it exported by whoever holds that space")  # fmt: skip


def keep(space: Space, target: Path) -> Manifest:
    """Write a space that stands still into an archive, with the journal as far as the log."""
    space.journal.catch_up()
    own = set(space.first_keys()) - {SECRET}
    left_out = {f"{KEYS}{name}" for name in own}

    def complete(folders: list[str], files: list[StoredFile]) -> Manifest:
        head = space.gateway.log.reader.head()
        bundle = space.gateway.protocols.bundle()
        return Manifest(
            format="magda-sim-snapshot/1",
            version=version("magda-sim"),
            space=space.key,
            seed=space.settings.seed,
            people=space.settings.people,
            secrets=space.settings.secrets,
            begun=space.settings.clock,
            revision=revision_of(space.data / DATABASE),
            law=sorted(document.digest for document in bundle.documents),
            memory=Held.model_validate(memory_of(space)),
            log=StoredLog(size=head.size, root=head.root.hex(), key=space.gateway.notary.verifier),
            keys=any(is_key(file.path) for file in files),
            folders=folders,
            files=files,
        )

    return write_archive(space.data, target, left_out.__contains__, complete)


def archive_of(space: Space, name: str) -> Path:
    """Where a snapshot lies.

    Raises:
        RefusedFault: `service-unknown`.
    """
    path = space.data / SHELF / f"{name}{_ENDING}"
    if re.fullmatch(PATTERN, name) is None or not path.is_file():
        raise refuse(Reason.SERVICE_UNKNOWN, "there is no snapshot of this name",
                     remedy="`GET /_sim/snapshots` lists those that are there")  # fmt: skip
    return path


@contextmanager
def told_as_refusal(element: str) -> Iterator[None]:
    """What is wrong with a file, in the words of a refusal."""
    try:
        yield
    except SnapshotInvalid as invalid:
        raise _invalid(element, str(invalid), invalid.remedy) from None


def _free(space: Space, name: str) -> Path:
    if re.fullmatch(PATTERN, name) is None or holds_number(name):
        raise _invalid("name", "this cannot be the name of a snapshot",
                       f"take 1 to {LONGEST} lower-case letters, digits and hyphens, and no person's number")  # fmt: skip
    path = space.data / SHELF / f"{name}{_ENDING}"
    if path.exists():
        raise _invalid("name", "there is a snapshot of this name", "delete it, or take another name")  # fmt: skip
    return path


def _copy(file: Path, target: Path) -> None:
    if file.resolve().suffix.startswith(_DATABASE):  # perhaps an open one, whose locks would go
        raise SnapshotInvalid("this is a database, and no snapshot")
    try:
        if not file.is_absolute() or not file.is_file():
            raise FileNotFoundError
        shutil.copyfile(file, target)
        target.chmod(0o600)
    except OSError:
        raise SnapshotInvalid("there is no such file, or it cannot be read",
                              "name a file by its whole path") from None  # fmt: skip


def _row_of(path: Path) -> Row | None:
    try:
        return _row(path, read_manifest(path))
    except (SnapshotInvalid, FileNotFoundError):  # spoilt, or removed meanwhile
        return None


def _row(path: Path, manifest: Manifest) -> Row:
    return {
        "name": path.name.removesuffix(_ENDING),
        "space": manifest.space,
        "seed": manifest.seed,
        "clock": in_brussels(datetime.fromisoformat(manifest.memory.clock)).isoformat(),
        "entries": manifest.log.size,
        "root": manifest.log.root,
        "files": len(manifest.files),
        "bytes": path.stat().st_size,
        "keys": manifest.keys,
        "state": manifest.state,
    }


def _invalid(element: str, detail: str, remedy: str) -> RefusedFault:
    return refuse(Reason.MESSAGE_INVALID, f"{element}: {detail}", element=element, remedy=remedy)
