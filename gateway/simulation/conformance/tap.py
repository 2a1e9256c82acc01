"""Listens in on what passes over HTTP between a client and a space, with the machine time at which it did."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from gateway.simulation.conformance.verdict import Message
from gateway.web.dispatcher import AsgiApp
from gateway.web.on_the_way import OnTheWay
from gateway.web.receiving import Receive, Scope, Send

_MOST = 20_000
"""Bytes of a message that are kept."""


@dataclass(slots=True)
class _Passing:
    """One request in hand."""

    began: float
    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)
    status: int = 0
    decision: str | None = None

    def came(self, event: MutableMapping[str, Any]) -> None:
        self.asked += event.get("body", b"")[: _MOST - len(self.asked)]

    def went(self, event: MutableMapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            named = {name.lower(): value for name, value in event.get("headers", ())}
            self.decision = named.get(b"sim-decision", b"").decode() or None
        self.answered += event.get("body", b"")[: _MOST - len(self.answered)]


class _Saying(OnTheWay):
    """Notes what is answered."""

    def __init__(self, passing: _Passing, send: Send) -> None:
        super().__init__(send)
        self._passing = passing

    async def send(self, message: Any) -> None:
        """Note it, and pass it on."""
        self._passing.went(message)
        await super().send(message)


class Tap:
    """An ASGI application round another; the control API is not listened to."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app
        self.messages: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and note it."""
        path = scope["path"][len(scope.get("root_path", "")) :]
        if path.startswith("/_sim"):
            await self._app(scope, receive, send)
            return
        passing = _Passing(monotonic())

        async def hear() -> Any:
            event = await receive()
            passing.came(event)
            return event

        try:
            await self._app(scope, hear, _Saying(passing, send).send)
        finally:
            self.messages.append(_message(scope["method"], path, passing))


def _message(method: str, path: str, passing: _Passing) -> Message:
    return Message(
        method=method, path=path, status=passing.status, decision=passing.decision,
        asked=passing.asked.decode(errors="replace"),
        answered=passing.answered.decode(errors="replace"),
        began=passing.began, ended=monotonic(),
    )  # fmt: skip
