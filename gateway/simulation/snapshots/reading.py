"""Reads an archive that anybody may have made: nothing of it is believed before it was compared."""

import os
import stat
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from gateway.simulation.snapshots.form import (
    FORMAT,
    MANIFEST,
    MOST_FILES,
    Manifest,
    SnapshotInvalid,
    StoredFile,
    is_part,
)

_LARGEST_LIST = 512 * 1024 * 1024
_LARGEST = 64 * 1024**3
_CHUNK = 1 << 20
_MS = 1000
_SECRET = 0o600


def read_manifest(path: Path) -> Manifest:
    """What an archive says of itself, once it is known to hold just that: names, kinds and sizes.

    Raises:
        SnapshotInvalid: it is no archive, or not of this form.
        FileNotFoundError: there is none.
    """
    with _opened(path) as archive:
        return _manifest(archive, path.stat().st_size)


def unpack(path: Path, folder: Path) -> Manifest:
    """Put what an archive holds into an empty folder; each file's digest is compared.

    Raises:
        SnapshotInvalid: something in it is not as it says.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive, path.stat().st_size)
        folder.mkdir(mode=0o700, parents=True)
        for name in manifest.folders:
            (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in manifest.files:
            _put(archive, file, folder / file.path)
    return manifest


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, RuntimeError) as broken:
        raise SnapshotInvalid("the file is no snapshot, or it is cut short") from broken


def _manifest(archive: zipfile.ZipFile, size: int) -> Manifest:
    members = archive.infolist()
    if len(members) > MOST_FILES + 1 or sum(one.file_size for one in members) > _LARGEST:
        raise SnapshotInvalid("it holds more than any snapshot has")
    sizes: dict[str, int] = {}
    for one in members:
        _require_plain(one)
        if one.filename in sizes:
            raise SnapshotInvalid("it holds two files of one name")
        sizes[one.filename] = one.file_size
    if sum(sizes.values()) > size:  # they lie over one another: nothing is compressed
        raise SnapshotInvalid("its files are larger than it is itself")
    if sizes.pop(MANIFEST, _LARGEST_LIST + 1) > _LARGEST_LIST:
        raise SnapshotInvalid(f"it holds no {MANIFEST}, or a very long one")
    manifest = _parsed(archive.read(MANIFEST))
    _require_same(manifest, sizes)
    return manifest


def _require_plain(member: zipfile.ZipInfo) -> None:
    """No links or devices, nothing encrypted, nothing compressed: what is there is as large as it says."""
    kind = stat.S_IFMT(member.external_attr >> 16)
    is_plain = kind in (0, stat.S_IFREG) and not member.flag_bits & 1 and not member.is_dir()
    if not is_plain:
        raise SnapshotInvalid("it holds something that is no plain file")
    if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size:
        raise SnapshotInvalid("it holds a compressed file")


def _parsed(text: bytes) -> Manifest:
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:80]
        if place == "format":
            raise SnapshotInvalid(
                f"it is not of the form `{FORMAT}`", "restore it with the version that made it"
            ) from None
        raise SnapshotInvalid(f"its list is not well formed at `{place}`") from None
    except (RecursionError, OverflowError, UnicodeError):
        raise SnapshotInvalid("its list is not well formed") from None


def _require_same(manifest: Manifest, sizes: dict[str, int]) -> None:
    """The list and the archive hold the same files, each where a snapshot's files lie."""
    if not all(map(is_part, manifest.paths())):
        raise SnapshotInvalid("it holds a file in a place where no snapshot has one")
    _require_apart([file.path for file in manifest.files], manifest.folders)
    if {file.path: file.size for file in manifest.files} != sizes:
        raise SnapshotInvalid("its list and its files do not agree")


def _require_apart(files: Collection[str], folders: Collection[str]) -> None:
    """No name twice, and no file where a folder is wanted."""
    taken = set(files)
    above = {str(parent) for path in (*files, *folders) for parent in Path(path).parents}
    if len(taken) != len(files) or taken & (above | set(folders)):
        raise SnapshotInvalid("it holds a file and a folder of one name")


def _put(archive: zipfile.ZipFile, file: StoredFile, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = sha256()
    mode = _SECRET if file.path.startswith("keys/") else _SECRET | stat.S_IRGRP | stat.S_IROTH
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with archive.open(file.path) as inside, os.fdopen(handle, "wb") as outside:
        while chunk := inside.read(_CHUNK):
            digest.update(chunk)
            outside.write(chunk)
    if digest.hexdigest() != file.sha256:
        raise SnapshotInvalid("a file in it is not the one that its list tells of")
    if file.age is not None:
        os.utime(target, (file.age / _MS, file.age / _MS))
