"""Puts spans round the collaborators of the two lines; the lines themselves know of none."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, TypeVar, cast

from gateway.contracts.drop import CompletedUpload
from gateway.domain.log_entry import Draft
from gateway.domain.receipt import Receipt
from gateway.domain.request import Message
from gateway.flows.audited import Exchange
from gateway.flows.consultation import ConsultationFlow
from gateway.flows.distribution import DistributionFlow
from gateway.ports import MessageCodec
from gateway.ports.tracing import Tracer, Words

T = TypeVar("T")
_CONSULTATION: Mapping[str, Mapping[str, str]] = {
    "credentials": {"identify": "identify"},
    "facts": {"about": "facts"},
    "usage": {"take": "set aside"},
    "sources": {"fetch": "source"},
    "log": {"append": "log"},
}
_DISTRIBUTION: Mapping[str, Mapping[str, str]] = {
    "reader": {"read": "read"},
    "parcels": {"stage": "stage", "enter": "enter", "release": "release"},
    "log": {"append_all": "log"},
    "intake": {"begin": "take in", "close": "close"},
}
_CODEC = {"read": "read", "answer": "render", "refuse": "refuse"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedConsultation(ConsultationFlow):
    """The line with a span round it, and one round each step that takes time."""

    tracer: Tracer

    async def consult(self, message: Message, codec: MessageCodec) -> Exchange:
        """Answer one message, as the line does."""
        with self.tracer.span("consultation") as span:
            steps = _traced(codec, _CODEC, self.tracer)
            exchange = await ConsultationFlow.consult(self, message, steps)
            span.tell(_of_exchange(exchange.draft, exchange.decision))
        return exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedDistribution(DistributionFlow):
    """The line with a span round it, and one round each step that takes time."""

    tracer: Tracer

    def distribute(self, upload: CompletedUpload) -> Receipt:
        """Handle one upload, as the line does."""
        with self.tracer.span("distribution") as span:
            receipt = DistributionFlow.distribute(self, upload)
            words = {"status": receipt.status.value, "decision": receipt.decision}
            span.tell(words | {"flow": upload.flow, "channel": upload.channel})
        return receipt


def traced_consultation(line: ConsultationFlow, tracer: Tracer | None) -> ConsultationFlow:
    """The line as it is, or with spans where somebody traces."""
    if tracer is None:
        return line
    return TracedConsultation(tracer=tracer, **_parts(line, _CONSULTATION, tracer))


def traced_distribution(line: DistributionFlow, tracer: Tracer | None) -> DistributionFlow:
    """Idem."""
    if tracer is None:
        return line
    return TracedDistribution(tracer=tracer, **_parts(line, _DISTRIBUTION, tracer))


def _parts(
    line: ConsultationFlow | DistributionFlow,
    steps: Mapping[str, Mapping[str, str]],
    tracer: Tracer,
) -> dict[str, Any]:
    """The collaborators of a line by name, those that do steps with spans round them."""
    own = {field.name: getattr(line, field.name) for field in fields(line)}
    return own | {name: _traced(own[name], steps[name], tracer) for name in steps}


class _Traced:
    """Stands for a collaborator: some of its methods with a span round each call."""

    def __init__(self, inner: object, steps: Mapping[str, str], tracer: Tracer) -> None:
        self._inner = inner
        for method, name in steps.items():
            setattr(self, method, _spanned(getattr(inner, method), name, tracer))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def _traced(inner: T, steps: Mapping[str, str], tracer: Tracer) -> T:
    return cast("T", _Traced(inner, steps, tracer))


def _spanned(call: Callable[..., Any], name: str, tracer: Tracer) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(call):

        @wraps(call)
        async def waited(*args: Any, **more: Any) -> Any:
            with tracer.span(name):
                return await call(*args, **more)

        return waited

    @wraps(call)
    def done(*args: Any, **more: Any) -> Any:
        with tracer.span(name):
            return call(*args, **more)

    return done


def _of_exchange(draft: Draft, decision: str | None) -> Words:
    """The same words as a log line has, less the reference."""
    service = draft.request.service if draft.request else None
    words = {
        "channel": draft.channel,
        "party": draft.caller.party if draft.caller else None,
        "service": service.key if service else None,
        "flow": service.flow if service else None,
        "protocol": draft.protocol,
        "outcome": "permit" if draft.refusal is None else "refusal",
        "reason": draft.refusal.reason.value if draft.refusal else None,
        "decision": decision,
    }
    return {name: word for name, word in words.items() if word is not None}
