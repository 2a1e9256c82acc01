"""`magda-sim run`: live a named run in a space of its own, check every expectation, write a report."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gateway.simulation.yearrun.order import Order
    from gateway.simulation.yearrun.runner import Progress
    from gateway.simulation.yearrun.steps import Plan

FAILED, INVALID = 1, 3
_NEW_OBJECTS = 50_000
Name = Annotated[str, typer.Argument(help="jaar-2025, or a file of your own.")]


def run(
    name: Name,
    *,
    seed: Annotated[int, typer.Option(min=0, help="Everything derives from it.")] = 1,
    people: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="How many more people the world has.")
    ] = 0,
    report: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("out"),
    since: Annotated[str | None, typer.Option("--from", help="First day that is told.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    until_first_mismatch: Annotated[
        bool, typer.Option("--until-first-mismatch", help="Stop at what is not as expected.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="Keep the space in this new folder.")] = None,
) -> None:
    """Live a run and write report.html, junit.xml, report.json and timeline.ndjson.

    Exit status 1 where something was not as expected, 3 where the run file or what you gave does not hold.
    """
    from gateway.simulation.yearrun.conduct import conduct
    from gateway.simulation.yearrun.order import Order

    last = _day(until)
    order = Order(
        name=name,
        plan=_plan(name, last),
        seed=seed,
        people=people,
        since=_day(since),
        until=last,
        stops_at_first=until_first_mismatch,
    )
    if data is not None and data.exists() and any(data.iterdir()):
        raise _invalid(f"{data} is not empty; a run begins in a space of its own")
    began = perf_counter()
    gc.freeze()  # what was loaded stays; the collector need not walk it again and again
    gc.set_threshold(_NEW_OBJECTS)
    with _progress(order) as progress:
        told = conduct(order, report, progress, data)
    typer.echo("\n".join(_lines(told, report, perf_counter() - began)))
    raise typer.Exit(0 if told["ok"] else FAILED)


def _plan(name: str, last: date | None) -> "Plan":
    from gateway.adapters.protocol_files import ProtocolInvalid
    from gateway.simulation.yearrun.plan import RunUnknown, find_run, read_plan

    try:
        plan = read_plan(find_run(name))
    except (ProtocolInvalid, RunUnknown) as wrong:
        raise _invalid(str(wrong.args[0])) from None
    if last is not None and last < plan.begin:
        raise _invalid(f"--until lies before the run begins, {plan.begin}")
    return plan


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise _invalid(f"`{text}` is no day; days are YYYY-MM-DD") from None


def _invalid(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(INVALID)


@contextmanager
def _progress(order: "Order") -> Iterator["Progress"]:
    """A bar on a terminal, a line a month elsewhere."""
    from rich.console import Console
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    days = (order.last_day - order.plan.begin).days + 1
    if not console.is_terminal:
        yield _line_a_month()
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(order.plan.run, total=days)
        yield lambda day: bar.update(
            task, completed=(day - order.plan.begin).days, description=str(day)
        )


def _line_a_month() -> "Progress":
    told: list[str] = []

    def tell(day: date) -> None:
        month = f"{day:%Y-%m}"
        if month not in told:
            told.append(month)
            typer.echo(month, err=True)

    return tell


def _lines(told: Any, out: Path, took: float) -> Iterator[str]:
    totals, met = told["totals"], [one for one in told["terms"] if one["met"]]
    yield f"{told['run']}  seed {told['seed']}  {told['from']} to {told['until']}  in {took:.1f} s"
    yield f"  {totals['answered']} questions answered, {totals['refused']} refused"
    yield f"  {totals['file.delivered']} files delivered, {totals['file.acknowledged']} collected and acknowledged"
    yield f"  {totals['protocol.act']} acts on protocols; {len(met)} of {len(told['terms'])} terms met"
    yield f"  {told['expectations']['held']} expectations held, {told['expectations']['failed']} did not"
    yield from (f"  {name:<10}{digest}" for name, digest in told["digests"].items())
    for step in told["steps"]:
        for check in (one for one in step["checks"] if one["failed"]):
            yield f"  NOT AS EXPECTED  {step['id']}: {check['what']}: {check['misses'][0]}"
    yield f"  {out}/report.html  {out}/junit.xml  {out}/report.json  {out}/timeline.ndjson"
