"""What the view of citizens needs from outside: who they are, whose parents, what the log has of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.domain.citizen_view import Logged


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Somebody who can log in. `numbers` are all that this person has or had, the present one last."""

    key: str
    name: str
    born: date
    numbers: tuple[str, ...]


class Citizens(Protocol):
    """Who people are, as an identity provider and the National Register know it."""

    def find(self, key: str) -> Citizen | None:
        """The person with this key."""
        ...

    def all(self) -> Sequence[Citizen]:
        """Everybody who can log in."""
        ...

    def children(self, key: str, day: date) -> Sequence[str]:
        """The keys of a parent's children that are minors on a day."""
        ...


class SubjectHistory(Protocol):
    """What the log has of persons."""

    def about(self, numbers: Sequence[str]) -> Sequence[Logged]:
        """The entries about a person under any of their numbers, oldest first; blocks.

        It finds nothing by a person whose private rows were erased.
        """
        ...
