"""One message and its answer on a connection: uvicorn's, but an answer that is given whole leaves in one write.

uvicorn writes head and body one after the other, and uvloop sends each at once: two system calls and two packets.
"""

import asyncio
import re
import select
from collections.abc import MutableMapping
from itertools import chain
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

_ODD_NAME = re.compile(rb"[^!#$%&'*+\-.^_`|~0-9a-z]")
_ODD_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_FRAMING = frozenset({b"connection", b"transfer-encoding"})
_RDHUP = getattr(select, "POLLRDHUP", 0)
"""Asks for the end of what is said, where the system knows it; broken connections are told anyhow."""
_LENGTH, _LINE = b"content-length", b"%b: %b\r\n"
_Told = MutableMapping[str, Any]


class Cycle(RequestResponseCycle):
    """Holds the head of an answer of known length until its body comes; what is not whole then is uvicorn's."""

    _start: _Told | None = None
    _is_read = _has_left = False
    whole: bytes | None = None
    """The body, where all of it was there when the message was made."""

    @property
    def disconnected(self) -> bool:
        """Whether nobody is left to be answered. uvicorn tells it to the latest message of a connection only."""
        if not (self._has_left or self.response_complete):
            if self.flow.read_paused and has_hung_up(self.transport):
                self.transport.close()  # nobody reads on, so nobody else would come to know
            self._has_left = self.transport.is_closing()
        return self._has_left

    @disconnected.setter
    def disconnected(self, has_left: bool) -> None:
        self._has_left = has_left

    async def receive(self) -> Any:
        """The message, where it is whole already; else as uvicorn waits for it."""
        if self.whole is not None and not (self._has_left or self.response_complete):
            body, self.whole, self._is_read = self.whole, None, True
            return {"type": "http.request", "body": body, "more_body": False}
        if self.more_body or self._is_read or self.waiting_for_100_continue or self._is_over:
            message = await super().receive()
            self._is_read = not message.get("more_body", False)
            return message
        self._is_read = True
        self.message_event.clear()
        self.flow.resume_reading()
        body, self.body = bytes(self.body), bytearray()
        return {"type": "http.request", "body": body, "more_body": False}

    @property
    def _is_over(self) -> bool:
        return self.disconnected or self.response_complete

    async def send(self, message: _Told) -> None:  # type: ignore[override]  # uvicorn's are such
        """Take a message of the application's."""
        if message["type"] == "http.response.start" and _LENGTH in dict(message["headers"]):
            self._start = message
            return
        start, self._start = self._start, None
        if start is not None:
            if self._leaves_whole(start, message):
                return
            await super().send(start)  # type: ignore[arg-type]  # idem
        await super().send(message)  # type: ignore[arg-type]  # idem

    def _leaves_whole(self, start: _Told, message: _Told) -> bool:
        """Write an answer that is all there, if nothing about it or its client is out of the ordinary."""
        if message.get("more_body") or self._has_left or self.flow.write_paused:
            return False
        if self.transport.is_closing():
            return False
        body = message["body"]
        head = self._head(start, len(body))
        if head is None:
            return False
        self._write(head + body)
        return True

    def hand_over(self, status: int, lines: bytes, body: bytes) -> bool:
        """Write an answer that is all there, `lines` its fields but for the length; whether that could be done.

        INVARIANT: the lines were looked over, and say nothing of connection or length.
        """
        if self._is_over or self.response_started or self._start or self.flow.write_paused:
            return False
        own = b"".join([_LINE % field for field in self.default_headers])
        last = b"" if self.keep_alive else b"connection: close\r\n"
        length = b"content-length: %d\r\n\r\n" % len(body)
        self._write(b"".join((STATUS_LINE[status], own, lines, last, length, body)))
        return True

    def _write(self, answer: bytes) -> None:
        """The whole answer in one write."""
        self.waiting_for_100_continue = False
        self.response_started = self.response_complete = True
        self.message_event.set()
        self.transport.write(answer)
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _head(self, start: _Told, length: int) -> bytes | None:
        """The head of an answer with so long a body; `None` where uvicorn is to look closer at it."""
        fields = [*self.default_headers, *start["headers"]]
        named = dict(fields)
        if named[_LENGTH] != b"%d" % length or self.scope["method"] == "HEAD":
            return None
        if len(named) < len(fields) or not _FRAMING.isdisjoint(named):
            return None
        if _ODD_NAME.search(b"".join(named)):
            return None
        if _ODD_VALUE.search(b"".join([value for _, value in fields])):
            return None
        if not self.keep_alive:
            fields.append((b"connection", b"close"))
        lines = _LINE * len(fields) % tuple(chain.from_iterable(fields))
        return STATUS_LINE[start["status"]] + lines + b"\r\n"


def has_hung_up(transport: asyncio.Transport) -> bool:
    """Whether the end of what a client says, or of its connection, waits behind what is not read yet."""
    connection = transport.get_extra_info("socket")
    if connection is None or connection.fileno() < 0:
        return False
    asked = select.poll()
    asked.register(connection.fileno(), _RDHUP)
    return bool(asked.poll(0))


def cycle_of(connection: HttpToolsProtocol, version: str) -> Cycle:
    """The cycle of a message whose head is there: as uvicorn makes it, but for offers to speak something else."""
    parser, url = connection.parser, httptools.parse_url(connection.url)
    path = url.path.decode("ascii")
    scope: _Told = connection.scope  # type: ignore[assignment]  # a mapping of such members
    scope["method"], scope["http_version"] = parser.get_method().decode("ascii"), version
    scope["path"] = connection.root_path + (unquote(path) if "%" in path else path)
    scope["raw_path"] = connection.root_path.encode("ascii") + url.path
    scope["query_string"] = url.query or b""
    return Cycle(
        scope=connection.scope,
        transport=connection.transport,
        flow=connection.flow,
        logger=connection.logger,
        access_logger=connection.access_logger,
        access_log=False,
        default_headers=connection.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=connection.expect_100_continue,
        keep_alive=version != "1.0" and parser.should_keep_alive(),
        on_response=connection.on_response_complete,
    )
