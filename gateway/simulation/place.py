"""Where a space stands: what reaches it over HTTP waits here while the space is replaced."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.simulation.space import Space
from gateway.web.dispatcher import AsgiApp, nowhere
from gateway.web.receiving import Receive, Scope, Send

_LOOK_S = 0.002
_PATIENCE_S = 5.0
"""Machine time that requests in hand have to end before the space under them goes."""


class Place:
    """An ASGI application in front of the space of the moment.

    INVARIANT: `_inside` is counted in the event loop only; `_left` is set when nobody is inside.
    """

    def __init__(self, space: Space, app: AsgiApp) -> None:
        self.space, self.app = space, app
        self.turn = threading.Lock()
        self._closed = False
        self._inside = 0
        self._left: threading.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, as soon as the place is open."""
        self._inside += 1
        while self._closed:  # opened from another thread, milliseconds later
            self._leave()
            await asyncio.sleep(_LOOK_S)
            self._inside += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self._leave()

    def put(self, space: Space, app: AsgiApp) -> None:
        """Another space stands here from now on."""
        self.space, self.app = space, app

    def leave_empty(self) -> None:
        """No space stands here any more."""
        self.app = nowhere

    @contextmanager
    def stepping_aside(self) -> Iterator[None]:
        """In the event loop: whoever is inside and asks for the change does not wait for themselves."""
        self._leave()
        try:
            yield
        finally:
            self._inside += 1

    @contextmanager
    def closed(self) -> Iterator[None]:
        """From another thread: who comes waits; who is inside gets some seconds to leave."""
        self._left = threading.Event()
        self._closed = True
        try:
            if self._inside:
                self._left.wait(_PATIENCE_S)
            yield
        finally:
            self._left, self._closed = None, False

    def _leave(self) -> None:
        self._inside -= 1
        left = self._left
        if left is not None and not self._inside:
            left.set()
