"""Writes down what comes to a space from outside, and what was answered; never what it is shown with."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from gateway.contracts.drop import (
    CompletedUpload,
    DropAccount,
    Factor,
    Outcome,
    Transfer,
    Visit,
)
from gateway.domain.legal_day import in_brussels
from gateway.simulation.recording.hiding import Hiding
from gateway.simulation.recording.shown import Shown
from gateway.simulation.recording.timeline import line_of
from gateway.simulation.space import DROP, Space
from gateway.simulation.wewis import PARTY
from sftp_drop.uploads import STAGING

LONGEST = 64 * 1024 * 1024
"""What is longer is noted and not kept."""


@dataclass(slots=True)
class Recorder:
    """One recording of one space; each event is on disk before the next begins.

    It stands in nobody's way: what cannot be written down breaks the recording off, and nothing else.
    """

    space: Space
    path: Path
    count: int = 0
    moves: int = 0
    """How often the clock is being moved: what the simulated provider uploads meanwhile comes from inside."""
    is_broken: bool = False
    """Whether something could not be written down; nothing more is."""
    _lock: Lock = field(default_factory=Lock)
    _put: dict[tuple[str, str], str] = field(default_factory=dict)
    shown: Shown = field(init=False)
    _hiding: Hiding = field(init=False)

    def __post_init__(self) -> None:
        self.shown, self._hiding = Shown(self.space), Hiding(self.space)

    def begin(self, head: Mapping[str, Any]) -> None:
        """The first line; a file that lies there is begun anew."""
        self.path.parent.mkdir(mode=0o700, exist_ok=True)
        self.path.write_bytes(b"")
        self.path.chmod(0o600)
        self._write({"n": 0, "kind": "recording", **head})

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Round all that is done to hear: who is heard never sees what goes wrong in it."""
        try:
            yield
        except Exception:  # noqa: BLE001  whatever it is, entries and answers go before a recording
            self.is_broken = True

    def note(self, kind: str, **words: Any) -> None:
        """An event, at the instant of the space."""
        with self._lock, self.aside():
            at = in_brussels(self.space.clock.now()).isoformat(timespec="milliseconds")
            if not self.is_broken:
                self._write({"n": self.count + 1, "at": at, "kind": kind, **words})
                self.count += 1

    def end(self) -> None:
        """The last line: what all of it came to."""
        with self.aside():
            self.space.settle()
            self.note("end", **outcome_of(self.space))

    def logged_in(self, visit: Visit, door: str) -> None:
        """Somebody came in at the drop server."""
        self._drop(visit.account.user, "login", door)

    def login_refused(self, user: str, factor: Factor, door: str, *, locked: bool) -> None:
        """Somebody did not."""
        known = user if user in self.space.callers else None
        self._drop(user, "login-refused", door, user=known, factor=factor.value, locked=locked)

    def transferred(self, account: DropAccount, transfer: Transfer) -> None:
        """A file went up or down; of one that went up, its content is read where it lies."""
        user, door, path = account.user, account.door, transfer.path
        words = {"path": path, "bytes": transfer.size, "outcome": transfer.outcome.value}
        if not transfer.is_upload:
            self._drop(user, "get", door, **words)
        elif transfer.outcome is Outcome.COMPLETE and transfer.size <= LONGEST:
            self._put[user, door] = path
            with self.aside():
                content = Path(f"{account.root}{path}").read_bytes()
                self._drop(user, "put", door, path=path, **body_words(content))
        else:
            why = "it is over 64 MB" if transfer.size > LONGEST else "the upload broke off"
            self._drop(user, "put", door, **words, played=False, why=why)

    def refused(self, account: DropAccount, path: str) -> None:
        """A file was not given."""
        self._drop(account.user, "get", account.door, path=path, outcome=Outcome.REFUSED.value)

    def uploaded(self, upload: CompletedUpload) -> None:
        """A file that was sent under another name got its own."""
        path = f"/in/{upload.flow}/{upload.name}"
        before = self._put.pop((upload.user, upload.channel), path)
        if before != path:
            self._drop(upload.user, "rename", upload.channel, path=before, to=path)

    def acknowledged(self, account: DropAccount, name: str) -> None:
        """A file was moved to the archive."""
        self._drop(account.user, "acknowledge", account.door, file=name)

    def _drop(self, by: str, do: str, door: str, **words: Any) -> None:
        if not (self.moves and by == PARTY):
            known = by if by in self.space.callers else None
            self.note("drop", by=known, do=do, door=door, **words)

    def _write(self, words: Mapping[str, Any]) -> None:
        line = line_of(self._hiding.hidden(words))
        with self.path.open("ab") as file:
            file.write(line)


def body_words(content: bytes) -> dict[str, str]:
    """Bytes as a member of a line: text where they are."""
    try:
        return {"body": content.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": b64encode(content).decode()}


def outcome_of(space: Space) -> dict[str, Any]:
    """The log and the drop folders of a space, as two digests."""
    head = space.gateway.log.reader.head()
    root = space.data / DROP
    rows = [
        f"{path.relative_to(root).as_posix()} {sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(root.rglob("*"))
        if path.is_file() and STAGING not in path.parts
    ]
    files = sha256("\n".join(rows).encode()).hexdigest()
    return {"log": {"size": head.size, "root": head.root.hex()}, "files": files}
