"""One connection of an HTTP door: uvicorn's protocol, with the limits that it lacks.

What never becomes a message (a head that does not come, is too long or is no HTTP) is answered here and
has no entry: nothing was asked. It leans on names inside uvicorn and httptools, like `gateway.web.tls`.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gateway.contracts.faults import Ground, Refusal
from gateway.contracts.reasons import Reason
from gateway.web.cycle import cycle_of
from gateway.web.door_limits import DoorLimits, DoorState, Phase
from gateway.web.receiving import BROKEN
from gateway.web.rest.problems import body_of, problem

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_VERSIONS = ("1.1", "1.0")
_OPENING = b"POST / HTTP/1.1\r\n"


class _Refused(Exception):
    """No message that we take."""

    def __init__(self, reason: Reason, detail: str, remedy: str) -> None:
        super().__init__(detail)
        self.ground = Ground(reason=reason, detail=detail, remedy=remedy)


class LimitedProtocol(HttpToolsProtocol):
    """uvicorn's protocol; `look` must be called now and then, and cuts what stays as it is too long."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(server_state, DoorState)
        self.limits = server_state.limits
        self._in_head = self._in_body = self._is_muted = self._is_broken = False
        self._messages = self._pieces = self._still = self._behind = self._read = self._unsent = 0
        self._why: _Refused | None = None
        self._seen: tuple[Phase, int] | None = None
        self._since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Make room for it, or turn it away."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=self.limits.unsent)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Read on. What is broken, and all behind it, is read by nobody.

        A read that got nothing on is charged to what is on its way: its head, or what frames its body.
        """
        self._read = len(data)
        self._still += self._read
        try:
            while data and not self._is_broken:
                data = self._feed(data)
        except httptools.HttpParserError:
            self._refuse(self._why or _invalid("this is no HTTP message"))
        if self._still > self.limits.head_bytes and (self._in_head or self._in_body):
            self._refuse(_too_long(self.limits) if self._in_head else _endless(self.limits))

    def _feed(self, data: bytes) -> bytes:
        """Parse; what is left where a message offered to go on in another protocol."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            self._pass_over()
            return data[offer.args[0] :]
        return b""

    def on_message_begin(self) -> None:
        """A message begins."""
        if not self._is_muted:
            super().on_message_begin()
            self._in_head = True
            self._messages += 1
            self._pieces = self._still = self._behind = 0

    def on_url(self, url: bytes) -> None:
        """Its target."""
        if not self._is_muted:
            self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its fields; those behind the body are passed over, up to the size of a head."""
        if self._in_head:
            name = name.lower()
            if name == b"expect" and value.lower() == b"100-continue":
                self.expect_100_continue = True
            self.headers.append((name, value))
            return
        self._behind += len(name) + len(value) + 4
        if self._behind > self.limits.head_bytes:
            raise self._no(_endless(self.limits))

    def on_headers_complete(self) -> None:
        """The head is there: is it one that we take?"""
        if not self._is_muted:
            version = self.parser.get_http_version()
            self._require_head(version)
            self._take_head(version)
        self._in_head, self._in_body, self._still = False, True, 0

    def on_body(self, body: bytes) -> None:
        """A piece of the body; those of a good size are bounded by the size of the body."""
        self._still = 0
        self._pieces += len(body) < self.limits.small_piece
        if self._pieces > self.limits.pieces:
            raise self._no(_invalid(f"it came in more than {self.limits.pieces} small pieces"))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The message is whole."""
        self._in_body = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answer the next; behind the last message that was whole there is none.

        NOTE: uvicorn sets a timer here for each answer; `look` cuts who stays idle.
        """
        self.server_state.total_requests += 1
        if self._is_broken and not self.pipeline:
            self._end()
        elif not self.transport.is_closing():
            self.flow.resume_reading()
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())

    def _take_head(self, version: str) -> None:
        """Begin to answer, or wait until what came before is answered."""
        before, self.cycle = self._latest(), cycle_of(self, version)
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def _require_head(self, version: str) -> None:
        limits, headers = self.limits, self.headers
        if len(headers) > limits.head_fields:
            raise self._no(_too_long(limits))
        if self._still or self._read > limits.head_bytes:  # not all in this read, or a long one
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in headers)
            if size > limits.head_bytes:
                raise self._no(_too_long(limits))
        if version not in _VERSIONS:
            raise self._no(_invalid("HTTP/1.1 and 1.0 are spoken here"))
        hosts = [name for name, _ in headers].count(b"host")
        if hosts > 1 or (not hosts and version != "1.0"):
            raise self._no(_invalid("a message has one `Host`"))

    def _no(self, why: _Refused) -> _Refused:
        """Remember it: the parser tells only that somebody raised something."""
        self._why = why
        return why

    def _pass_over(self) -> None:
        """An offer to speak something else is passed over: the message counts as it stands.

        The parser believes that the message ended with its head, so another one reads its body.
        """
        framing = [(name, value) for name, value in self.headers if name in _FRAMING]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if framing:
            lines = b"".join(name + b": " + value + b"\r\n" for name, value in framing)
            self._is_muted = self.cycle.more_body = True
            self.parser.feed_data(_OPENING + lines + b"\r\n")
            self._is_muted = False

    def _refuse(self, why: _Refused) -> None:
        """Tell what is wrong, and read no more: of a body to who reads it, else once all is answered."""
        if self._is_broken or self.transport.is_closing():
            return
        self._is_broken, cycle = True, self._latest()
        is_cut = self._in_body and not self._in_head
        if cycle is not None and not cycle.response_complete:
            if is_cut:
                cycle.scope[BROKEN] = why.ground.detail  # type: ignore[literal-required]  # our own
                cycle.more_body = False
                cycle.message_event.set()
            return
        if not is_cut:
            self.transport.write(_answer(why))
        self._end()

    def _end(self) -> None:
        """Say no more, and let what the client still sends come for a while: else it may lose the answer."""
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def look(self, now: float) -> None:
        """Cut the connection where it stays in one phase for too long."""
        phase = self.phase()
        seen = (phase, self._messages)
        if seen != self._seen or self._takes_its_answer(phase):
            self._seen, self._since = seen, now
        elif now - self._since > self.limits.patience(
            phase, is_closing=self.transport.is_closing()
        ):
            self._cut(phase)

    def _latest(self) -> RequestResponseCycle | None:
        """The latest message whose head was there."""
        return self.cycle

    def phase(self) -> Phase:
        """What it is about."""
        cycle = self._latest()
        is_done = cycle is None or cycle.response_complete
        if (is_done or self.flow.write_paused) and self.transport.get_write_buffer_size():
            return Phase.WRITING
        if not is_done:
            return Phase.BODY if self._in_body and not self.pipeline else Phase.ANSWERING
        if self._is_broken or (self._in_body and not self._in_head):
            return Phase.LINGERING
        return Phase.HEAD if self._in_head or not self._messages else Phase.IDLE

    def is_stuck(self) -> bool:
        """Whether it waits for its client, and did so when it was last looked at."""
        phase = self.phase()
        waits = phase is not Phase.ANSWERING and not self.transport.is_closing()
        return waits and self._seen == (phase, self._messages)

    def _takes_its_answer(self, phase: Phase) -> bool:
        """Whether the client took a good part of what waits to be sent since this was last so."""
        if phase is not Phase.WRITING:
            self._unsent = 0
            return False
        unsent = self.transport.get_write_buffer_size()
        if self._unsent - self.limits.progress < unsent <= self._unsent:
            return False
        self._unsent = unsent
        return True

    def _cut(self, phase: Phase) -> None:
        if phase is Phase.WRITING or self.transport.is_closing():
            self.transport.abort()
        elif self._in_head and not self._is_broken:
            self._refuse(_invalid("the head of the message did not arrive in time"))
        else:
            self.transport.close()

    def _make_room(self) -> None:
        """Close one that waits for its client; if there is none, this newcomer."""
        stuck = (
            one for one in self.connections if isinstance(one, LimitedProtocol) and one.is_stuck()
        )
        next(stuck, self).let_go()

    def let_go(self) -> None:
        """Close it; what its client does not take would keep it open, and is thrown away."""
        if self.phase() is Phase.WRITING:
            self.transport.abort()
        else:
            self.transport.close()


def _invalid(detail: str) -> _Refused:
    return _Refused(Reason.MESSAGE_INVALID, detail, "send one whole HTTP/1.1 message at a time")


def _too_long(limits: DoorLimits) -> _Refused:
    detail = f"the head is longer than {limits.head_bytes} bytes or {limits.head_fields} fields"
    return _Refused(Reason.TOO_LARGE, detail, "send fewer and shorter header fields")


def _endless(limits: DoorLimits) -> _Refused:
    return _invalid(f"more than {limits.head_bytes} bytes stand between its chunks or behind it")


def _answer(why: _Refused) -> bytes:
    reply = problem(Refusal((why.ground,)), None)
    body = body_of(reply, None)
    head = (
        f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        f"content-type: {reply.media_type}\r\ncontent-length: {len(body)}\r\n"
        "connection: close\r\n\r\n"
    )
    return head.encode() + body
