"""One request as its door saw it end: what operators are told of what went down no line."""

from dataclasses import dataclass

from gateway.contracts.faults import Refusal
from gateway.domain.request import Caller


@dataclass(slots=True, kw_only=True)
class Answered:
    """Written down piece by piece. `route` is one of ours (`/v1/protocollen/{key}`), never a client's path."""

    channel: str
    route: str | None = None
    caller: Caller | None = None
    refusal: Refusal | None = None
    protocol: str | None = None
    decision: str | None = None
    status: int = 0
    seconds: float = 0.0
