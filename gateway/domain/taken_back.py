"""What a log says of itself when a restored snapshot took it back, so that nobody takes it for a fork.

A checkpoint of what it is now, signed with the key that it had, with lines below that say what was undone.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.checkpoint import Checkpoint, checkpoint_body, read_checkpoint

_GOES_ON = "taken back by a restored snapshot, goes on under "
_UNDONE = "undone "
_BODY_LINES = 3


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The log as it is now, the key that signs it from now on, and the checkpoints that are none of it."""

    now: Checkpoint
    key: str
    undone: Sequence[Checkpoint]

    @property
    def body(self) -> str:
        """The text that is signed."""
        rows = [f"{_UNDONE}{one.size} {b64encode(one.root).decode()}\n" for one in self.undone]
        return f"{checkpoint_body(self.now)}{_GOES_ON}{self.key}\n{''.join(rows)}"

    def undoes(self, checkpoint: Checkpoint) -> bool:
        """Whether it says of this very checkpoint that it is undone."""
        return checkpoint in self.undone

    @property
    def most(self) -> int:
        """How large the log was."""
        return max((one.size for one in self.undone), default=self.now.size)


def read_taken_back(body: str) -> TakenBack:
    """What the body of a note says.

    Raises:
        ValueError: it is no such statement.
    """
    now = read_checkpoint(body)
    goes_on, *rows = body.removesuffix("\n").split("\n")[_BODY_LINES:] or [""]
    if not goes_on.startswith(_GOES_ON) or not all(row.startswith(_UNDONE) for row in rows):
        raise ValueError("this does not say that a log was taken back")
    told = [row.removeprefix(_UNDONE).replace(" ", "\n", 1) for row in rows]
    undone = [read_checkpoint(f"{now.origin}\n{one}\n") for one in told]
    return TakenBack(now, goes_on.removeprefix(_GOES_ON), undone)
