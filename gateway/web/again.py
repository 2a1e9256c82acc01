"""A message whose head is to the byte that of one before it: what was read then is not read again.

Who keeps a connection sends one head over and over, and reading it takes longer than reading the question
behind it. The words of the head are kept and nothing that was decided; they go with the connection.
"""

import asyncio
from collections.abc import Iterable
from typing import Any, Self

from gateway.web.connection import LimitedProtocol
from gateway.web.cycle import Cycle

KEPT = "sim.kept"
"""Our member of a scope: what a door worked out from this very head before, for itself to find again."""
_END = b"\r\n\r\n"
_LARGEST = 65_536
_LENGTH = b"content-length"
_OWN = frozenset({"body", "message_event", "more_body", "scope"})
"""What each message has of its own. A body tells of a person, and nothing of it may stay."""
_FRAMING = frozenset({_LENGTH, b"transfer-encoding", b"upgrade", b"expect"})


class Again:
    """The head of a message that came whole and alone, and what uvicorn made of it."""

    __slots__ = ("_cycle", "_head", "_kept", "_scope", "_size")

    def __init__(self, head: bytes, size: int, cycle: Cycle) -> None:
        self._head, self._size = head, size
        self._scope: dict[str, Any] = {**cycle.scope, "headers": tuple(cycle.scope["headers"])}
        self._cycle = {name: value for name, value in vars(cycle).items() if name not in _OWN}
        self._kept: dict[str, Any] = {}

    @classmethod
    def of(cls, data: bytes, cycle: Cycle) -> Self | None:
        """What to keep of the one whole message in `data`, if nothing about it is out of the ordinary.

        `cycle` has not begun.
        """
        size = data.find(_END) + len(_END)
        body = len(data) - size
        is_plain = cycle.keep_alive and not cycle.more_body and len(data) <= _LARGEST
        if not is_plain or body != len(cycle.body) or not _has_length(cycle.scope["headers"], body):
            return None
        return cls(data[:size], len(data), cycle)

    def is_in(self, data: bytes) -> bool:
        """Whether the data is one whole message with the same head."""
        return len(data) == self._size and data.startswith(self._head)

    def cycle(self, connection: LimitedProtocol, data: bytes) -> Cycle:
        """What uvicorn would make of it."""
        kept = self._scope
        made = Cycle.__new__(Cycle)
        made.__dict__.update(self._cycle)
        made.more_body, made.body, made.whole = False, bytearray(), data[len(self._head) :]
        made.message_event = asyncio.Event()
        made.default_headers = connection.server_state.default_headers
        scope: Any = {**kept, "headers": [*kept["headers"]], "state": connection.app_state.copy()}
        scope[KEPT] = self._kept
        made.scope = scope
        return made


def _has_length(headers: Iterable[tuple[bytes, bytes]], length: int) -> bool:
    """Whether the head tells the length of the body and nothing else about how it comes."""
    told = [(name, value) for name, value in headers if name in _FRAMING]
    return told == [(_LENGTH, b"%d" % length)]


class KeptHeads(LimitedProtocol):
    """A connection that parses no head twice in a row."""

    _before: Again | None = None

    def data_received(self, data: bytes) -> None:
        """Read on; a message that is there whole, with the head of the one before it, is known already."""
        before = self._before
        if before is not None and before.is_in(data) and self._is_at_rest():
            self._messages += 1
            self.cycle = before.cycle(self, data)
            self._start_asgi_task(self.cycle, self.app)
            return
        is_between, count = self._is_between(), self._messages
        super().data_received(data)
        is_one = is_between and self._is_between() and self._messages == count + 1
        self._before = Again.of(data, self._of_here()) if is_one else None

    def _is_between(self) -> bool:
        """Whether no message has begun to come that is not whole."""
        return not (self._in_head or self._in_body or self._held or self._is_broken)

    def _is_at_rest(self) -> bool:
        """Whether all that came is answered."""
        return self._is_between() and self.cycle.response_complete

    def _of_here(self) -> Cycle:
        assert isinstance(self.cycle, Cycle)
        return self.cycle
