"""What a client may take of an HTTP door, in seconds of machine time, bytes and counts."""

from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from uvicorn.server import ServerState


class Phase(Enum):
    """What a connection is about. The first two are bounded elsewhere: by body, source and log."""

    ANSWERING = auto()
    BODY = auto()
    HEAD = auto()
    IDLE = auto()
    LINGERING = auto()
    WRITING = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """The limits.

    `idle_s` is between messages, `linger_s` for what still comes after its answer left, `write_s` to
    take `progress` bytes of an answer (or what is left of it); a body comes in `pieces` shorter than `small_piece` at most.
    It is read in a `part` at a time: those that it holds are the most messages that wait in memory for their turn.
    What is `unsent` of an answer waits in memory; a longer one is made no further meanwhile.
    """

    connections: int = 1000
    head_s: float = 10.0
    idle_s: float = 15.0
    write_s: float = 20.0
    linger_s: float = 5.0
    head_bytes: int = 32_768
    head_fields: int = 100
    pieces: int = 20_000
    small_piece: int = 512
    part: int = 8_192
    progress: int = 16_384
    unsent: int = 65_536

    def patience(self, phase: Phase, *, is_closing: bool) -> float:
        """How long a connection may stay in one phase."""
        if is_closing:
            return self.write_s
        return {
            Phase.HEAD: self.head_s,
            Phase.IDLE: self.idle_s,
            Phase.LINGERING: self.linger_s,
            Phase.WRITING: self.write_s,
        }.get(phase, inf)


class DoorState(ServerState):
    """uvicorn's state of a server, and the limits of its doors."""

    def __init__(self, limits: DoorLimits) -> None:
        super().__init__()
        self.limits = limits
