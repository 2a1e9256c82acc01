"""A head that is known is read as if it were not: the same questions arrive, and the same bytes leave."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise, product
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.config import Config

from gateway.web.again import KEPT, Again, KeptHeads
from gateway.web.connection import LimitedProtocol
from gateway.web.door_limits import DoorLimits, DoorState
from gateway.web.receiving import Receive, Scope, Send

K = TypeVar("K", bound=LimitedProtocol)
HOST = b"host: x\r\n"
MESSAGES = [
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 3\r\n\r\nabc",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 3\r\n\r\nxyz",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 4\r\n\r\nabcd",
    b"POST /b HTTP/1.1\r\n" + HOST + b"content-length: 3\r\n\r\nabc",
    b"PUT /ab HTTP/1.1\r\n" + HOST + b"content-length: 3\r\n\r\nabc",
    b"POST /a%20b?c=d HTTP/1.1\r\n" + HOST + b"x-own: 1\r\nContent-Length: 3\r\n\r\n\r\n\r",
    b"\r\nPOST /a HTTP/1.1\r\n" + HOST + b"content-length: 3\r\n\r\nabc",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 6\r\n\r\na\r\n\r\nb",
    b"POST /a HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + HOST + b"expect: 100-continue\r\ncontent-length: 3\r\n\r\nabc",
    b"POST /a HTTP/1.1\r\n" + HOST + b"upgrade: h2c\r\nconnection: upgrade\r\ncontent-length: 1\r\n\r\na",
    b"POST /a HTTP/1.1\r\n" + HOST + b"connection: close\r\ncontent-length: 1\r\n\r\na",
    b"POST /a HTTP/1.0\r\ncontent-length: 1\r\n\r\na",
    b"GET /a HTTP/1.1\r\n" + HOST + b"\r\n",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 0\r\n\r\n",
    b"\r\n\r\n",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: 3\r\ncontent-length: 3\r\n\r\nabc",
    b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: x\r\n\r\nabc",
]  # fmt: skip


class Wire(asyncio.Transport):
    """A transport that remembers; once closed it hands nothing on."""

    def __init__(self) -> None:
        super().__init__()
        self.left = bytearray()
        self.is_closed = False

    def write(self, data: Any) -> None:
        if not self.is_closed:
            self.left += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing waits here."""

    def pause_reading(self) -> None:
        """What comes is handed over by the test."""

    def resume_reading(self) -> None:
        """Idem."""


class App:
    """Notes what it is asked, spoils what it is given, and answers with the body."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.known = self.inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.known += scope.pop(KEPT, None) is not None
        self.inside += 1
        await asyncio.sleep(0)
        message = await receive()
        body = message.get("body")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"cut")
        self.asked.append(({**scope, "headers": [*scope["headers"]]}, body, self.inside))
        self.inside -= 1
        scope["headers"].append((b"spoilt", b"1"))
        scope["state"]["spoilt"] = scope["path"] = "spoilt"
        body = body or b""
        head = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


def made(kind: type[K], app: App, wire: Wire) -> K:
    """A connection that was just made."""
    config = Config(app, http=kind, access_log=False, lifespan="off", log_level="critical")
    config.load()
    state = DoorState(DoorLimits())
    state.default_headers = [(b"date", b"today")]
    one = kind(config, state, {})
    one.connection_made(wire)
    return one


async def answered(state: DoorState) -> None:
    """Wait until nothing is being answered, nor begun because something was."""
    while state.tasks:
        await asyncio.gather(*state.tasks)


async def led(kind: type[LimitedProtocol], chunks: Sequence[bytes], *, hurried: bool) -> Any:
    """What was asked of the application, what left, and how many heads were known."""
    app, wire = App(), Wire()
    one = made(kind, app, wire)
    state = one.server_state
    assert isinstance(state, DoorState)
    for chunk in chunks:
        if not wire.is_closed:
            one.data_received(chunk)
        if not hurried and not one._in_body:
            await answered(state)
    if not one._in_body:
        await answered(state)
    one.connection_lost(None)
    await answered(state)
    return app.asked, bytes(wire.left), wire.is_closed, state.total_requests, app.known


def cut(stream: bytes, at: Sequence[int]) -> list[bytes]:
    ends = [0, *sorted({one % (len(stream) + 1) for one in at}), len(stream)]
    return [stream[begin:end] for begin, end in pairwise(ends) if begin < end]


@given(
    st.lists(st.tuples(st.sampled_from(MESSAGES), st.integers(1, 3)), min_size=1, max_size=5),
    st.lists(st.integers(0, 2_000), max_size=3),
    st.booleans(),
    st.booleans(),
)
def test_it_is_as_if_each_head_were_read(
    drawn: list[tuple[bytes, int]],
    cuts: list[int],
    whole: bool,  # noqa: FBT001  drawn
    hurried: bool,  # noqa: FBT001  idem
) -> None:
    messages = [message for message, count in drawn for _ in range(count)]
    chunks = messages if whole else cut(b"".join(messages), cuts)

    *ours, _ = asyncio.run(led(KeptHeads, chunks, hurried=hurried))
    *plain, _ = asyncio.run(led(LimitedProtocol, chunks, hurried=hurried))

    assert ours == plain


@pytest.mark.parametrize("hurried", [False, True], ids=["one by one", "all at once"])
def test_it_is_so_whatever_follows_what(*, hurried: bool) -> None:
    async def compared() -> None:
        for first, second in product(MESSAGES, repeat=2):
            chunks = [first, first, second, second, first]
            *ours, _ = await led(KeptHeads, chunks, hurried=hurried)
            *plain, _ = await led(LimitedProtocol, chunks, hurried=hurried)
            assert ours == plain, (first, second)

    asyncio.run(compared())


def test_nothing_of_a_body_stays_with_its_head() -> None:
    """Bodies tell of persons: what is kept for the next message must not hold one."""
    body = b"90712301137"
    message = b"POST /a HTTP/1.1\r\n" + HOST + b"content-length: %d\r\n\r\n%b" % (len(body), body)

    for again in (1, 2):
        kept = asyncio.run(left_behind([message] * again))

        assert isinstance(kept, Again)
        assert body.decode() not in repr([getattr(kept, name) for name in Again.__slots__])


async def left_behind(chunks: Sequence[bytes]) -> Again | None:
    one = made(KeptHeads, App(), Wire())
    for chunk in chunks:
        one.data_received(chunk)
        await asyncio.gather(*one.tasks)
    return one._before


def test_a_head_that_comes_again_is_known_and_another_is_not() -> None:
    again, longer, chunked = MESSAGES[0], MESSAGES[2], MESSAGES[8]

    asked, *_, known = asyncio.run(
        led(KeptHeads, [again, MESSAGES[1], again, longer, again, chunked, chunked], hurried=False)
    )

    assert [body for _, body, _ in asked] == [
        b"abc",
        b"xyz",
        b"abc",
        b"abcd",
        b"abc",
        b"abc",
        b"abc",
    ]
    assert known == 2
