"""How a space's watch is told of every request: what its door left in the scope, and how long it took."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from gateway.domain.answered import Answered
from gateway.flows.audited import Exchange
from gateway.ports.operation import Watch
from gateway.web.receiving import Scope, Send

EXCHANGE = "sim.exchange"
"""Our member of a scope: the exchange of a question that went down a line."""
ANSWERED = "sim.answered"
"""Our member of a scope: what the door of anything else knew of it."""
NOT_SENT = 499
"""Stands for a status where nobody was left to be answered."""
_DECISION, _PROTOCOL = b"sim-decision", b"sim-protocol"
OTHER = "other"


def tell(watch: Watch, scope: Scope, began: float) -> None:
    """Tell of a request that is over."""
    exchange: Exchange | None = scope.get(EXCHANGE)
    if exchange is not None:
        status = exchange.reply.status if exchange.reply is not None else NOT_SENT
        watch.exchanged(exchange.draft, exchange.decision, status, perf_counter() - began)
        return
    one: Answered = scope.get(ANSWERED) or Answered(channel=OTHER, status=NOT_SENT)
    one.seconds = perf_counter() - began
    watch.answered(one)


class Overheard:
    """A `send` that notes on the scope what is answered, for requests that go down no line."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope, self._send = scope, send
        self.one = scope[ANSWERED] = Answered(channel=OTHER, status=NOT_SENT)

    async def __call__(self, message: Any) -> None:
        """Pass a message on; that of the start tells status, decision and protocol."""
        if message["type"] == "http.response.start":
            self._note(message)
        await self._send(message)

    def _note(self, message: Mapping[str, Any]) -> None:
        one, state = self.one, self._scope.get("state") or {}
        one.status = message["status"]
        for name, value in message["headers"]:
            if name == _DECISION:
                one.decision = value.decode("latin-1")
            elif name == _PROTOCOL:
                one.protocol = value.decode("latin-1")
        one.caller, one.refusal = state.get("caller"), state.get("refusal")
        one.route = getattr(self._scope.get("route"), "path", None)
