"""However a stream is cut into reads: good messages all get answers, and nothing is collected without end."""

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.door_limits import DoorLimits
from tests.hand_fed import HandFed
from tests.sockets import Answer, request

LIMITS = DoorLimits(head_bytes=600, head_fields=20, part=200)
TINY = b"GET / HTTP/1.1\r\nHost:\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def message(body: bytes, fields: bytes, chunks: int, behind: bytes) -> bytes:
    """A good message: in so many chunks, with fields behind them, or (0) of a stated length."""
    if not chunks:
        return request(fields, body)
    step = -(-len(body) // chunks)
    parts = [body[at : at + step] for at in range(0, len(body), step)]
    framed = b"".join(b"%x;n=v\r\n" % len(one) + one + b"\r\n" for one in parts)
    return request(fields + CHUNKED, framed + b"0\r\n" + behind + b"\r\n", length=None)


OFFER = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"
FIELDS = st.builds(
    lambda size, offer: b"X-Padding: " + b"p" * size + b"\r\n" + offer,
    st.integers(0, 300),
    st.sampled_from([b"", b"", OFFER]),
)
BEHIND = st.integers(0, 300).map(lambda size: b"Y: " + b"z" * size + b"\r\n")
LINES = st.sampled_from([b"", b"", b"", b"\r\n" * LIMITS.head_bytes])
KINDS = st.tuples(FIELDS, st.integers(0, 3), st.just(b"") | BEHIND, st.integers(0, 300))


@st.composite
def streams(draw: st.DrawFn) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Bodies, and their messages cut into reads anywhere, or just between them; some heads come again."""
    kinds, bodies, ends, stream = draw(st.lists(KINDS, min_size=1, max_size=3)), [], {0}, b""
    for at in range(draw(st.integers(1, 30))):
        fields, chunks, behind, size = draw(st.sampled_from(kinds))
        bodies.append(b"%02d" % at + b"b" * size)
        stream += message(bodies[-1], fields, chunks, behind) + draw(LINES)
        ends.add(len(stream))
    between = ends if draw(st.booleans()) else {0, len(stream)}
    anywhere = draw(st.sets(st.integers(1, len(stream) - 1), max_size=draw(st.integers(0, 20))))
    cuts = sorted(between | anywhere)
    return bodies, [stream[a:b] for a, b in pairwise(cuts)]


def answered(reads: Sequence[bytes]) -> tuple[Sequence[Answer], bool]:
    """The answers to so many reads, and whether the connection was ended."""

    async def run() -> tuple[Sequence[Answer], bool]:
        one = HandFed(LIMITS)
        await one.feed(*reads)
        await one.turn(600)
        return one.answers, one.wire.is_ended

    return asyncio.run(run())


@given(streams())
def test_good_messages_are_all_answered_however_they_are_cut(
    told: tuple[Sequence[bytes], Sequence[bytes]],
) -> None:
    bodies, reads = told

    answers, is_ended = answered(reads)

    assert [(one.status, one.body) for one in answers] == [(200, body) for body in bodies]
    assert not is_ended


def test_a_read_that_ends_in_the_next_head_is_not_charged_to_it() -> None:
    """The messages between two heads were no part of either."""
    one = request(b"X: " + b"a" * 400 + b"\r\n", b"1")
    reads = [one[:50], one[50:] + one * 99 + one[:50], one[50:]]

    answers, is_ended = answered(reads)

    assert ([each.status for each in answers], is_ended) == ([200] * 101, False)


ENDLESS = {
    "the value of a field behind the body": (b"0\r\nX: ", b"a"),
    "the name of a field behind the body": (b"0\r\n", b"a"),
    "many fields behind the body": (b"0\r\n", b"X: y\r\n"),
    "the size of a chunk": (b"", b"0"),
    "the name of an extension": (b"1;", b"a"),
    "the value of an extension": (b"1;a=", b"b"),
    "the quoted value of an extension": (b'1;a="', b"b"),
    "the extension of the last chunk": (b"0;a=", b"b"),
    "a piece, then the size of the next": (b"1\r\nx\r\n", b"0"),
}


@pytest.mark.parametrize("where", ENDLESS)
@pytest.mark.parametrize("size", [1, 7, 599])
def test_what_has_no_end_around_a_body_ends_the_connection(where: str, size: int) -> None:
    begun, more = ENDLESS[where]
    head = request(CHUNKED, b"", length=None)

    async def run() -> tuple[int, HandFed]:
        one, taken = HandFed(LIMITS), 0
        await one.feed(head + begun)
        while not one.wire.is_ended and taken < 10 * LIMITS.head_bytes:
            await one.feed((more * size)[:size] if len(more) == 1 else more)
            taken += size if len(more) == 1 else len(more)
        await one.turn()
        return taken, one

    taken, one = asyncio.run(run())

    assert one.wire.is_ended
    assert taken <= LIMITS.head_bytes + 600


@pytest.mark.parametrize(
    "behind", [b"X: " + b"a" * 3_000 + b"\r\n", b"X: y\r\n" * 200], ids=["long", "many"]
)
def test_fields_behind_a_body_have_the_limits_of_a_head_in_one_read_too(behind: bytes) -> None:
    message = request(CHUNKED, b"1\r\nx\r\n0\r\n" + behind + b"\r\n", length=None)

    _, is_ended = answered([message])

    assert is_ended


@pytest.mark.parametrize("reads", [1, 7])
def test_few_messages_wait_in_memory_for_their_turn_however_many_come(reads: int) -> None:
    """Each that waits is a hundred times as large as it was on the wire."""
    most = LIMITS.part // len(TINY) + 1

    async def run() -> tuple[set[bool], int, int, HandFed]:
        one, waiting, paused = HandFed(LIMITS), [0], set()
        one.go.clear()
        await one.feed(TINY * 2_000)
        for _ in range(30):
            one.go.set()
            await one.turn(3)
            one.go.clear()
            waiting.append(len(one.door.pipeline))
            paused.add(one.wire.is_paused)
        one.go.set()
        await one.feed(*[TINY * 10] * (reads - 1))
        while one.door.pipeline:
            await one.turn()
        return paused, max(waiting), len(one.answers), one

    paused, waiting, count, one = asyncio.run(run())

    assert paused == {True}
    assert 0 < waiting <= most
    assert count == 2_000 + 10 * (reads - 1)
    assert not one.wire.is_ended


def test_what_comes_behind_what_is_broken_is_not_kept() -> None:
    async def run() -> HandFed:
        one = HandFed(LIMITS)
        one.go.clear()
        await one.feed(request(b"", b"1") + b"no HTTP\r\n" + TINY * 50)
        for _ in range(20):
            one.door.data_received(TINY * 50)
        return one

    one = asyncio.run(run())

    assert len(one.door._held) == 0
