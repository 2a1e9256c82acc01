"""The figures as Prometheus reads them, worked out when it asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from gateway.adapters.operation.counting import BUCKETS_S, Labels, Tally, Timings
from gateway.adapters.operation.figures import DECISION, Figures

_INFINITE = "+Inf"
Gauges = Callable[[], Mapping[str, tuple[str, Mapping[str, float]]]]
"""Reads what is not counted but stands somewhere: name to help text and value by label (`flow`, or none)."""


class Exposition:
    """One space's figures behind a registry of their own."""

    def __init__(self, figures: Figures, gauges: Gauges) -> None:
        self._figures, self._gauges = figures, gauges
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """Everything, in the text format 0.0.4."""
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Nothing is named before it is asked for."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Implements prometheus_client's `Collector`."""
        figures = self._figures
        for name, help_text, tally in _tallies(figures):
            yield _counter(name, help_text, tally.names, tally.read())
        yield _entries(figures)
        yield _histogram("magda_request_seconds", "Machine time of a request", figures.requests)
        yield _histogram("magda_log_append_seconds", "Until entries were durable", figures.append)
        for name, (help_text, values) in self._gauges().items():
            yield _gauge(name, help_text, values)


def _tallies(figures: Figures) -> Iterator[tuple[str, str, Tally]]:
    yield "magda_decisions", "Decisions in the log", figures.decisions
    yield "magda_attempts", "Attempts without a credential that share an entry", figures.attempts
    yield "magda_batches", "Uploads that were judged", figures.batches
    yield (
        "magda_batches_missing",
        "Batches that did not come before their deadline",
        figures.missing,
    )
    yield "magda_files", "What became of consumers' files", figures.files
    yield "magda_logins", "Log-ins on the drop server", figures.logins
    yield "magda_source_failures", "Questions that a source failed", figures.source_failures
    yield "magda_throttled", "Requests that came too fast", figures.throttled
    yield (
        "magda_log_append_failures",
        "Times that the log was not writable",
        figures.append_failures,
    )


def _entries(figures: Figures) -> Metric:
    """Decisions are counted in detail already."""
    kinds = dict(figures.events.read())
    kinds[(DECISION,)] = sum(figures.decisions.read().values())
    return _counter("magda_entries", "Entries in the log, by kind", ("kind",), kinds)


def _counter(
    name: str, help_text: str, names: tuple[str, ...], counts: Mapping[Labels, int]
) -> Metric:
    family = CounterMetricFamily(name, help_text, labels=names)
    for told, count in sorted((_told(labels), count) for labels, count in counts.items()):
        family.add_metric(told, count)
    return family


def _histogram(name: str, help_text: str, timings: Timings) -> Metric:
    family = HistogramMetricFamily(name, help_text, labels=timings.names)
    for labels, (counts, total) in timings.read().items():
        family.add_metric(_told(labels), _cumulated(counts), total)
    return family


def _cumulated(counts: list[int]) -> list[tuple[str, float]]:
    below, buckets = 0, []
    for bound, count in zip((*map(str, BUCKETS_S), _INFINITE), counts, strict=True):
        below += count
        buckets.append((bound, float(below)))
    return buckets


def _gauge(name: str, help_text: str, values: Mapping[str, float]) -> Metric:
    has_label = "" not in values
    family = GaugeMetricFamily(name, help_text, labels=("name",) if has_label else ())
    for label, value in sorted(values.items()):
        family.add_metric((label,) if has_label else (), value)
    return family


def _told(labels: Labels) -> tuple[str, ...]:
    return tuple("" if label is None else str(label) for label in labels)
