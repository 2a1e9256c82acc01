"""A connection of an HTTP door without a socket: bytes are fed by hand, and what is written is kept."""

import asyncio
from collections.abc import Sequence
from typing import Any

import uvicorn

from gateway.web.door_limits import DoorLimits, DoorState
from gateway.web.tls import PeerCertificateProtocol
from tests.sockets import Answer, parse


class Wire(asyncio.Transport):
    """The other side takes everything, and says when the door ended the connection."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_ended = self.is_paused = False

    def write(self, data: Any) -> None:
        self.written += data

    def write_eof(self) -> None:
        self.is_ended = True

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        self.is_ended = True

    def is_closing(self) -> bool:
        return self.is_ended

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing waits here."""

    def get_write_buffer_size(self) -> int:
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)}.get(name, default)


class HandFed:
    """One connection, before an application that gives back what it was told."""

    def __init__(self, limits: DoorLimits) -> None:
        config = uvicorn.Config(
            self._echo, interface="asgi3", http="httptools", lifespan="off", log_config=None
        )
        config.load()
        self.wire, self.go = Wire(), asyncio.Event()
        self.go.set()
        self.door = PeerCertificateProtocol(config, DoorState(limits), {})
        self.door.connection_made(self.wire)

    async def _echo(self, _: Any, receive: Any, send: Any) -> None:
        """Read the whole body, and give it back."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                return
            body, more = body + message["body"], message["more_body"]
        await self.go.wait()
        length = (b"content-length", b"%d" % len(body))
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def feed(self, *pieces: bytes) -> None:
        """Each piece as one read, when the door reads on, with a turn for the door behind it."""
        for piece in pieces:
            await self._reads_on()
            self.door.data_received(piece)
            await self.turn(3)

    async def _reads_on(self) -> None:
        for _ in range(10_000):
            if not self.wire.is_paused or self.wire.is_ended:
                return
            await asyncio.sleep(0)
        raise AssertionError("the door never reads on")

    async def turn(self, times: int = 50) -> None:
        """Let the door do what it has begun."""
        for _ in range(times):
            await asyncio.sleep(0)

    @property
    def answers(self) -> Sequence[Answer]:
        """What was answered until now."""
        return parse(bytes(self.wire.written))
