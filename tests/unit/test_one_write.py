"""Head and body leave together; nothing that was written is lost or late."""

import asyncio
from typing import Any

import pytest

from gateway.web.one_write import OneWrite


class Inner:
    """A transport that remembers."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def write_eof(self) -> None:
        self.done.append("eof")

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")

    def get_write_buffer_size(self) -> int:
        return 5

    def is_closing(self) -> bool:
        return False


async def used(*steps: Any) -> list[Any]:
    """What the inner transport was told, once the pass is over."""
    inner = Inner()
    outer = OneWrite(inner, asyncio.get_running_loop())  # type: ignore[arg-type]  # enough of one
    for step in steps:
        outer.write(step) if isinstance(step, bytes) else getattr(outer, step)()
    await asyncio.sleep(0)
    return inner.done


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([b"head", b"body"], [b"headbody"]),
        ([b"head"], [b"head"]),
        ([b"head", b"one", b"two"], [b"headone", b"two"]),
        ([b"head", b"one", b"two", b"three"], [b"headone", b"twothree"]),
        ([b"head", b""], [b"head"]),
        ([b"head", "close"], [b"head", "close"]),
        ([b"head", "write_eof"], [b"head", "eof"]),
        ([b"head", "abort"], ["abort"]),
        ([b"head", "flush", b"next"], [b"head", b"next"]),
        (["close"], ["close"]),
        ([], []),
    ],
)
def test_what_is_written_leaves_in_order_and_in_as_few_pieces(
    steps: list[Any], told: list[Any]
) -> None:
    assert asyncio.run(used(*steps)) == told


def test_what_is_held_counts_as_unsent_and_the_rest_is_the_inner_ones() -> None:
    async def sizes() -> tuple[int, int, bool]:
        outer = OneWrite(Inner(), asyncio.get_running_loop())  # type: ignore[arg-type]  # idem
        before = outer.get_write_buffer_size()
        outer.write(b"abc")
        return before, outer.get_write_buffer_size(), outer.is_closing()

    assert asyncio.run(sizes()) == (5, 8, False)
