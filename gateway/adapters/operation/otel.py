"""Traces for OpenTelemetry, over OTLP. Imported only where a setting asks for it (extra `otel`)."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span

from gateway.ports.tracing import Words

_PREFIX = "magda."


class OtelSpan:
    """Implements `gateway.ports.tracing.Span`."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def tell(self, words: Words) -> None:
        """Put the words on the span."""
        for name, value in words.items():
            self._span.set_attribute(_PREFIX + name, value)


class OtelTracer:
    """Implements `gateway.ports.tracing.Tracer` with a provider of its own: nothing of it is global.

    Errors are told by our own words only: what an exception says may be about somebody. What a client
    sends to be traced by (`traceparent`) is not looked at, for it may hold anything.
    """

    def __init__(self, endpoint: str, space: str) -> None:
        resource = Resource({"service.name": "magda-sim", f"{_PREFIX}space": space})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
        self._tracer = self._provider.get_tracer("gateway")

    @contextmanager
    def span(self, name: str) -> Iterator[OtelSpan]:
        """A step."""
        with self._tracer.start_as_current_span(
            name, record_exception=False, set_status_on_exception=False
        ) as span:
            yield OtelSpan(span)

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()
