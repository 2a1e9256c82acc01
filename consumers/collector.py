"""Collects files exactly once: verify the manifest, download, compare, keep, and only then acknowledge.

Stopped anywhere and run again, nothing is lost and nothing is kept twice: what is remembered is
acknowledged at last, what is not is fetched on from where it was.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Protocol

import msgspec

from consumers.file_contents import AnyFile
from consumers.inbox import Inbox
from consumers.manifests import Manifest, ManifestInvalid, ManifestKeys
from consumers.remembered import State
from consumers.wire_sftp import ARCHIVE

_NAME = re.compile(r"(?P<flow>[a-z-]+)_\d{4}-\d{2}-\d{2}_(?P<sequence>\d{6,})\.json")


class Drop(Protocol):
    """What is asked of the drop server; `consumers.wire_sftp.SftpClient` does it."""

    def files(self, flow: str) -> Sequence[str]: ...  # noqa: D102  as the client has them
    def archived(self, flow: str) -> Sequence[str]: ...  # noqa: D102
    def manifest(self, flow: str, name: str) -> str: ...  # noqa: D102
    def chunks(self, path: str, offset: int = 0) -> Iterator[bytes]: ...  # noqa: D102
    def acknowledge(self, flow: str, name: str) -> None: ...  # noqa: D102


class Wrong(StrEnum):
    """What can be wrong with a file. Nothing that is wrong is kept or acknowledged."""

    NAME = "name"
    MANIFEST = "manifest"
    NOT_OURS = "not-ours"
    REFUSED = "refused"
    GONE = "gone"
    DIGEST = "digest"
    CHAIN = "chain"
    CHANGED = "changed"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A file that was left where it is, and why."""

    name: str
    wrong: Wrong
    detail: str


@dataclass(frozen=True, slots=True)
class Collection:
    """What one round brought. `missing` are sequences that should have come and did not."""

    kept: tuple[str, ...]
    missing: tuple[int, ...]
    troubles: tuple[Trouble, ...]

    def and_then(self, later: "Collection") -> "Collection":
        """Both rounds: all that was kept, and what is wrong still."""
        return Collection((*self.kept, *later.kept), later.missing, later.troubles)


