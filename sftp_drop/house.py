"""What all doors of one drop server share: the desk, the limits, who guessed wrong, what is open, who is in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from gateway.contracts.drop import DropAccount, DropDesk, Visit
from sftp_drop.guard import Guard
from sftp_drop.handles import OpenFiles
from sftp_drop.limits import Limits
from sftp_drop.session import DropSession


@dataclass(slots=True)
class House:
    """One drop server behind its doors. `present` are the doors' lists of who is in, `make` makes a session."""

    desk: DropDesk
    limits: Limits = field(default_factory=Limits)
    guard: Guard = field(init=False)
    files: OpenFiles = field(init=False)
    present: list[Callable[[], Iterable[Visit]]] = field(default_factory=list)
    make: Callable[..., DropSession] = DropSession

    def __post_init__(self) -> None:
        self.guard = Guard(self.limits.lockout)
        self.files = OpenFiles(self.limits.open_files)

    def session(self, account: DropAccount, key: str) -> DropSession:
        """A session of somebody who came in; `key` keeps its hidden files apart from all others'."""
        return self.make(account, self.desk, key, self.limits.upload_bytes, self.files)

    def has_room(self, account: DropAccount) -> bool:
        """Whether the account may have one more session, over all doors."""
        users = [visit.account.user for door in self.present for visit in door()]
        return users.count(account.user) < self.limits.sessions_per_account
