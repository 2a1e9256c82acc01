"""The hot endpoints: plain ASGI from socket to line and back, nothing in between.

They stand in front of FastAPI because its routing costs more than a whole consultation
(`docs/performance.md`); they are described in OpenAPI all the same.
"""

from dataclasses import dataclass
from typing import Protocol

from gateway.contracts.faults import LogUnavailable
from gateway.domain.log_entry import Event, EventKind
from gateway.domain.request import Message
from gateway.domain.services import Service
from gateway.flows.audited import Exchange
from gateway.ports import DecisionLog, MessageCodec
from gateway.web.on_the_way import is_gone
from gateway.web.proofs import proof_of
from gateway.web.receiving import (
    BodyCut,
    BodyLimits,
    Receive,
    Scope,
    Send,
    Unread,
    headers_of,
    read_body,
)
from gateway.web.rest.problems import body_of
from gateway.web.watched import EXCHANGE


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
        headers = headers_of(scope)
        try:
            body = await read_body(scope, receive, headers, self.limits)
        except BodyCut as cut:
            message = Message(
                body=b"", headers=headers, proof=proof_of(scope), service=self.service
            )
            exchange = await self.flow.consult(message, Unread(self.codec, cut))
            scope[EXCHANGE] = exchange
            if not cut.is_gone:
                await _send_reply(send, exchange, _answer(exchange))
            return
        message = Message(body=body, headers=headers, proof=proof_of(scope), service=self.service)
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
    reply = exchange.reply
    assert reply is not None
    headers = [
        (b"content-type", reply.media_type.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"sim-protocol", exchange.draft.protocol.encode()),
    ]
    if exchange.decision is not None:
        headers.append((b"sim-decision", exchange.decision.encode()))
    for name, value in reply.headers:
        headers.append((name.lower().encode(), value.encode("latin-1")))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
