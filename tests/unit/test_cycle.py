"""What leaves a connection is uvicorn's to the byte, in one piece where the answer is given whole."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.web.cycle import Cycle
from gateway.web.on_the_way import is_gone

Told = dict[str, Any]
DATE = (b"date", b"Mon, 10 Mar 2025 07:00:00 GMT")
LENGTH = b"content-length"


class Wire:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def close(self) -> None:
        self.is_closed = True

    def resume_reading(self) -> None:
        """Nothing was paused."""

    def is_closing(self) -> bool:
        return self.is_closed


def cycle(
    kind: type[RequestResponseCycle], *, method: str = "POST", keep_alive: bool = True
) -> Any:
    wire: Any = Wire()
    return kind(
        scope={"method": method}, transport=wire, flow=FlowControl(wire),  # type: ignore[typeddict-item]  # all that is looked at
        logger=logging.getLogger("uvicorn.error"), access_logger=logging.getLogger("x"), access_log=False,
        default_headers=[DATE], message_event=asyncio.Event(), expect_100_continue=True,
        keep_alive=keep_alive, on_response=lambda: None,
    )  # fmt: skip


async def told(one: Any, messages: Sequence[Told]) -> tuple[list[bytes], bool, str | None]:
    """What leaves, whether the connection is closed, and what goes wrong."""
    try:
        for message in messages:
            await one.send(message)
    except RuntimeError as error:
        return one.transport.pieces, one.transport.is_closed, str(error)
    return one.transport.pieces, one.transport.is_closed, None


def start(*headers: tuple[bytes, bytes], status: int = 200) -> Told:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes, *, more: bool = False) -> Told:
    return {"type": "http.response.body", "body": content, "more_body": more}


VALUES = st.text(st.characters(codec="latin-1")).map(lambda text: text.encode("latin-1"))
HEADERS = st.one_of(
    st.tuples(st.sampled_from([b"sim-protocol", b"X-Upper", b"a b", b"x:y"]), VALUES),
    st.tuples(st.just(b"connection"), st.sampled_from([b"close", b"keep-alive, Close"])),
    st.just((b"transfer-encoding", b"chunked")),
    st.tuples(st.just(LENGTH), st.sampled_from([b"0", b"3", b"4"])),
)


@example([(LENGTH, b"0"), (LENGTH, b"3")], [b"abc"], 200, "POST", False)  # noqa: FBT003  drawn
@given(
    st.lists(HEADERS, max_size=4),
    st.lists(st.sampled_from([b"", b"abc", b"d"]), min_size=1, max_size=3),
    st.sampled_from([200, 204, 404, 500]),
    st.sampled_from(["POST", "HEAD"]),
    st.booleans(),
)
def test_what_leaves_is_to_the_byte_what_uvicorn_would_send(
    headers: list[tuple[bytes, bytes]],
    pieces: list[bytes],
    status: int,
    method: str,
    kept: bool,  # noqa: FBT001  drawn
) -> None:
    parts = [body(one, more=at < len(pieces)) for at, one in enumerate(pieces, 1)]
    messages = [start(*headers, status=status), *parts]

    def left(kind: type[RequestResponseCycle]) -> tuple[bytes, bool, str | None]:
        one = cycle(kind, method=method, keep_alive=kept)
        written, is_closed, error = asyncio.run(told(one, messages))
        return b"".join(written), is_closed, error

    assert left(Cycle) == left(RequestResponseCycle)


WHOLE = (LENGTH, b"3")


@pytest.mark.parametrize(
    ("messages", "count"),
    [
        ([start(WHOLE), body(b"abc")], 1),
        ([start(WHOLE), body(b"a", more=True), body(b"bc")], 3),
        ([start(), body(b"abc")], 2),
        ([start()], 1),
        ([start(WHOLE)], 0),
    ],
    ids=["whole", "in pieces", "of no known length", "the head of a stream", "a head alone"],
)
def test_what_is_given_whole_leaves_in_one_piece_and_a_stream_begins_at_once(
    messages: list[Told], count: int
) -> None:
    written, _, error = asyncio.run(told(cycle(Cycle), messages))
    assert (len(written), error) == (count, None)


def ran(app: Callable[..., Coroutine[Any, Any, None]]) -> Any:
    async def run() -> Any:
        one = cycle(Cycle)
        await one.run_asgi(app)
        return one

    return asyncio.run(run())


def test_a_head_whose_body_never_comes_gives_way_to_an_error() -> None:
    async def fails(_: Any, __: Any, send: Any) -> None:
        await send(start(WHOLE))
        raise ValueError("on purpose")

    answer = b"".join(ran(fails).transport.pieces)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert answer.endswith(b"Internal Server Error")


def test_who_waits_to_be_told_to_go_on_is_told_nothing_more_behind_an_answer() -> None:
    async def answers(_: Any, receive: Any, send: Any) -> None:
        await send(start(WHOLE))
        await send(body(b"abc"))
        assert (await receive())["type"] == "http.disconnect"

    (answer,) = ran(answers).transport.pieces
    assert answer.endswith(b"\r\n\r\nabc")


def test_nothing_leaves_for_a_client_that_is_gone() -> None:
    async def gone(_: Any, __: Any, send: Any) -> None:
        await send(start(WHOLE))
        send.__self__.disconnected = True
        await send(body(b"abc"))

    one = ran(gone)
    assert one.transport.pieces == []
    assert not one.response_complete


def test_nothing_is_written_to_a_connection_that_is_closed_already() -> None:
    """uvicorn says that a client left to the latest message of its connection only."""

    async def answers(_: Any, __: Any, send: Any) -> None:
        send.__self__.transport.close()
        assert is_gone(send)
        await send(start(WHOLE))
        await send(body(b"abc"))

    one = ran(answers)
    assert one.transport.pieces == []
    assert not one.response_complete


def piece(one: Any) -> None:
    one.body += b"piece"
    one.message_event.set()


def end(one: Any) -> None:
    one.more_body = False
    one.message_event.set()


def gone(one: Any) -> None:
    one.disconnected = True
    one.message_event.set()


async def heard(
    kind: type[RequestResponseCycle], steps: Sequence[Any], *, waits: bool
) -> list[Any]:
    """What an application is told at each `None`, and what is sent to the client meanwhile."""
    one = cycle(kind)
    one.waiting_for_100_continue = waits
    found: list[Any] = []
    for step in steps:
        if step is not None:
            step(one)
            continue
        waiting = asyncio.ensure_future(one.receive())
        for _ in range(5):
            await asyncio.sleep(0)
        found.append(waiting.result() if waiting.done() else "waits")
        if not waiting.done():
            waiting.cancel()
    return [*found, one.transport.pieces]


@given(
    st.lists(st.just(piece), max_size=2),
    st.lists(st.sampled_from([None, None, end, gone, piece]), max_size=6),
    st.booleans(),
)
def test_a_message_is_told_as_uvicorn_tells_it(
    begun: list[Any],
    steps: list[Any],
    waits: bool,  # noqa: FBT001  drawn
) -> None:
    after_end = steps[steps.index(end) + 1 :] if end in steps else []
    steps = [one for one in steps if one is not piece or piece not in after_end]

    def told_by(kind: type[RequestResponseCycle]) -> list[Any]:
        return asyncio.run(heard(kind, [*begun, *steps], waits=waits))

    assert told_by(Cycle) == told_by(RequestResponseCycle)


def test_a_message_that_is_whole_is_told_once() -> None:
    steps = [piece, end, None, None, gone, None]

    whole, then, last, _ = asyncio.run(heard(Cycle, steps, waits=False))

    assert whole == {"type": "http.request", "body": b"piece", "more_body": False}
    assert (then, last) == ("waits", {"type": "http.disconnect"})


@pytest.mark.parametrize(
    "odd", [(b"x", b"a\r\nset: b"), (b"x", b"\x00"), (b"x\r\ny", b"a"), (b"x y", b"a")]
)
def test_no_field_of_an_answer_can_pass_for_two(odd: tuple[bytes, bytes]) -> None:
    written, _, error = asyncio.run(told(cycle(Cycle), [start(WHOLE, odd), body(b"abc")]))
    assert (written, bool(error)) == ([], True)
