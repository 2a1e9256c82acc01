"""Conducts a run: a space of its own, the plan lived in it, the report written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from pathlib import Path

from gateway.domain.legal_day import in_brussels, local_instant
from gateway.settings import Settings
from gateway.simulation.in_process.exchange import Exchange
from gateway.simulation.run_settings import RunSettings
from gateway.simulation.scratch import scratch_folder
from gateway.simulation.yearrun.calendar import first_instant
from gateway.simulation.yearrun.chronicle import Chronicle, FirstMismatch
from gateway.simulation.yearrun.closing import close_books
from gateway.simulation.yearrun.junit import junit_of
from gateway.simulation.yearrun.library import Played, library_beside
from gateway.simulation.yearrun.order import Order
from gateway.simulation.yearrun.page import page_of
from gateway.simulation.yearrun.people import Cast
from gateway.simulation.yearrun.report import Told, report_of, with_library
from gateway.simulation.yearrun.runner import Progress, live
from gateway.simulation.yearrun.stage import Stage

TIMELINE = "timeline.ndjson"


def conduct(
    order: Order,
    out: Path,
    progress: Progress,
    data: Path | None = None,
    played: Played = lambda _, __: None,
) -> Told:
    """Live the run, beside it play the library if that is wanted, and write the report into `out`; what it holds.

    The space lies in `data` and stays there; without it, it goes with the run.
    """
    out.mkdir(parents=True, exist_ok=True)
    if order.plays_library:
        with library_beside() as outcome:
            told = _alone(order, out, progress, data)
            told = with_library(told, outcome(played))
    else:
        told = _alone(order, out, progress, data)
    _write(out, told)
    return told


def _alone(order: Order, out: Path, progress: Progress, data: Path | None) -> Told:
    """The run by itself, with its timeline."""
    with _folder(data) as folder, Exchange(order.plan.run, _settings(order, folder)) as exchange:
        since = local_instant(order.first_day, time(0))
        chronicle = Chronicle(
            out / TIMELINE, exchange.clock.now, since, stops_at_first=order.stops_at_first
        )
        stage = Stage(
            exchange,
            chronicle,
            Cast(exchange.space.world, order.plan.at_most),
            is_cut=order.is_cut,
            is_disturbed=bool(order.faults),
        )
        with chronicle, stage:
            chronicle.head(order.head())
            return _lived(order, stage, progress)


def _lived(order: Order, stage: Stage, progress: Progress) -> Told:
    try:
        book = live(order.lived, stage, progress)
    except FirstMismatch:
        book = close_books(stage, is_whole=False)
    return report_of(order, stage, book)


def _write(out: Path, told: Told) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (out / "report.json").write_text(f"{text}\n", "utf-8")
    (out / "junit.xml").write_bytes(junit_of(told))
    (out / "report.html").write_text(page_of(told), "utf-8")


def _settings(order: Order, folder: Path) -> Settings:
    """A space that begins when the run does, and waits for no disk."""
    return RunSettings(
        demo=True,
        data=folder,
        seed=order.seed,
        people=order.people,
        faults=order.faults,
        clock=in_brussels(first_instant(order.plan)).isoformat(),
        lines="off",
        disk="fast",
        provider_transport="process",
        source_transport="local",
    )


@contextmanager
def _folder(data: Path | None) -> Iterator[Path]:
    if data is not None:
        yield data
        return
    with scratch_folder() as folder:
        yield folder
