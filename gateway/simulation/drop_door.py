"""What stands between the drop server, which outlives a reset, and the space of the moment."""

from collections.abc import Callable

from gateway.adapters.drop_gate import GatewayGate
from gateway.contracts.drop import CompletedUpload, DropAccount, Factor, Transfer, Visit
from gateway.simulation.space import Space


class SpaceGate:
    """One door's gate: passes everything on to that of the space that stands here now."""

    def __init__(self, current: Callable[[], Space], door: str) -> None:
        self._current, self._door = current, door

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """Ask the space."""
        return self._gate.account_for_key(user, key)

    def account_for_certificate(self, user: str, certificate: bytes, /) -> DropAccount | None:
        """Ask the space."""
        return self._gate.account_for_certificate(user, certificate)

    def account_for_password(self, user: str, password: str, /) -> DropAccount | None:
        """Ask the space."""
        return self._gate.account_for_password(user, password)

    def take_code(self, account: DropAccount, code: str, /) -> bool:
        """Ask the space."""
        return self._gate.take_code(account, code)

    def logged_in(self, visit: Visit, door: str, /) -> None:
        """Tell the space."""
        self._gate.logged_in(visit, door)

    def still_stands(self, visit: Visit, /) -> bool:
        """Ask the space."""
        return self._gate.still_stands(visit)

    def login_refused(self, user: str, factor: Factor, door: str, /, *, locked: bool) -> None:
        """Tell the space."""
        self._gate.login_refused(user, factor, door, locked=locked)

    @property
    def _gate(self) -> GatewayGate:
        return self._current().gates[self._door]


class SpaceDesk:
    """The desk behind all doors: passes everything on to the space that stands here now."""

    def __init__(self, current: Callable[[], Space]) -> None:
        self._current = current

    def require_log(self) -> None:
        """Ask the space."""
        self._current().desk.require_log()

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Ask the space."""
        return self._current().desk.refuse_reading(account, path)

    def transferred(self, account: DropAccount, transfer: Transfer, /) -> None:
        """Tell the space."""
        self._current().desk.transferred(account, transfer)

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """Tell the space."""
        self._current().desk.uploaded(upload)

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        """Tell the space."""
        self._current().desk.acknowledged(account, name)
