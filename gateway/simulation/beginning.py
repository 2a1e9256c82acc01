"""How a space begins: its files wait for the disk once, all together, and until then do not count."""

from pathlib import Path
from typing import Protocol

from gateway.adapters.database import DATABASE
from gateway.adapters.sqlite_file import let_go, sync_all
from gateway.bootstrap.log import LOG

NAME = ".beginning"
"""The mark of a data folder in which a space begins: whoever starts on it begins anew."""
_ON_DISK = ("*.db", "*.db-wal", "keys", "keys/*.key", "keys/*.secret")
"""What a space cannot do without, and does not work out again at each start."""


class SetPace(Protocol):
    """Has whatever is written from now on wait for the disk, or for nothing."""

    def __call__(self, *, is_lasting: bool) -> None:
        """From now on."""
        ...


class Beginning:
    """The mark in a data folder. A space that is to outlast the machine has it on the disk before all else.

    `is_due` says whether a space begins here, and does not go on with what another left.
    """

    def __init__(self, data: Path, *, is_lasting: bool) -> None:
        self._data, self._mark, self._is_lasting = data, data / NAME, is_lasting
        self._held: list[int] = []
        databases = (data / LOG, data / DATABASE)
        self.is_due = self._mark.exists() or not any(path.exists() for path in databases)
        if self.is_due:
            self._open()

    @property
    def waits(self) -> bool:
        """Whether each thing that is written waits for the disk by itself."""
        return self._is_lasting and not self.is_due

    def close(self, set_pace: SetPace) -> None:
        """Everything that a beginning needs is there, and counts."""
        if self.is_due:
            self._pace(set_pace, is_lasting=True)
            if self._is_lasting:
                paths = [path for names in _ON_DISK for path in self._data.glob(names)]
                self._held = sync_all(paths)
            self._mark.unlink()
            self._sync_folder()

    def release(self) -> None:
        """The databases are closed: nothing of them is held any more."""
        let_go(self._held)
        self._held = []

    def give_up(self, set_pace: SetPace) -> None:
        """Nothing that lies here counts any more; another space will begin."""
        self._open()
        self._pace(set_pace, is_lasting=False)

    def _open(self) -> None:
        if not self._mark.exists():
            self._mark.touch(0o600)
            self._sync_folder()

    def _pace(self, set_pace: SetPace, *, is_lasting: bool) -> None:
        if self._is_lasting:
            set_pace(is_lasting=is_lasting)

    def _sync_folder(self) -> None:
        if self._is_lasting:
            let_go(sync_all([self._data]))


def has_begun(data: Path) -> bool:
    """Whether a space began in a folder and did not get as far as to count."""
    return (data / NAME).exists()
