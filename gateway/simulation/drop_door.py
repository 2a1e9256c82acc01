"""What stands between the drop server, which outlives a reset, and the space of the moment."""

from gateway.contracts.drop import CompletedUpload, DropAccount, Factor, Transfer, Visit
from gateway.simulation.space import Space


class SpaceDesk:
    """The drop server's gate and desk: passes everything on to the space that stands here now."""

    def __init__(self, space: Space) -> None:
        self.space = space

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """Ask the space."""
        return self.space.gate.account_for_key(user, key)

    def account_for_password(self, user: str, password: str, /) -> DropAccount | None:
        """Ask the space."""
        return self.space.gate.account_for_password(user, password)

    def take_code(self, account: DropAccount, code: str, /) -> bool:
        """Ask the space."""
        return self.space.gate.take_code(account, code)

    def logged_in(self, visit: Visit, door: str, /) -> bool:
        """Tell the space."""
        return self.space.gate.logged_in(visit, door)

    def still_stands(self, visit: Visit, /) -> bool:
        """Ask the space."""
        return self.space.gate.still_stands(visit)

    def login_refused(self, user: str, factor: Factor, door: str, /, *, locked: bool) -> None:
        """Tell the space."""
        self.space.gate.login_refused(user, factor, door, locked=locked)

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Ask the space."""
        return self.space.desk.refuse_reading(account, path)

    def transferred(self, account: DropAccount, transfer: Transfer, /) -> None:
        """Tell the space."""
        self.space.desk.transferred(account, transfer)

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """Tell the space."""
        self.space.desk.uploaded(upload)

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        """Tell the space."""
        self.space.desk.acknowledged(account, name)
