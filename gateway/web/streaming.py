"""A body in pieces, for what is too large to be held: slow is well, as long as it gets on."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from gateway.web.receiving import (
    BROKEN,
    BodyCut,
    BodyLimits,
    Receive,
    Scope,
    gone,
    not_whole,
    require_plain,
    too_large,
)

PIECE = 262_144
"""Bytes that are gathered before they are handed on."""
PROGRESS = 65_536
"""Bytes that must come within `limits.seconds`, each time, until the body is whole."""


async def pieces(
    scope: Scope, receive: Receive, headers: Mapping[str, str], limits: BodyLimits
) -> AsyncIterator[bytes]:
    """The body, piece by piece.

    Raises:
        BodyCut: encoded, or too large; broken, without progress, or the client left.
    """
    require_plain(headers, limits)
    gathered, size, is_whole = bytearray(), 0, False
    while not is_whole:
        part, is_whole = await _next(scope, receive, limits)
        size += len(part)
        if size > limits.size:
            raise BodyCut(too_large(limits))
        gathered += part
        if len(gathered) >= PIECE or is_whole:
            yield bytes(gathered)
            gathered.clear()


async def _next(scope: Scope, receive: Receive, limits: BodyLimits) -> tuple[bytes, bool]:
    """As much as shows that it gets on, and whether that was the end."""
    try:
        async with asyncio.timeout(limits.seconds):
            part, is_whole = await _gather(receive)
    except TimeoutError:
        why = f"fewer than {PROGRESS} bytes came within {limits.seconds:g} s"
        raise BodyCut(not_whole(why), is_last=True) from None
    except asyncio.CancelledError:
        raise BodyCut(not_whole("the gateway was told to stop"), is_last=True) from None
    if BROKEN in scope:
        raise BodyCut(not_whole(scope[BROKEN]))
    return part, is_whole


async def _gather(receive: Receive) -> tuple[bytes, bool]:
    part, is_whole = bytearray(), False
    while not is_whole and len(part) < PROGRESS:
        message = await receive()
        if message["type"] != "http.request":
            raise gone()
        part += message.get("body", b"")
        is_whole = not message.get("more_body")
    return bytes(part), is_whole
