"""The hot endpoints: plain ASGI from socket to line and back, nothing in between.

They stand in front of FastAPI because its routing costs more than a whole consultation
(`docs/performance.md`); they are described in OpenAPI all the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gateway.contracts.faults import LogUnavailable, Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.field_filter import FilteredRecord
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.request import Message, Reply, Request
from gateway.domain.services import Service
from gateway.flows.audited import Exchange
from gateway.ports import DecisionLog, MessageCodec
from gateway.web.proofs import proof_of
from gateway.web.rest.problems import body_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
SLOW_BODY_S = 20.0


class BodyCut(Exception):
    """The message did not arrive whole: the client took too long, or left (`is_gone`)."""

    def __init__(self, *, is_gone: bool) -> None:
        super().__init__("message cut off")
        self.is_gone = is_gone


@dataclass(frozen=True, slots=True)
class CutShort:
    """The codec of a message that is not whole: it reads nothing, so that the attempt is entered."""

    codec: MessageCodec

    @property
    def channel(self) -> str:
        """The wire's own."""
        return self.codec.channel

    def read(self, message: Message) -> Request:  # noqa: ARG002  nothing of it is whole
        """Refuse.

        Raises:
            RefusedFault: `message-invalid`.
        """
        raise refuse(
            Reason.MESSAGE_INVALID,
            f"the message did not arrive whole within {SLOW_BODY_S:.0f} seconds",
            remedy="send it again in one go",
        )

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """Never reached: nothing was read."""
        return self.codec.answer(request, record)

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """As the wire does."""
        reply = self.codec.refuse(message, request, refusal)
        return replace(reply, headers=(*reply.headers, ("Connection", "close")))


class Line(Protocol):
    """What takes a message and gives an exchange that holds a reply, whatever happened."""

    @property
    def log(self) -> DecisionLog:
        """Where it enters things."""
        ...

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Answer one message."""
        ...


@dataclass(frozen=True, slots=True)
class HotEndpoint:
    """One service's door. `service` is `None` where the body tells it (SOAP)."""

    flow: Line
    codec: MessageCodec
    body_limit: int
    service: Service | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, consult, answer; say in the log if the answer could not be handed over."""
        try:
            body = await read_body(receive, self.body_limit)
        except BodyCut as cut:
            message = _message(scope, b"", self.service)
            exchange = await self.flow.consult(message, CutShort(self.codec))
            if not cut.is_gone:
                await _send_reply(send, exchange)
            return
        message = _message(scope, body, self.service)
        exchange = await self.flow.consult(message, self.codec)
        if _is_gone(send):
            await self._not_delivered(exchange)
            return
        await _send_reply(send, exchange)

    async def _not_delivered(self, exchange: Exchange) -> None:
        words = {"decision": exchange.decision}
        event = Event(EventKind.NOT_DELIVERED, exchange.draft.at, exchange.draft.space, words)
        try:
            await self.flow.log.append(event.entry())
        except LogUnavailable:
            return  # nothing was handed over either, so nothing is left unsaid


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body, or its first `limit` + 1 bytes if it is longer.

    Raises:
        BodyCut: it did not arrive in `SLOW_BODY_S` seconds of machine time, or the client left.
    """
    message = await receive()
    if message["type"] != "http.request":
        raise BodyCut(is_gone=True)
    if not message.get("more_body"):
        return bytes(message.get("body", b""))
    try:
        async with asyncio.timeout(SLOW_BODY_S):
            return await _read_on(receive, message.get("body", b""), limit)
    except TimeoutError:
        raise BodyCut(is_gone=False) from None


async def _read_on(receive: Receive, first: bytes, limit: int) -> bytes:
    chunks, size = [first], len(first)
    while size <= limit:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyCut(is_gone=True)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if not message.get("more_body"):
            break
    return b"".join(chunks)[: limit + 1]


def _message(scope: Scope, body: bytes, service: Service | None) -> Message:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Message(body=body, headers=headers, proof=proof_of(scope), service=service)


def _is_gone(send: Send) -> bool:
    """Whether the client has hung up: uvicorn's request cycle knows, and its `send` is a method of it."""
    return bool(getattr(getattr(send, "__self__", None), "disconnected", False))


async def _send_reply(send: Send, exchange: Exchange) -> None:
    reply = exchange.reply
    assert reply is not None
    body = body_of(reply, exchange.decision)
    headers = _headers(reply, exchange, len(body))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(reply: Reply, exchange: Exchange, length: int) -> list[tuple[bytes, bytes]]:
    headers = [
        (b"content-type", reply.media_type.encode()),
        (b"content-length", str(length).encode()),
        (b"sim-protocol", exchange.draft.protocol.encode()),
    ]
    if exchange.decision is not None:
        headers.append((b"sim-decision", exchange.decision.encode()))
    headers += [(name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers]
    return headers
