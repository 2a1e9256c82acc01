"""The life of a file, from upload to its end: its states and the only moves between them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

EXPIRY_JOB = "file.expire"
"""The kind of the job that ends a file's term."""


class FileState(StrEnum):
    """Where a file is. The first three are an upload's, the others those of a consumer's file."""

    RECEIVED = "received"
    VALIDATED = "validated"
    QUARANTINED = "quarantined"
    STAGED = "staged"
    ENTERED = "entered"
    RELEASED = "released"
    COLLECTED = "collected"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REDELIVERED = "redelivered"


_S = FileState
_SHOWN = frozenset({_S.COLLECTED, _S.ACKNOWLEDGED, _S.EXPIRED, _S.WITHDRAWN, _S.REDELIVERED})
"""Where a file that its consumer can see may go."""
MOVES: Mapping[FileState | None, frozenset[FileState]] = {
    None: frozenset({_S.RECEIVED, _S.STAGED}),
    _S.RECEIVED: frozenset({_S.VALIDATED, _S.QUARANTINED}),
    _S.VALIDATED: frozenset({_S.QUARANTINED}),
    _S.QUARANTINED: frozenset(),
    _S.STAGED: frozenset({_S.ENTERED}),
    _S.ENTERED: frozenset({_S.RELEASED}),
    _S.RELEASED: _SHOWN,
    _S.COLLECTED: _SHOWN,
    _S.ACKNOWLEDGED: _SHOWN - {_S.ACKNOWLEDGED},
    _S.REDELIVERED: _SHOWN,
    _S.EXPIRED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
"""A file begins as an upload that came in, or as one that is made here: of an upload, or because somebody asked.

A validated upload that may not be used (another one was accepted for its day, it is not its time) is put
into quarantine; any other stays as it is, and its parts go on as files of their own.
"""


GONE = frozenset({_S.EXPIRED, _S.WITHDRAWN})
"""Where nothing follows."""


class MoveNotAllowed(ValueError):
    """A file cannot go from one state to another."""


def fold(states: Iterable[FileState]) -> FileState | None:
    """The present state after these events, oldest first.

    Raises:
        MoveNotAllowed: the events make a move that is none.
    """
    present: FileState | None = None
    for state in states:
        require_move(present, state)
        acknowledged_stays = present is _S.ACKNOWLEDGED and state is _S.COLLECTED
        present = present if acknowledged_stays else state
    return present


def may_move(present: FileState | None, to: FileState) -> bool:
    """Whether a file that is here may go there."""
    return to in MOVES[present]


def require_move(present: FileState | None, to: FileState) -> None:
    """Let an allowed move pass.

    Raises:
        MoveNotAllowed: it is none.
    """
    if not may_move(present, to):
        raise MoveNotAllowed(f"a file that is {present or 'nowhere'} cannot become {to}")