class _Left(Exception):
    """A file is left where it is."""

    def __init__(self, wrong: Wrong, detail: str) -> None:
        self.wrong = wrong
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class Collector:
    """`consumer` is our own account; `keys` are those that may sign for the gateway."""

    drop: Drop
    inbox: Inbox
    keys: ManifestKeys
    consumer: str

    def collect(self) -> Collection:
        """One round: everything that waits, and of the archive what is missing here.

        Raises:
            InboxBusy: another process is at it.
            OSError: the server is gone; what was kept so far is kept.
        """
        with self.inbox.alone():
            flow = self.inbox.flow
            before = set(self.inbox.state().files)
            troubles = list(self._round(f"/uit/{flow}", self.drop.files(flow)))
            if self.inbox.state().missing:
                lost = [name for name in self.drop.archived(flow) if self._is_missing(name)]
                troubles += self._round(ARCHIVE, lost)
            state = self.inbox.state()
            kept = tuple(state.files[n].name for n in sorted(state.files.keys() - before))
            return Collection(kept, state.missing, tuple(troubles))

    def _round(self, folder: str, names: Iterable[str]) -> Iterator[Trouble]:
        for name in sorted(names, key=_sequence_or_zero):
            try:
                self._take(folder, name)
            except _Left as left:
                yield Trouble(name, left.wrong, str(left))
            except PermissionError as error:
                yield Trouble(name, Wrong.REFUSED, error.strerror or str(error))
            except FileNotFoundError:
                yield Trouble(name, Wrong.GONE, "it was withdrawn, or has expired")

    def _take(self, folder: str, name: str) -> None:
        """Take one file over; acknowledge it when it is safe here."""
        sequence = _sequence(name, self.inbox.flow)
        signed = self.drop.manifest(self.inbox.flow, name)
        manifest = self._own(signed, name, sequence)
        if not _is_known(self.inbox.state(), manifest):
            self._download(folder, manifest)
            self.inbox.keep(manifest, signed)
        if folder != ARCHIVE:
            self.drop.acknowledge(self.inbox.flow, name)

    def _own(self, signed: str, name: str, sequence: int) -> Manifest:
        """The manifest, if it is signed, of this file, and for us."""
        try:
            manifest = self.keys.read(signed)
        except ManifestInvalid as error:
            raise _Left(Wrong.MANIFEST, str(error)) from None
        told = (manifest.name, manifest.flow, manifest.consumer, manifest.sequence)
        if told != (name, self.inbox.flow, self.consumer, sequence):
            raise _Left(Wrong.NOT_OURS, "the manifest is of another file, or for somebody else")
        return manifest

    def _download(self, folder: str, manifest: Manifest) -> None:
        """Get the file whole: on from where a broken download was, else once more from the start."""
        name = manifest.name
        if not self.inbox.has(name):
            self._fetch(folder, name)
        content = self.inbox.content(name)
        if sha256(content).hexdigest() != manifest.sha256:
            self.inbox.start_over(name)
            self._fetch(folder, name)
            content = self.inbox.content(name)
        if sha256(content).hexdigest() != manifest.sha256:
            self.inbox.start_over(name)
            raise _Left(Wrong.DIGEST, "the file is not the one that the manifest was signed for")
        _require_content(content, manifest)

    def _fetch(self, folder: str, name: str) -> None:
        path = str(PurePosixPath(folder, name))
        self.inbox.go_on(name, self.drop.chunks(path, self.inbox.begun(name)))

    def _is_missing(self, name: str) -> bool:
        return _sequence_or_zero(name) in self.inbox.state().missing


def _is_known(state: State, manifest: Manifest) -> bool:
    """Whether it was kept before. INVARIANT: each file names the digest of the one before it.

    Raises:
        _Left: it changed, or does not follow on what was kept.
    """
    kept = state.files.get(manifest.sequence)
    if kept is not None:
        if kept.sha256 != manifest.sha256:
            raise _Left(Wrong.CHANGED, "another file was kept under this sequence")
        return True
    before, after = state.files.get(manifest.sequence - 1), state.files.get(manifest.sequence + 1)
    follows = manifest.sequence == 1 or before is None or before.sha256 == manifest.previous
    if not follows or (manifest.sequence == 1 and manifest.previous is not None):
        raise _Left(Wrong.CHAIN, "it does not follow on the file that was kept before it")
    if after is not None and after.previous != manifest.sha256:
        raise _Left(Wrong.CHAIN, "the file that was kept after it does not follow on it")
    return False


def _require_content(content: bytes, manifest: Manifest) -> None:
    """The content must say what the manifest says."""
    try:
        told = msgspec.json.decode(content, type=AnyFile)
    except msgspec.DecodeError as error:
        raise _Left(Wrong.CONTENT, f"not readable: {error}") from None
    said = (told.schema, told.flow, told.day, told.sequence, told.count, told.rows)
    agreed = (
        f"{manifest.flow}/1", manifest.flow, manifest.day, manifest.sequence, manifest.count,
        manifest.count,
    )  # fmt: skip
    if said != agreed or not told.is_ordered:
        raise _Left(Wrong.CONTENT, "the content is not what the manifest tells")


def _sequence(name: str, flow: str) -> int:
    """The sequence in a name.

    Raises:
        _Left: it is no name of this flow.
    """
    found = _NAME.fullmatch(name)
    if found is None or found["flow"] != flow:
        raise _Left(Wrong.NAME, "this is no name of a file of this flow")
    return int(found["sequence"])


def _sequence_or_zero(name: str) -> int:
    found = _NAME.fullmatch(name)
    return int(found["sequence"]) if found else 0
