"""The end of a file's life: collected, acknowledged, expired or withdrawn, each noted and entered."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.contracts.drop import ARCHIVE, MANIFEST, DropAccount, Placement
from gateway.domain.file_state import FileState, may_move
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.upload_name import flow_of_parcel
from gateway.ports import Clock, DecisionLog, Ledger

_Key = tuple[str, str, FileState]
_KIND = {
    FileState.COLLECTED: EventKind.FILE_COLLECTED,
    FileState.ACKNOWLEDGED: EventKind.FILE_ACKNOWLEDGED,
    FileState.EXPIRED: EventKind.FILE_EXPIRED,
    FileState.WITHDRAWN: EventKind.FILE_WITHDRAWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelClosing:
    """The collaborators, wired once at start-up."""

    space: str
    ledger: Ledger
    placement: Placement
    log: DecisionLog
    clock: Clock
    half_noted: Counter[_Key] = field(default_factory=Counter)
    """What was entered and could not be noted in the ledger: it is not entered again."""

    def collected(self, by: DropAccount, name: str) -> bool:
        """The file was read to its end by an account; each time it is read is entered.

        Not so of one that was gone by then: that is told, and whoever asks enters what was sent.
        """
        return self._note(by.owner, name, FileState.COLLECTED, _who(by))

    def acknowledged(self, by: DropAccount, name: str) -> None:
        """The file was renamed into the archive by an account."""
        self._note(by.owner, name, FileState.ACKNOWLEDGED, _who(by))

    def found_archived(self, consumer: str, name: str) -> None:
        """The file lies in the archive: one of those who use the folder acknowledged it."""
        self._note(consumer, name, FileState.ACKNOWLEDGED, {"credential": consumer})

    def expire(self, consumer: str, name: str) -> bool:
        """The file's term is over: it goes, and that is entered; whether it was still there."""
        return self._remove(consumer, name, FileState.EXPIRED)

    def withdraw(self, consumer: str, name: str) -> bool:
        """The file may no longer be had: it goes, and that is entered."""
        return self._remove(consumer, name, FileState.WITHDRAWN)

    def _remove(self, consumer: str, name: str, state: FileState) -> bool:
        folders = (f"/uit/{flow_of_parcel(name)}", ARCHIVE)
        was_there = [self.placement.withdraw(consumer, folder, name) for folder in folders]
        for folder in folders:
            self.placement.withdraw(consumer, folder, f"{name}{MANIFEST}")
        self._note(consumer, name, state, {"credential": consumer})
        return any(was_there)

    def _note(self, consumer: str, name: str, state: FileState, by: Mapping[str, str]) -> bool:
        """Whether the file may go there. Entry first: a crash between the two enters the same thing twice, and never not at all."""
        key = (consumer, name, state)
        if not may_move(self.ledger.state_of(consumer, name), state):
            return False
        at: datetime = self.clock.now()
        words = {**by, "file": name, "flow": flow_of_parcel(name)}
        if not self.half_noted[key]:
            self.log.append_all([Event(_KIND[state], at, self.space, words).entry()])
            self.half_noted[key] += 1
        self.ledger.move(consumer, name, state, at)
        self.half_noted[key] -= 1
        return True


def _who(account: DropAccount) -> Mapping[str, str]:
    return {"credential": account.user, "channel": account.door}
