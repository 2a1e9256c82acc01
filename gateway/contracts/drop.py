"""What is handed over at the drop server's wall: accounts in, finished uploads and collections out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

ARCHIVE = "/archief"
"""The folder that a file is renamed into to acknowledge it."""
MANIFEST = ".manifest.jws"
"""What the name of a file's manifest ends in, after the file's own name."""


class Verb(StrEnum):
    """What an account may do in a folder."""

    LIST = "list"
    READ = "read"
    UPLOAD = "upload"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of an account: `path` as the client sees it (`/in/x`), and the verbs it allows.

    `READ` opens files; `UPLOAD` creates and renames within; `ARCHIVE` on a folder lets a file that
    may be read be renamed into it, which is the acknowledgement (contract section 7).
    """

    path: str
    verbs: frozenset[Verb]


@dataclass(frozen=True, slots=True)
class DropAccount:
    """Who logged in. `root` is the directory on disk; `folders` all that the account can see.

    `owner` is whose directory it is: the account's own, or one that several accounts share.
    """

    user: str
    owner: str
    root: str
    folders: tuple[Folder, ...]


@dataclass(frozen=True, slots=True)
class CompletedUpload:
    """A file under its final name whose handle was closed by a living session.

    `user` is the account, `flow` the folder under `/in`, `name` the file's name, `path` the file on
    disk, still in the account's `/in/<flow>`.
    """

    user: str
    flow: str
    name: str
    path: str


class DropDesk(Protocol):
    """What the drop server asks and tells its owner. Called from the server's own threads."""

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """The account whose registered public key (SSH wire format) this is, or `None`."""
        ...

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Why this file may not be read at this instant, or `None` if it may.

        Asked when a file is opened and at each later read: reading is a disclosure.
        """
        ...

    def login_refused(self, user: str, /) -> None:
        """Somebody failed to log in."""
        ...

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """A finished upload lies ready. Returns at once; the work is done elsewhere."""
        ...

    def collected(self, account: DropAccount, path: str, /) -> None:
        """A file was read to its end and its handle closed."""
        ...

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        """A file was renamed into the archive."""
        ...


class Placement(Protocol):
    """Where distributed files are staged out of sight and released, on one file system.

    Paths are `(user, folder, name)`; everything is durable (file and folder synced) on return.
    """

    def stage(self, user: str, folder: str, name: str, chunks: Iterable[bytes], /) -> str:
        """Write a file out of the account's sight; its SHA-256 in hex. Again: same result."""
        ...

    def release(self, user: str, folder: str, name: str, /) -> None:
        """Show a staged file by rename. Again, or when it was collected already: no effect."""
        ...

    def place(self, user: str, folder: str, name: str, content: bytes, /) -> None:
        """Stage and release a small file (receipt, manifest) in one go, replacing an older one."""
        ...

    def move_upload(self, upload: CompletedUpload, subfolder: str, /) -> None:
        """Move an upload into `verwerkt` or `quarantaine`. Again: no effect."""
        ...

    def withdraw(self, user: str, folder: str, name: str, /) -> bool:
        """Remove a file; whether it was still there."""
        ...
