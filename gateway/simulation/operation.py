"""What those who run a space see of it: its watch, its figures and whether every part works."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from gateway.adapters.operation import (
    Exposition,
    LineSink,
    Readiness,
    SpaceWatch,
    standing_files,
)
from gateway.bootstrap import Gateway
from gateway.contracts.clock import Clock
from gateway.ports.operation import Part
from gateway.ports.tracing import Tracer
from gateway.settings import Settings
from gateway.simulation.probes import DropPlace, Living, probes_of


class TracesMissing(Exception):
    """Traces are asked for, and what makes them is not installed."""


def _tracer(endpoint: str, space: str) -> Tracer:
    """OpenTelemetry is loaded here or not at all."""
    try:
        from gateway.adapters.operation.otel import OtelTracer  # noqa: PLC0415  costs nobody else
    except ImportError:
        raise TracesMissing(
            "MAGDA_SIM_TRACES wants the extra `otel`: pip install 'magda-sim[otel]'"
        ) from None
    return OtelTracer(endpoint, space)


class Operation:
    """Opened before the gateway, so that nothing goes by unseen; `look_at` shows it the rest."""

    def __init__(self, key: str, settings: Settings, secret: bytes) -> None:
        self._lines = LineSink(settings.lines, settings.line_format)
        self.watch = SpaceWatch(key, self._lines, secret)
        self.tracer = _tracer(settings.traces, key) if settings.traces else None

    def look_at(
        self, gateway: Gateway, clock: Clock, data: Path, doors: DropPlace, **threads: Living
    ) -> None:
        """What is looked at from now on; the threads must live as long as the space does."""
        self._gateway, self._clock = gateway, clock
        self._readiness = Readiness(probes_of(gateway, clock, data, doors, threads), monotonic)
        self._exposition = Exposition(self.watch.figures, self._gauges)

    def parts(self) -> Sequence[Part]:
        """Every part, and whether it works."""
        return self._readiness.parts()

    def metrics(self) -> bytes:
        """The figures as Prometheus reads them."""
        return self._exposition.text()

    def close(self) -> None:
        """Write the lines that wait, and hand over the traces."""
        self._lines.close()
        if self.tracer is not None:
            self.tracer.close()

    def _gauges(self) -> Mapping[str, tuple[str, Mapping[str, float]]]:
        log = self._gateway.log
        ready = {part.name: float(part.works) for part in self.parts()}
        return {
            "magda_log_size": ("Entries in the log", {"": float(log.size)}),
            "magda_log_waiting": ("Entries that nobody waits for", {"": float(log.waiting)}),
            "magda_lines_lost": ("Log lines not written", {"": float(self.watch.lost_lines)}),
            "magda_ready": ("Whether a part works", ready),
            **self._files(),
        }

    def _files(self) -> Mapping[str, tuple[str, Mapping[str, float]]]:
        """A database that does not answer shows in `magda_ready`; the rest is told all the same."""
        try:
            lying, overdue = standing_files(self._gateway.engine, self._clock.now())
        except SQLAlchemyError:
            return {}
        return {
            "magda_files_lying": ("Files not fetched yet, by flow", dict(lying)),
            "magda_files_overdue": ("Files not fetched for a day, by flow", dict(overdue)),
        }
