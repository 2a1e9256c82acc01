"""A message's body: in time, plain, and not larger than what is taken; read before anybody looks into it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from gateway.contracts.faults import GatewayFault, Refusal, RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.field_filter import FilteredRecord
from gateway.domain.request import Message, Reply, Request
from gateway.ports import MessageCodec

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
BROKEN = "sim.broken"
"""Our member of a scope: why its body goes on as no HTTP, put there by `gateway.web.connection`."""
_PLAIN = frozenset({"identity", ""})


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The largest body in bytes, and the seconds of machine time in which it must be whole."""

    size: int
    seconds: float = 20.0
    remedy: str = "ask one question a message"


class BodyCut(Exception):
    """The body was not read to its end; `fault` says why.

    `is_gone`: there is nobody left to be told. `is_last`: nothing can follow on this connection.
    """

    def __init__(
        self, fault: GatewayFault, *, is_gone: bool = False, is_last: bool = False
    ) -> None:
        super().__init__(str(fault))
        self.fault, self.is_gone, self.is_last = fault, is_gone, is_last


@dataclass(frozen=True, slots=True)
class Unread:
    """The codec of a message whose body was cut: it reads nothing, so that the attempt is entered."""

    codec: MessageCodec
    cut: BodyCut

    @property
    def channel(self) -> str:
        """The wire's own."""
        return self.codec.channel

    def is_open(self, message: Message) -> bool:  # noqa: ARG002  idem
        """No: what it asks for is not known."""
        return False

    def read(self, message: Message) -> Request:  # noqa: ARG002  nothing of it is whole
        """Refuse.

        Raises:
            GatewayFault: `message-invalid` or `too-large`.
        """
        raise self.cut.fault

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """Never reached: nothing was read."""
        return self.codec.answer(request, record)

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """As the wire does."""
        reply = self.codec.refuse(message, request, refusal)
        if not self.cut.is_last:
            return reply
        return replace(reply, headers=(*reply.headers, ("Connection", "close")))


class WholeBody:
    """Stands before an application that reads its body itself: gives it in one piece, or refuses."""

    def __init__(self, scope: Scope, receive: Receive, limits: BodyLimits) -> None:
        self._scope, self._receive, self._limits = scope, receive, limits
        self._headers, self._is_read = headers_of(scope), False

    async def __call__(self) -> MutableMapping[str, Any]:
        """The body, and then whatever comes.

        Raises:
            GatewayFault: `message-invalid` or `too-large`.
        """
        if self._is_read:
            return await self._receive()
        self._is_read = True
        try:
            body = await read_body(self._scope, self._receive, self._headers, self._limits)
        except BodyCut as cut:
            raise cut.fault from None
        if len(body) > self._limits.size:
            raise too_large(self._limits)
        return {"type": "http.request", "body": body, "more_body": False}


def headers_of(scope: Scope) -> dict[str, str]:
    """The header fields by lower-case name; several with one name are one list, as HTTP has it."""
    fields = scope["headers"]
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in fields}
    return found if len(found) == len(fields) else _joined(fields)


def _joined(fields: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    found: dict[bytes, bytes] = {}
    for name, value in fields:
        between = b"; " if name == b"cookie" else b", "
        found[name] = found[name] + between + value if name in found else value
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in found.items()}


def too_large(limits: BodyLimits) -> RefusedFault:
    """The refusal of a message over the limit."""
    return refuse(
        Reason.TOO_LARGE,
        f"the message is larger than {limits.size} bytes",
        remedy=limits.remedy,
    )


async def read_body(
    scope: Scope, receive: Receive, headers: Mapping[str, str], limits: BodyLimits
) -> bytes:
    """The whole body, or its first `limits.size` + 1 bytes if it is longer.

    Raises:
        BodyCut: encoded, or declared too large; broken, too slow, or the client left.
    """
    require_plain(headers, limits)
    return await read_plain(scope, receive, limits)


async def read_plain(scope: Scope, receive: Receive, limits: BodyLimits) -> bytes:
    """The same where the head was looked at.

    Raises:
        BodyCut: broken, too slow, or the client left.
    """
    try:
        body = await _read(receive, limits)
    except TimeoutError:
        raise BodyCut(not_whole(f"not within {limits.seconds:g} s"), is_last=True) from None
    except asyncio.CancelledError:
        raise BodyCut(not_whole("the gateway was told to stop"), is_last=True) from None
    if BROKEN in scope:
        raise BodyCut(not_whole(scope[BROKEN]))
    return body


async def _read(receive: Receive, limits: BodyLimits) -> bytes:
    message = await receive()
    if message["type"] != "http.request":
        raise gone()
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return body
    async with asyncio.timeout(limits.seconds):
        return await _read_on(receive, body, limits.size)


def require_plain(headers: Mapping[str, str], limits: BodyLimits) -> None:
    """Refuse what the head tells already, before anything is read."""
    if headers.get("content-encoding", "").lower() not in _PLAIN:
        raise _encoded("Content-Encoding")
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        raise _encoded("Transfer-Encoding")
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limits.size:
        is_waiting = "expect" in headers  # it will not send what it was not told to go on with
        raise BodyCut(too_large(limits), is_last=is_waiting)


def _encoded(field: str) -> BodyCut:
    fault = refuse(
        Reason.MESSAGE_INVALID,
        f"`{field}`: an encoded body is not read here",
        remedy="send the message as it is, uncompressed",
    )
    return BodyCut(fault)


def gone() -> BodyCut:
    """The client left."""
    return BodyCut(not_whole("the client left"), is_gone=True)


def not_whole(why: str) -> RefusedFault:
    """The refusal of a message that was cut."""
    return refuse(
        Reason.MESSAGE_INVALID,
        f"the message did not arrive whole: {why}",
        remedy="send it again in one go",
    )


async def _read_on(receive: Receive, first: bytes, limit: int) -> bytes:
    chunks, size = [first], len(first)
    while size <= limit:
        message = await receive()
        if message["type"] != "http.request":
            raise gone()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if not message.get("more_body"):
            break
    return b"".join(chunks)[: limit + 1]
