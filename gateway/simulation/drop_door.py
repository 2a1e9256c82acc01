"""What stands between the drop server, which all spaces share, and the space that an account is of."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from gateway.adapters.drop_gate import GatewayGate
from gateway.contracts.drop import CompletedUpload, DropAccount, Factor, Transfer, Visit
from gateway.contracts.faults import LogUnavailable
from gateway.simulation.disturbance.board import Board
from gateway.simulation.ear import Ear
from gateway.simulation.space import AT, Space

GONE = "the space is gone"
_PATIENCE_S = 60.0
"""Machine time that a session waits at most for a space that is being copied."""
Find = Callable[[str], Space | None]
"""The space of a name, the default one for the empty name; `None` where there is none."""


class SpacesGate:
    """One door's gate for all spaces: `infino` is of the default space, `infino+t1` of the space t1.

    Outside, an account carries its space in its name, so that sessions, locks and limits of two spaces
    are never taken for one another's. A space knows nothing of that.
    """

    def __init__(self, find: Find, door: str) -> None:
        self._find, self._door = find, door

    def account_for_key(self, user: str, key: bytes, /) -> DropAccount | None:
        """Ask the space."""
        gate, unit = self._known(user)
        return _known_as(user, gate.account_for_key(unit, key))

    def account_for_certificate(self, user: str, certificate: bytes, /) -> DropAccount | None:
        """Ask the space."""
        gate, unit = self._known(user)
        return _known_as(user, gate.account_for_certificate(unit, certificate))

    def account_for_password(self, user: str, password: str, /) -> DropAccount | None:
        """Ask the space."""
        gate, unit = self._known(user)
        return _known_as(user, gate.account_for_password(unit, password))

    def take_code(self, account: DropAccount, code: str, /) -> bool:
        """Ask the space."""
        gate, unit = self._known(account.user)
        return gate.take_code(replace(account, user=unit), code)

    def logged_in(self, visit: Visit, door: str, /) -> None:
        """Tell the space, if it is still there."""
        gate, own = self._within(visit)
        if gate is None:
            raise LogUnavailable
        gate.logged_in(own, door)
        for ear in self._ears(visit.account.user):
            ear.logged_in(own, door)

    def still_stands(self, visit: Visit, /) -> bool:
        """Ask the space; with it goes everything that was shown for it."""
        gate, own = self._within(visit)
        return gate is not None and gate.still_stands(own)

    def login_refused(self, user: str, factor: Factor, door: str, /, *, locked: bool) -> None:
        """Tell the space."""
        gate, unit = self._known(user)
        gate.login_refused(unit, factor, door, locked=locked)
        for ear in self._ears(user):
            ear.login_refused(unit, factor, door, locked=locked)

    def _ears(self, user: str) -> Iterator[Ear]:
        """Whoever listens in the space whose gate was asked."""
        space = _of(self._find, user)[0] or self._find("")
        if space is not None and space.ear is not None:
            yield space.ear

    def _known(self, user: str) -> tuple[GatewayGate, str]:
        """The gate for a name; where its space is not there the default one's, which knows no such name."""
        space, unit = _of(self._find, user)
        if space is None:
            space, unit = self._find(""), user
            assert space is not None
        return space.gates[self._door], unit

    def _within(self, visit: Visit) -> tuple[GatewayGate | None, Visit]:
        space, unit = _of(self._find, visit.account.user)
        own = replace(visit, account=replace(visit.account, user=unit))
        return (space.gates[self._door] if space else None), own


class SpacesDesk:
    """The desk behind all doors, for all spaces."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def require_log(self, account: DropAccount, /) -> None:
        """Ask the space, if it is still there."""
        space, _ = self._within(account)
        if space is None:
            raise LogUnavailable
        space.desk.require_log(account)

    def refuse_door(self, account: DropAccount, path: str, /) -> str | None:
        """Ask the space."""
        space, own = self._within(account)
        return space.desk.refuse_door(own, path) if space else GONE

    def refuse_reading(self, account: DropAccount, path: str, /) -> str | None:
        """Ask the space."""
        space, own = self._within(account)
        if space is None:
            return GONE
        why = space.desk.refuse_reading(own, path)
        if why is not None and space.ear is not None:
            space.ear.refused(own, path)
        return why

    def transferred(self, account: DropAccount, transfer: Transfer, /) -> None:
        """Tell the space."""
        space, own = self._within(account)
        if space is not None:
            if space.ear is not None:
                space.ear.transferred(own, transfer)
            space.desk.transferred(own, transfer)

    def uploaded(self, upload: CompletedUpload, /) -> None:
        """Tell the space."""
        space, unit = _of(self._find, upload.user)
        if space is not None:
            if space.ear is not None:
                space.ear.uploaded(replace(upload, user=unit))
            space.desk.uploaded(replace(upload, user=unit))

    def acknowledged(self, account: DropAccount, name: str, /) -> None:
        """Tell the space."""
        space, own = self._within(account)
        if space is not None:
            if space.ear is not None:
                space.ear.acknowledged(own, name)
            space.desk.acknowledged(own, name)

    def _within(self, account: DropAccount) -> tuple[Space | None, DropAccount]:
        """The space, once it does not have to stand still; what is begun on disk was asked here before."""
        space, unit = _of(self._find, account.user)
        if space is not None:
            space.time.awake.wait(_PATIENCE_S)
        return space, replace(account, user=unit)


def is_of(account: DropAccount, name: str) -> bool:
    """Whether an account is of the space of this name; the default one's is empty."""
    return account.user.partition(AT)[2] == name


def board_of(find: Find, user: str) -> tuple[Board | None, str]:
    """The board of the space that an account is of, and its unit."""
    space, unit = _of(find, user)
    return (space.faults if space else None), unit


def _of(find: Find, user: str) -> tuple[Space | None, str]:
    """Where an account's name leads; the default space has one spelling only."""
    unit, mark, name = user.partition(AT)
    return None if mark and not name else find(name), unit


def _known_as(user: str, account: DropAccount | None) -> DropAccount | None:
    return replace(account, user=user) if account is not None else None
