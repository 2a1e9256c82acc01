"""The drop folders on disk: files are staged out of sight, made durable, and shown by rename."""

import os
from collections.abc import Iterable, Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from gateway.contracts.clock import Clock
from gateway.contracts.drop import ARCHIVE, HANDLED, MANIFEST, UNKNOWN_DOOR, CompletedUpload
from sftp_drop.paths import FINAL
from sftp_drop.uploads import ARRIVAL, KEPT, STAGING, after_a_crash, is_for_release, is_rest


class DropStore:
    """Implements `gateway.contracts.drop.Placement` below one directory, a folder per account.

    With a clock, files are as old as that says: clients that look for what is newer see the space's time.
    What need not outlast the machine (`is_lasting`) does not wait for the disk.
    """

    def __init__(self, base: Path, clock: Clock | None = None, *, is_lasting: bool = True) -> None:
        self._base, self._clock, self.is_lasting = base.absolute(), clock, is_lasting
        self._folders: dict[tuple[str, str], Path] = {}

    def root_of(self, user: str) -> str:
        """The account's root on disk."""
        return f"{self._base}/{user}"

    def prepare(self, user: str, folders: Iterable[str]) -> None:
        """Make an account's folders; what sessions that died with the process had in hand can be resumed.

        What was staged for release stays: after a crash it is what must still be shown.
        """
        root = self.root_of(user)
        staging = f"{root}/{STAGING}"
        for path in (staging, *(f"{root}/{folder.strip('/')}" for folder in folders)):
            if not os.path.isdir(path):  # noqa: PTH112  a hundred of them, at each reset
                os.makedirs(path, exist_ok=True)  # noqa: PTH103
        for name in os.listdir(staging):  # noqa: PTH208
            kept = after_a_crash(name)
            if kept is not None:
                Path(staging, name).rename(Path(staging, kept))
            elif name.startswith(ARRIVAL):
                Path(staging, name).unlink()

    def sweep(self, before: float) -> int:
        """Remove what was left of uploads that nobody resumed since this machine time; how many."""
        forgotten = [
            left
            for staging in self._base.glob(f"*/{STAGING}")
            for left in staging.iterdir()
            if is_rest(left.name) and left.stat().st_mtime < before
        ]
        for left in forgotten:
            left.unlink(missing_ok=True)
        return len(forgotten)

    def forget_staged(self) -> None:
        """Remove what was staged and belongs to nothing; only when nothing is left that must be shown."""
        for staging in self._base.glob(f"*/{STAGING}"):
            for left in filter(lambda one: is_for_release(one.name), staging.iterdir()):
                left.unlink(missing_ok=True)

    def stage(self, user: str, folder: str, name: str, chunks: Iterable[bytes], /) -> str:
        """Write a file out of the account's sight; its SHA-256 in hex. Again: same result."""
        digest = sha256()
        staged = self._staged(user, folder, name)
        with staged.open("wb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            if self._clock is not None:
                when = self._clock.now().timestamp()
                os.utime(file.fileno(), (when, when))
            if self.is_lasting:
                os.fsync(file.fileno())
        if self.is_lasting:
            sync(staged.parent)
        return digest.hexdigest()

    def release(self, user: str, folder: str, name: str, /) -> None:
        """Show a staged file by rename. Again, or when it was archived already: no effect."""
        staged, shown = self._staged(user, folder, name), self._folder(user, folder) / name
        if staged.exists():
            staged.rename(shown)
            if self.is_lasting:
                sync(shown.parent)

    def place(self, user: str, folder: str, name: str, content: bytes, /) -> None:
        """Stage and release a small file in one go, replacing an older one."""
        self.stage(user, folder, name, [content])
        self.release(user, folder, name)

    def move_upload(self, upload: CompletedUpload, subfolder: str, /) -> None:
        """Move an upload into a subfolder of its own folder, under a free name. Again: no effect."""
        source = Path(upload.path)
        if not source.exists():
            return
        target = _free_name(source.parent / subfolder / source.name)
        source.rename(target)
        self._sync(target.parent)
        self._sync(source.parent)

    def put_back(self, user: str, folder: str, name: str, /) -> bool:
        """Move a file, with its manifest, from the archive back; whether it lies in its folder now."""
        shown = self._folder(user, folder)
        for part in (name, f"{name}{MANIFEST}"):
            archived = self._folder(user, ARCHIVE) / part
            if archived.is_file():
                archived.rename(shown / part)
                self._sync(shown)
                self._sync(archived.parent)
        return (shown / name).is_file()

    def digest(self, user: str, folder: str, name: str, /) -> str | None:
        """The SHA-256 of a file that lies in its folder, in hex; `None` where there is none."""
        path = self._folder(user, folder) / name
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()

    def unstage(self, user: str, folder: str, name: str, /) -> None:
        """Forget a staged file that is not to be shown."""
        self._staged(user, folder, name).unlink(missing_ok=True)

    def handled(self, user: str, flow: str, name: str, /) -> str | None:
        """Where an upload lies that was handled under this name, or `None`."""
        path = self._folder(user, f"/in/{flow}/{HANDLED}") / name
        return str(path) if path.is_file() else None

    def withdraw(self, user: str, folder: str, name: str, /) -> bool:
        """Remove a file; whether it was still there."""
        path = self._folder(user, folder) / name
        was_there = path.exists()
        path.unlink(missing_ok=True)
        if was_there:
            self._sync(path.parent)
        return was_there

    def uploads_waiting(self, user: str, flow: str) -> Sequence[CompletedUpload]:
        """Finished uploads that still lie in an account's folder, by name."""
        folder = self._folder(user, f"/in/{flow}")
        if not folder.is_dir():
            return []
        return [
            CompletedUpload(user, flow, path.name, str(path), UNKNOWN_DOOR)
            for path in sorted(folder.iterdir())
            if path.is_file() and path.suffix == ".json" and not path.name.startswith(".")
        ]

    def archived(self, users: Iterable[str]) -> Sequence[tuple[str, str]]:
        """The files in these accounts' archives, without their manifests: account and name."""
        return [
            (user, path.name)
            for user in users
            for path in sorted(self._folder(user, ARCHIVE).glob(f"*{FINAL}"))
            if path.is_file()
        ]

    def _sync(self, folder: Path) -> None:
        if self.is_lasting:
            sync(folder)

    def _folder(self, user: str, folder: str) -> Path:
        """NOTE: a path takes longer to make than a file; there are as many folders as accounts have."""
        found = self._folders.get((user, folder))
        if found is None:
            found = Path(f"{self._base}/{user}/{folder.strip('/')}")
            self._folders[user, folder] = found
        return found

    def _staged(self, user: str, folder: str, name: str) -> Path:
        place = folder.strip("/").replace("/", KEPT)
        return self._folder(user, STAGING) / f"{place}{KEPT}{name}"


def _free_name(path: Path) -> Path:
    """The path itself, or with a count before its ending where it is taken."""
    count = 1
    free = path
    while free.exists():
        count += 1
        free = path.with_name(f"{path.stem}.{count}{path.suffix}")
    return free


def sync(folder: Path) -> None:
    """Make a folder's names durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
