"""The life of a distributed file: its states and the only moves between them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

EXPIRY_JOB = "file.expire"
"""The kind of the job that ends a file's term."""


class ParcelState(StrEnum):
    """Where a file is."""

    STAGED = "staged"
    ENTERED = "entered"
    RELEASED = "released"
    COLLECTED = "collected"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REDELIVERED = "redelivered"


_S = ParcelState
_SHOWN = frozenset({_S.COLLECTED, _S.ACKNOWLEDGED, _S.EXPIRED, _S.WITHDRAWN, _S.REDELIVERED})
"""Where a file that its consumer can see may go."""
MOVES: Mapping[ParcelState | None, frozenset[ParcelState]] = {
    None: frozenset({_S.STAGED}),
    _S.STAGED: frozenset({_S.ENTERED}),
    _S.ENTERED: frozenset({_S.RELEASED}),
    _S.RELEASED: _SHOWN,
    _S.COLLECTED: _SHOWN,
    _S.ACKNOWLEDGED: _SHOWN - {_S.ACKNOWLEDGED},
    _S.REDELIVERED: _SHOWN,
    _S.EXPIRED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}


GONE = frozenset({_S.EXPIRED, _S.WITHDRAWN})
"""Where nothing follows."""


class MoveNotAllowed(ValueError):
    """A file cannot go from one state to another."""


def fold(states: Iterable[ParcelState]) -> ParcelState | None:
    """The present state after these events, oldest first.

    Raises:
        MoveNotAllowed: the events make a move that is none.
    """
    present: ParcelState | None = None
    for state in states:
        require_move(present, state)
        acknowledged_stays = present is _S.ACKNOWLEDGED and state is _S.COLLECTED
        present = present if acknowledged_stays else state
    return present


def may_move(present: ParcelState | None, to: ParcelState) -> bool:
    """Whether a file that is here may go there."""
    return to in MOVES[present]


def require_move(present: ParcelState | None, to: ParcelState) -> None:
    """Let an allowed move pass.

    Raises:
        MoveNotAllowed: it is none.
    """
    if not may_move(present, to):
        raise MoveNotAllowed(f"a file that is {present or 'nowhere'} cannot become {to}")
