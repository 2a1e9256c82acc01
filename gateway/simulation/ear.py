"""Whoever listens at a space's doors to the drop server: told of what came over the wire, and never asked."""

from typing import Protocol

from gateway.contracts.drop import CompletedUpload, DropAccount, Factor, Transfer, Visit


class Ear(Protocol):
    """Hears what sessions do, in the order in which they do it."""

    def logged_in(self, visit: Visit, door: str) -> None:
        """Somebody came in."""
        ...

    def login_refused(self, user: str, factor: Factor, door: str, *, locked: bool) -> None:
        """Somebody did not."""
        ...

    def transferred(self, account: DropAccount, transfer: Transfer) -> None:
        """A file went up or down; what went up still lies where it was put."""
        ...

    def refused(self, account: DropAccount, path: str) -> None:
        """A file was not given."""
        ...

    def uploaded(self, upload: CompletedUpload) -> None:
        """A file has its final name."""
        ...

    def acknowledged(self, account: DropAccount, name: str) -> None:
        """A file was moved into the archive."""
        ...
