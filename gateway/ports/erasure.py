"""What erasure needs of the log and of the ledger."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.domain.erasure import HeldRow


class PrivateRows(Protocol):
    """What the log keeps apart about persons, and how it goes."""

    def about(self, number: str) -> Sequence[HeldRow]:
        """The rows that name a person, oldest first."""
        ...

    def until(self, at: datetime) -> Iterator[HeldRow]:
        """The rows of entries made until an instant, oldest first."""
        ...

    def mark(self, positions: Iterable[int], number: str | None = None) -> None:
        """Mark rows for the next entry that erases; of a file with others in it only the one person.

        Raises:
            LogUnavailable: they could not be marked.
        """
        ...

    def sweep(self) -> bool:
        """Make the file forget what was erased; whether nobody stood in the way."""
        ...


class YearKeys(Protocol):
    """The keys of the log's index of persons, one a calendar year."""

    def all(self) -> Mapping[str, bytes]:
        """Those that are left, by year."""
        ...

    def destroy(self, year: str) -> None:
        """Forget one for ever."""
        ...


class OncePersons(Protocol):
    """Who stood in a file in which everybody may stand once a year."""

    def count_once(self, before: date) -> int:
        """How many are kept of files about days before this one."""
        ...

    def forget_once(self, before: date) -> None:
        """Forget them."""
        ...
