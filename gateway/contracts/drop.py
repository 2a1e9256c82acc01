"""What is handed over at the drop server's wall: accounts in, finished uploads and transfers out."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

ARCHIVE = "/archief"
"""The folder that a file is renamed into to acknowledge it."""
HANDLED, QUARANTINE = "verwerkt", "quarantaine"
"""Where uploads are moved, within their own folder."""
MANIFEST = ".manifest.jws"
"""What the name of a file's manifest ends in, after the file's own name."""

RECEIPT = ".ontvangstbewijs"
"""What the name of a receipt ends in, after the upload's own name and before `.json` or `.csv`."""


SFTP, FTPS = "sftp", "ftps"
"""The doors of the drop server."""
UNKNOWN_DOOR = "unknown"
"""Of what a crash left behind before it was noted where it came in."""


class Verb(StrEnum):
    """What an account may do in a folder."""

    LIST = "list"
    READ = "read"
    UPLOAD = "upload"
    ARCHIVE = "archive"


class Factor(StrEnum):
    """Something that is shown to log in."""

    KEY = "key"
    CERTIFICATE = "certificate"
    PASSWORD = "password"  # noqa: S105  a kind, not a secret
    CODE = "code"


class Outcome(StrEnum):
    """How a transfer ended: whole, stopped on the way, or refused."""

    COMPLETE = "complete"
    BROKEN = "broken"
    REFUSED = "refusal"


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
    """Who logs in, with what, and all it can see.

    `root` is the directory on disk; `owner` is whose it is: the account's own, or one that several
    accounts share. All `factors` must be shown, in this order, at the `door` that this is about. What
    need not outlast the machine (`is_lasting`) waits for no disk, unless the client asks for it.
    """

    user: str
    owner: str
    root: str
    folders: tuple[Folder, ...]
    factors: tuple[Factor, ...] = (Factor.KEY,)
    door: str = SFTP
    is_lasting: bool = True


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who logged in: the account, and the public key or certificate (DER) shown for it."""

    account: DropAccount
    key: bytes | None = None
    certificate: bytes | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """One file that went up or came down: `path` as the client sees it, how many bytes, how it ended.

    `sha256` is that of an upload that ended whole, in hex.
    """

    path: str
    is_upload: bool
    size: int
    outcome: Outcome
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class CompletedUpload:
    """A file under its final name whose handle was closed by a living session.

    `user` is the account, `flow` the folder under `/in`, `name` the file's name, `path` the file on
    disk, still in the account's `/in/<flow>`; `channel` is the door that it came in at, if that is known.
    """

    user: str
    flow: str
    name: str
    path: str
    channel: str = SFTP


class DropGate(Protocol):
    """Who may come in at a door of the drop server. Called from the door's own threads."""

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """The account whose registered public key (SSH wire format) this is, or `None`.

        That somebody holds the key is not yet shown; nothing is noted.
        """
        ...

    def account_for_certificate(self, user: str, certificate: bytes, /) -> DropAccount | None:
        """The account whose certificate (DER) this is, valid and not revoked, or `None`.

        That somebody holds its key was shown in the handshake.
        """
        ...

    def account_for_password(self, user: str, password: str, /) -> DropAccount | None:
        """The account whose password this is, or `None`; takes equally long for every name."""
        ...

    def take_code(self, account: DropAccount, code: str, /) -> bool:
        """Whether this one-time code counts at this instant of machine time; it then is used up."""
        ...

    def logged_in(self, visit: Visit, door: str, /) -> None:
        """Somebody showed all factors at a door (`sftp`, `ftps`).

        Raises:
            LogUnavailable: it cannot be written down, so they may not come in now.
        """
        ...

    def still_stands(self, visit: Visit, /) -> bool:
        """Whether what was shown still counts. Asked all the time while somebody is in."""
        ...

    def login_refused(self, user: str, factor: Factor, door: str, /, *, locked: bool) -> None:
        """Somebody failed to log in; `locked` where what they showed was not even looked at.

        Raises:
            LogUnavailable: it cannot be written down.
        """
        ...


class DropDesk(Protocol):
    """What is asked and told while somebody is in. Called from the doors' own threads."""

    def require_log(self, account: DropAccount, /) -> None:
        """Let pass what an account is about to do and will be told of.

        Raises:
            LogUnavailable: it could not be written down, so it may not be done now.
        """
        ...

    def refuse_door(self, account: DropAccount, path: str, /) -> str | None:
        """Why a file may not go in or out at the account's door, or `None` if it may; that is entered.

        Asked when a file is opened or renamed.

        Raises:
            LogUnavailable: it cannot be written down.
        """
        ...

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Why this file may not be read at this instant, or `None` if it may.

        Asked when a file is opened and at each later read: reading is a disclosure.

        Raises:
            LogUnavailable: nothing may be read now.
        """
        ...

    def transferred(self, account: DropAccount, transfer: Transfer, /) -> None:
        """A file's handle was closed, or its session ended. Returns at once."""
        ...

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """A finished upload lies ready. Returns at once; the work is done elsewhere."""
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

    def put_back(self, user: str, folder: str, name: str, /) -> bool:
        """Move a file from the archive back into its folder; whether it lies there now."""
        ...

    def digest(self, user: str, folder: str, name: str, /) -> str | None:
        """The SHA-256 of a file that lies in its folder, in hex; `None` where there is none."""
        ...

    def unstage(self, user: str, folder: str, name: str, /) -> None:
        """Forget a staged file that is not to be shown."""
        ...

    def handled(self, user: str, flow: str, name: str, /) -> str | None:
        """Where an upload lies that was handled under this name, or `None`."""
        ...

    def withdraw(self, user: str, folder: str, name: str, /) -> bool:
        """Remove a file; whether it was still there."""
        ...


class Arrival(Protocol):
    """An upload that comes in at another door than the drop server, out of sight until it is whole."""

    def write(self, content: bytes, /) -> None:
        """Put bytes behind what there is; raises `OSError` where the disk takes no more."""
        ...

    def place(self, flow: str, name: str, /) -> CompletedUpload | None:
        """Make it durable and show it as a finished upload; `None` while another lies under the name."""
        ...

    def discard(self) -> None:
        """Forget what is not placed. Again, or when it was placed: no effect."""
        ...


class Arrivals(Protocol):
    """Where such uploads come in."""

    def begin(self, user: str, /) -> Arrival:
        """Begin one for an account."""
        ...

    def waiting(self, user: str, flow: str, name: str, /) -> CompletedUpload:
        """What lies, or lay, under a name."""
        ...
