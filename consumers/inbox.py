"""Where collected files lie until the agency has taken them in, and the small file that remembers them.

<folder>/<flow>/state.ndjson            every sequence that was collected, with its digests, a line each
<folder>/<flow>/<file>                  whole and verified; goes when the agency is done with it
<folder>/<flow>/<file>.part             a download under way
<folder>/<flow>/<file>.manifest.jws     evidence of what was received; holds no persons
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from consumers.file_contents import PersonList
from consumers.manifests import Manifest
from consumers.remembered import Kept, Line, Remembered, State, given_up_line, kept_line

T = TypeVar("T")
STATE = "state.ndjson"


class InboxBusy(Exception):
    """Another process collects into this folder."""


class Inbox:
    """One flow's files on this machine. Everything is durable when a method returns.

    What is not `is_lasting` is written all the same, and waits for no disk.
    """

    def __init__(self, folder: Path, flow: str, *, is_lasting: bool = True) -> None:
        self.flow, self._is_lasting = flow, is_lasting
        self._folder = folder / flow
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._base = f"{self._folder}/"
        """NOTE: a path takes longer to make than a small file to read."""
        self._remembered = Remembered(self._folder / STATE)
        self._looked_through: Mapping[int, Kept] = {}
        self._gone: set[int] = set()
        """INVARIANT: what was remembered and is not there has been taken in, and never lies there again."""

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out.

        Raises:
            InboxBusy: one is in already.
        """
        with open(f"{self._base}lock", "ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InboxBusy(f"another process collects `{self.flow}` here") from None
            yield

    def state(self) -> State:
        """What is remembered; nothing in a fresh folder."""
        return self._remembered.state()

    def begun(self, name: str) -> int:
        """How many bytes of a file were downloaded before."""
        try:
            return os.stat(self._part(name)).st_size
        except FileNotFoundError:
            return 0

    def go_on(self, name: str, chunks: Iterable[bytes]) -> None:
        """Put these bytes behind what there is of a file."""
        with open(self._part(name), "ab") as file:
            file.writelines(chunks)
            self._settle(file)

    def start_over(self, name: str) -> None:
        """Forget what there is of a file that is not kept yet."""
        for left in (self._part(name), self._base + name):
            with suppress(FileNotFoundError):
                os.unlink(left)

    def has(self, name: str) -> bool:
        """Whether a file is there whole, though a crash may have kept it from being remembered."""
        return os.path.exists(self._base + name)

    def digest(self, name: str) -> str:
        """The SHA-256 of what there is of a file."""
        with open(self._there(name), "rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def content(self, name: str) -> bytes:
        """What there is of a file."""
        with open(self._there(name), "rb") as file:
            return file.read()

    def keep(self, manifest: Manifest, signed: str) -> None:
        """Remember a verified file. Stopped anywhere and done again, the outcome is the same."""
        name = manifest.name
        self._write(f"{name}.manifest.jws", signed.encode())
        if not self.has(name):
            os.rename(self._part(name), self._base + name)
            self._sync()
        kept = Kept(name, manifest.sha256, manifest.previous)
        self._remember(kept_line(manifest.sequence, kept))

    def give_up(self, sequences: Iterable[int]) -> None:
        """Stop looking for files that will never come."""
        self._remember(given_up_line(sequences))

    def waiting(self) -> Sequence[str]:
        """The files that were kept and that the agency is not done with, oldest first."""
        files = self.state().files
        if files is not self._looked_through:
            self._looked_through, self._gone = files, set()
        unsure = sorted(files.keys() - self._gone)
        there = [n for n in unsure if self.has(files[n].name)]
        self._gone.update(unsure)
        self._gone.difference_update(there)
        return [files[n].name for n in there]

    def read(self, name: str) -> PersonList:
        """A list that waits."""
        return self.read_as(name, PersonList)

    def read_as(self, name: str, content: type[T]) -> T:
        """A file that waits, of whatever content."""
        with open(self._base + name, "rb") as file:
            return msgspec.json.decode(file.read(), type=content)

    def done(self, name: str) -> None:
        """The agency has taken the file in: its persons go, the state and the manifest stay."""
        with suppress(FileNotFoundError):
            os.unlink(self._base + name)
        self._sync()

    def _part(self, name: str) -> str:
        return f"{self._base}{name}.part"

    def _there(self, name: str) -> str:
        return self._base + name if self.has(name) else self._part(name)

    def _remember(self, line: Line) -> None:
        is_fresh = not self.has(STATE)
        with open(self._base + STATE, "ab") as file:
            self._remembered.add(line, file)
            self._settle(file)
        if is_fresh:
            self._sync()

    def _write(self, name: str, content: bytes) -> None:
        hidden = f"{self._base}.{name}"
        with open(hidden, "wb") as file:
            file.write(content)
            self._settle(file)
        os.replace(hidden, self._base + name)
        self._sync()

    def _settle(self, file: BinaryIO) -> None:
        file.flush()
        if self._is_lasting:
            os.fsync(file.fileno())

    def _sync(self) -> None:
        if not self._is_lasting:
            return
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
