"""Writes a snapshot: everything that lies in a data folder and cannot be worked out again, in one archive."""

import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from gateway.adapters.sqlite_file import OF_A_DATABASE, as_wal
from gateway.simulation.snapshots.form import MANIFEST, Manifest, StoredFile, is_part
from sftp_drop.uploads import STAGING

_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX, _PLAIN = 3, 0o100600 << 16
_CHUNK = 1 << 20
_BY_MACHINE = frozenset({"in", STAGING})
"""Folders of uploads: they are as old as their client's machine said."""
Complete = Callable[[list[str], list[StoredFile]], Manifest]
Leave = Callable[[str], bool]


def write_archive(data: Path, target: Path, leave: Leave, complete: Complete) -> Manifest:
    """Put a data folder into an archive; what `leave` names stays out, `complete` says the rest of it.

    The file is there whole or not at all. Nobody may change the folder meanwhile.
    """
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    hidden = target.with_name(f".{target.name}.new")
    with gone_unless_done(hidden):
        with tempfile.TemporaryDirectory(prefix=".databases-", dir=target.parent) as aside:
            folders, sources = _found(data, Path(aside), leave)
            with _written(hidden) as archive:
                added = (_add(archive, path, at) for path, at in sources)
                files = [file for file in added if file is not None]
                manifest = complete(folders, files)
                archive.writestr(_named(MANIFEST), manifest.text())
        _show(hidden, target)
    return manifest


@contextmanager
def gone_unless_done(path: Path) -> Iterator[None]:
    """Of what could not be written to its end nothing stays, least of all on a full disk."""
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def rewrite(source: Path, target: Path, manifest: Manifest) -> None:
    """The same archive with the files of this manifest only."""
    with zipfile.ZipFile(source) as given, _written(target) as archive:
        for file in manifest.files:
            with given.open(file.path) as inside, archive.open(_named(file.path), "w") as outside:
                shutil.copyfileobj(inside, outside, _CHUNK)
        archive.writestr(_named(MANIFEST), manifest.text())


def clear_rests(folder: Path) -> None:
    """Remove what a process that was killed had begun to write."""
    for rest in folder.glob(".*"):
        shutil.rmtree(rest) if rest.is_dir() else rest.unlink()


def _found(data: Path, aside: Path, leave: Leave) -> tuple[list[str], list[tuple[str, Path]]]:
    """Folders and files in order; a database is told by a copy in which its content alone counts."""
    folders, sources = [], []
    for path in _walk(data, data, leave):
        name = path.relative_to(data).as_posix()
        if path.is_dir():
            folders.append(name)
        elif path.suffix == ".db" and path.parent == data:
            sources.append((name, _vacuumed(path, aside / name)))
        else:
            sources.append((name, path))
    return folders, sources


def _walk(folder: Path, data: Path, leave: Leave) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        name = path.relative_to(data).as_posix()
        is_plain = not path.is_symlink() and (path.is_dir() or path.is_file())
        if leave(name) or not is_plain or not is_part(name) or name.endswith(OF_A_DATABASE):
            continue
        yield path
        if path.is_dir():
            yield from _walk(path, data, leave)


def _vacuumed(source: Path, target: Path) -> Path:
    """A copy without what was deleted: two databases that hold the same are the same bytes."""
    uri = f"file:{source}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as reader:
        reader.execute("VACUUM INTO ?", (str(target),))
    target.write_bytes(as_wal(target.read_bytes()))
    return target


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> StoredFile | None:
    """Copy a file; an upload that its session took back meanwhile is not there."""
    digest, size = sha256(), 0
    if not path.exists():
        return None
    with path.open("rb") as inside, archive.open(_named(name), "w", force_zip64=True) as outside:
        while chunk := inside.read(_CHUNK):
            digest.update(chunk)
            outside.write(chunk)
            size += len(chunk)
    return StoredFile(path=name, size=size, sha256=digest.hexdigest(), age=_age(name, path))


def _age(name: str, path: Path) -> int | None:
    """As the space's clock gave it; an upload is as old as the machine says, and a database has no age."""
    if not name.startswith("drop/") or _BY_MACHINE & set(name.split("/")):
        return None
    return path.stat().st_mtime_ns // 1_000_000


def _named(name: str) -> zipfile.ZipInfo:
    """Stored, for everybody alike: what a compressor makes depends on its version."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_STORED, _UNIX, _PLAIN
    return info


def _written(path: Path) -> zipfile.ZipFile:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.close(handle)
    return zipfile.ZipFile(path, "w", zipfile.ZIP_STORED)


def _show(hidden: Path, target: Path) -> None:
    """Durable, then by rename."""
    for path in (hidden, target.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path == hidden:
            hidden.rename(target)
