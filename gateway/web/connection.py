"""One connection of an HTTP door: uvicorn's protocol, with the limits that it lacks.

What never becomes a message (a head that does not come, is too long or is no HTTP) is answered here and
has no entry: nothing was asked. It leans on names inside uvicorn and httptools, like `gateway.web.tls`.
"""

import asyncio
from collections.abc import Collection
from typing import Any

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gateway.web.cycle import cycle_of
from gateway.web.door_limits import DoorState, Phase
from gateway.web.no_message import NotTaken, answer_of, endless, invalid, too_long
from gateway.web.receiving import BROKEN

_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
_VERSIONS = ("1.1", "1.0")
_NOTHING = memoryview(b"")
_OPENING = b"POST / HTTP/1.1\r\n"


class _Flow(FlowControl):
    """uvicorn's, which reads on for each message that is begun; here none may wait behind it."""

    def __init__(self, transport: asyncio.Transport, waiting: Collection[object]) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on where there is room."""
        if self.read_paused and not self._waiting:
            super().resume_reading()


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
        self._messages = self._pieces = self._still = self._behind = self._unsent = 0
        self._held = _NOTHING
        self._why: NotTaken | None = None
        self._seen: tuple[Phase, int] | None = None
        self._since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Make room for it, or turn it away."""
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        transport.set_write_buffer_limits(high=self.limits.unsent)
        if len(self.connections) > self.limits.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        """Read on, in parts: while a message waits for its turn, nobody looks at what comes behind it."""
        if self._held or len(data) > self.limits.part:
            self._held = memoryview(bytes(self._held) + data)
            self._go_on()
        else:
            self._take(data)

    def _go_on(self) -> None:
        """Take of what is held as much as there is room for."""
        size = self.limits.part
        while self._held and not (self.pipeline or self._is_broken):
            part, self._held = self._held[:size], self._held[size:]
            self._take(part)
        if self._is_broken:
            self._held = _NOTHING

    def _take(self, data: bytes | memoryview) -> None:
        """Parse. What is broken, and all behind it, is read by nobody.

        A part that got nothing on is charged to what is on its way: its head, or what frames its body.
        """
        self._still += len(data)
        try:
            while data and not self._is_broken:
                data = self._feed(data)
        except httptools.HttpParserError:
            self._refuse(self._why or invalid("this is no HTTP message"))
        if self._still > self.limits.head_bytes and (self._in_head or self._in_body):
            self._refuse(too_long(self.limits) if self._in_head else endless(self.limits))

    def _feed(self, data: bytes | memoryview) -> bytes | memoryview:
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
            raise self._no(endless(self.limits))

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
            raise self._no(invalid(f"it came in more than {self.limits.pieces} small pieces"))
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
            if self.pipeline:
                self._start_asgi_task(*self.pipeline.pop())
            if self._held:
                self._go_on()
            self.flow.resume_reading()

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
            raise self._no(too_long(limits))
        if self._still:  # it came in several parts
            size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in headers)
            if size > limits.head_bytes:
                raise self._no(too_long(limits))
        if version not in _VERSIONS:
            raise self._no(invalid("HTTP/1.1 and 1.0 are spoken here"))
        hosts = [name for name, _ in headers].count(b"host")
        if hosts > 1 or (not hosts and version != "1.0"):
            raise self._no(invalid("a message has one `Host`"))

    def _no(self, why: NotTaken) -> NotTaken:
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

    def _refuse(self, why: NotTaken) -> None:
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
            self.transport.write(answer_of(why))
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
            self._refuse(invalid("the head of the message did not arrive in time"))
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
