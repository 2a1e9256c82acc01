"""What becomes of one answer on its way out: held up, cut, blotted, or not sent at all."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from gateway.contracts.insz import bare
from gateway.flows.audited import Exchange
from gateway.simulation.disturbance.board import Board, Drawn
from gateway.simulation.disturbance.damage import blotted
from gateway.simulation.disturbance.kinds import Stage
from gateway.simulation.disturbance.sources import delay
from gateway.web.on_the_way import OnTheWay
from gateway.web.receiving import Receive, Scope, Send
from gateway.web.watched import EXCHANGE

_NOTHING = frozenset({"reset", "time-out"})
"""Where the client gets not one byte."""
_PIECES = 16
_RESET = struct.pack("ii", 1, 0)
_GONE_S = 5.0


class Answer(OnTheWay):
    """Stands between a door and the wire for one request. `send` is what the door sends by.

    A door that looks whether its client is still there finds nobody (`disconnected`) where the answer
    is to be lost: it then enters that nothing was handed over, as when a client hangs up.
    """

    def __init__(
        self, place: str, board: Board, scope: Scope, receive: Receive, send: Send
    ) -> None:
        super().__init__(send)
        self._place, self._board, self._scope = place, board, scope
        self._receive = receive
        self._drawn: Drawn | None = None
        self._is_drawn = self._is_cut = False
        self._start: Any = None

    @property
    def disconnected(self) -> bool:
        """Whether nobody is there to be answered, or shall seem to be."""
        self._draw()
        return super().disconnected or self._is_lost

    @property
    def _is_lost(self) -> bool:
        return self._drawn is not None and self._drawn.kind in _NOTHING

    async def send(self, message: Any) -> None:
        """Pass a message on, or what becomes of it."""
        if not self._is_drawn:
            self._draw()
        if self._is_lost or self._is_cut:
            return
        if message["type"] == "http.response.start":
            await self._wait()
            self._start = self._dressed(message)
        else:
            await self._pass_on(message)

    async def end(self) -> None:
        """The door is done: what was to be lost is lost now."""
        if self._drawn is not None and self._is_lost:
            if self._drawn.kind == "time-out":
                await self._until_gone(self._drawn.seconds)
            await self._cut()

    def _draw(self) -> None:
        """Once, when it is known what was asked."""
        if self._is_drawn:
            return
        self._is_drawn = True
        self._drawn = self._board.draw(self._where, Stage.HAPPEN, self._person)

    @property
    def _where(self) -> str:
        flow = self._asked(lambda request: request.service.flow)
        return f"{self._place}.{flow}" if flow else self._place

    @property
    def _person(self) -> str | None:
        return self._asked(lambda request: bare(request.question.insz))

    def _asked(self, tell: Callable[[Any], str | None]) -> str | None:
        exchange: Exchange | None = self._scope.get(EXCHANGE)
        request = exchange.draft.request if exchange is not None else None
        return tell(request) if request is not None else None

    async def _wait(self) -> None:
        waits = self._board.draw(self._where, Stage.WAIT, self._person)
        if waits is not None:
            await self._until_gone(delay(waits))

    def _dressed(self, start: Any) -> Any:
        """The head of the answer; the kind of content that it tells may be another."""
        if self._drawn is None or self._drawn.kind != "wrong-content-type":
            return start
        others = [pair for pair in start["headers"] if pair[0].lower() != b"content-type"]
        return {**start, "headers": [(b"content-type", b"text/html"), *others]}

    async def _pass_on(self, message: Any) -> None:
        body, kind = message.get("body", b""), self._drawn.kind if self._drawn else ""
        if self._start is not None:
            start, self._start = self._start, None
            await super().send(start)
        if kind == "half-written" and body:
            await super().send({**message, "body": body[: len(body) // 2], "more_body": True})
            await self._cut(abruptly=False)
        elif kind == "slow-drip" and body:
            await self._drip(message, body)
        else:
            content = blotted(body, self._chance) if kind == "garbled" else body
            await super().send({**message, "body": content})

    async def _drip(self, message: Any, body: bytes) -> None:
        assert self._drawn is not None
        pieces = list(_pieces(body))
        for number, piece in enumerate(pieces, 1):
            more = number < len(pieces) or message.get("more_body", False)
            await super().send({**message, "body": piece, "more_body": more})
            if number < len(pieces):
                await self._until_gone(self._drawn.seconds / len(pieces))

    @property
    def _chance(self) -> Random:
        assert self._drawn is not None
        return self._drawn.chance

    async def _cut(self, *, abruptly: bool = True) -> None:
        """End the connection under the request, and wait until that is noticed."""
        self._is_cut = True
        transport = self.transport
        if transport is None:
            raise ConnectionResetError("the connection was cut on purpose")
        if abruptly:
            with contextlib.suppress(OSError, AttributeError):
                found = transport.get_extra_info("socket")
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()
        else:
            transport.close()
        await self._until_gone(_GONE_S)

    async def _until_gone(self, seconds: float) -> None:
        """Wait in machine time, no longer than the client is there."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hung_up(), seconds)

    async def _hung_up(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _pieces(body: bytes) -> Iterator[bytes]:
    size = max(1, len(body) // _PIECES)
    return (body[at : at + size] for at in range(0, len(body), size))
