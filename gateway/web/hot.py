"""The hot endpoints: plain ASGI from socket to line and back, nothing in between.

They stand in front of FastAPI because its routing costs more than a whole consultation
(`docs/performance.md`); they are described in OpenAPI all the same.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.request import Message
from gateway.domain.services import Service
from gateway.flows.audited import Exchange
from gateway.ports import DecisionLog, MessageCodec
from gateway.web.cycle import Cycle
from gateway.web.head import Head, head_of
from gateway.web.labels import Labels
from gateway.web.on_the_way import behind, is_gone
from gateway.web.receiving import (
    BodyCut,
    BodyLimits,
    Receive,
    Scope,
    Send,
    Unread,
    read_plain,
)
from gateway.web.rest.problems import body_of
from gateway.web.watched import EXCHANGE

_MOST = 1_000
_FRAMING = frozenset({"Connection"})
"""What a reply may say of the connection; the wire must hear of it."""


class Line(Protocol):
    """What takes a message and gives an exchange that holds a reply, whatever happened."""

    @property
    def log(self) -> DecisionLog:
        """Where it enters things."""
        ...

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Answer one message."""
        ...


class MessageSecurity(Protocol):
    """What a wire keeps in its messages themselves: who signed one, and our signature on the answer."""

    def open(self, message: Message) -> Message:
        """The message with what it proves itself, beside what was shown on the connection."""
        ...

    def seal(self, message: Message, answer: bytes) -> bytes:
        """The answer as it leaves, its decision's number filled in."""
        ...


@dataclass(frozen=True, slots=True)
class HotEndpoint:
    """One service's door. `service` is `None` where the body tells it (SOAP)."""

    flow: Line
    codec: MessageCodec
    limits: BodyLimits
    service: Service | None = None
    security: MessageSecurity | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, consult, answer; say in the log if the answer could not be handed over."""
        head = head_of(scope)
        try:
            head.require_plain(self.limits)
            body = await read_plain(scope, receive, self.limits)
        except BodyCut as cut:
            message = self._message(b"", head)
            exchange = await self.flow.consult(message, Unread(self.codec, cut))
            scope[EXCHANGE] = exchange
            if not cut.is_gone:
                await _send_reply(send, exchange, _answer(exchange))
            return
        message = self._message(body, head)
        if self.security is not None:
            message = self.security.open(message)
        exchange = scope[EXCHANGE] = await self.flow.consult(message, self.codec)
        if is_gone(send):
            await self._not_delivered(exchange)
            return
        answer = _answer(exchange)
        if self.security is not None:
            answer = self.security.seal(message, answer)
        await _send_reply(send, exchange, answer)

    def _message(self, body: bytes, head: Head) -> Message:
        return Message(body=body, headers=head.headers, proof=head.proof, service=self.service)

    async def _not_delivered(self, exchange: Exchange) -> None:
        words = {"decision": exchange.decision}
        event = Event(EventKind.NOT_DELIVERED, exchange.draft.at, exchange.draft.space, words)
        try:
            await self.flow.log.append(event.entry())
        except LogUnavailable:
            return  # nothing was handed over either, so nothing is left unsaid


def _answer(exchange: Exchange) -> bytes:
    assert exchange.reply is not None
    return body_of(exchange.reply, exchange.decision)


async def _send_reply(send: Send, exchange: Exchange, body: bytes) -> None:
    """Hand the answer over, in one piece where the wire below takes it so."""
    assert exchange.reply is not None
    status, wire = exchange.reply.status, behind(send)
    if isinstance(wire, Cycle):
        lines = _lines(exchange)
        if lines is not None and wire.hand_over(status, lines, body):
            return
    headers = [*_fields(exchange), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _fields(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """The header fields of the answer, but for its length."""
    reply = exchange.reply
    assert reply is not None
    told = [("content-type", reply.media_type), ("sim-protocol", exchange.draft.protocol)]
    if exchange.decision is not None:
        told.append(("sim-decision", exchange.decision))
    told += [*reply.labels, *reply.headers]
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in told]


def _lines(exchange: Exchange) -> bytes | None:
    """The same as they are written; `None` where the wire is to look closer at them."""
    reply = exchange.reply
    assert reply is not None
    lines = _standing(reply.media_type, exchange.draft.protocol, reply.labels)
    if exchange.decision is None or lines is None:
        return None
    lines += b"sim-decision: %b\r\n" % exchange.decision.encode()
    for name, value in reply.headers:
        if not _is_plain(value) or name in _FRAMING:
            return None
        lines += f"{name.lower()}: {value}\r\n".encode()
    return lines


@lru_cache(maxsize=_MOST)
def _standing(media_type: str, protocol: str, labels: Labels) -> bytes | None:
    """Lines that many answers have, made once."""
    told = [("content-type", media_type), ("sim-protocol", protocol), *labels]
    lines = [f"{name.lower()}: {value}" for name, value in told]
    return "\r\n".join([*lines, ""]).encode() if _is_plain("".join(lines)) else None


def _is_plain(text: str) -> bool:
    """Whether nothing in it needs a second look."""
    return text.isascii() and text.isprintable()
