"""`magda-sim run`: live a named run in a space of its own, check every expectation, write a report."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from gateway.simulation.yearrun.order import Order
    from gateway.simulation.yearrun.steps import Plan

FAILED, INVALID = 1, 3
_NEW_OBJECTS, _MONTH = 200_000, len("2025-01")
Name = Annotated[str, typer.Argument(help="jaar-2025, or a file of your own.")]
Seed = Annotated[int, typer.Option(min=0, help="Everything derives from it.")]
People = Annotated[int, typer.Option(min=0, max=1_000_000, help="How many more people there are.")]
Faults = Annotated[str, typer.Option(help="What goes wrong on purpose: storm, or a file.")]
FirstMismatch = Annotated[bool, typer.Option(help="Stop at what is not as expected.")]
Scenarios = Annotated[
    bool | None, typer.Option(help="Play the library too; else as the file says.")
]


def run(
    name: Name,
    *,
    seed: Seed = 1,
    people: People = 0,
    faults: Faults = "",
    report: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("out"),
    since: Annotated[str | None, typer.Option("--from", help="First day that is told.")] = None,
    until: Annotated[str | None, typer.Option(help="Last day.")] = None,
    until_first_mismatch: FirstMismatch = False,
    scenarios: Scenarios = None,
    data: Annotated[Path | None, typer.Option(help="Keep the space in this new folder.")] = None,
) -> None:
    """Live a run and write report.html, junit.xml, report.json and timeline.ndjson.

    Exit status 1 where something was not as expected, 3 where the run file or what you gave does not hold.
    """
    from gateway.simulation.yearrun.conduct import conduct
    from gateway.simulation.yearrun.order import Order

    last = _day(until)
    plan = _plan(name, last)
    order = Order(
        name=name,
        plan=plan,
        seed=seed,
        people=people,
        faults=_faults(faults),
        since=_day(since),
        until=last,
        stops_at_first=until_first_mismatch,
        plays_library=plan.scenarios if scenarios is None else scenarios,
    )
    if data is not None and data.exists() and any(data.iterdir()):
        raise _invalid(f"{data} is not empty; a run begins in a space of its own")
    _spare_the_collector()
    with _progress(order) as watch:
        told = conduct(order, report, watch.day, data, watch.scenario)
    typer.echo("\n".join(_lines(told, report, watch)))
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


def _faults(name: str) -> str:
    """The profile or file; `storm.yaml` means the profile where there is no such file."""
    from gateway.simulation.disturbance.files import FaultFileInvalid, profiles, read_faults
    from gateway.simulation.disturbance.places import anywhere

    if not name:
        return name
    stem = name.removesuffix(".yaml")
    found = stem if stem in profiles() and not Path(name).is_file() else name
    try:
        read_faults(found, anywhere())
    except FaultFileInvalid as invalid:
        raise _invalid(str(invalid)) from None
    return found


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise _invalid(f"`{text}` is no day; days are YYYY-MM-DD") from None


def _invalid(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(INVALID)


def _spare_the_collector() -> None:
    """What was loaded stays; the garbage collector need not walk it again and again."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


@dataclass(slots=True)
class _Watch:
    """Shows how far a run is: a bar on a terminal, a line a month elsewhere; and knows how long it took."""

    show: Callable[[str, float], None]
    first: date
    days: int
    began: float = field(default_factory=perf_counter)
    lived: float | None = None

    def day(self, day: date) -> None:
        """A day begins."""
        self.show(str(day), min((day - self.first).days / self.days, 1.0))

    def scenario(self, number: int, count: int) -> None:
        """So many of the scenarios that are played meanwhile are told; before that the days are over."""
        self.lived = self.lived or perf_counter() - self.began
        self.show("scenarios", number / count)

    def took(self) -> Iterator[str]:
        """Where the time went."""
        whole = perf_counter() - self.began
        lived = self.lived or whole
        yield f"{self.days} days in {lived:.1f} s"
        if self.lived is not None:
            yield f"the scenarios beside them {whole - lived:.1f} s more"


@contextmanager
def _progress(order: "Order") -> Iterator[_Watch]:
    from rich.console import Console
    from rich.progress import Progress as Bar

    console, first = Console(stderr=True), order.plan.begin
    days = (order.last_day - first).days + 1
    if not console.is_terminal:
        yield _Watch(_line_a_month(), first, days)
        return
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task(order.plan.run, total=1.0)
        yield _Watch(lambda now, part: bar.update(task, completed=part, description=now), first, days)  # fmt: skip


def _line_a_month() -> Callable[[str, float], None]:
    told: list[str] = []

    def tell(now: str, _: float) -> None:
        word = now[:_MONTH] if now[:1].isdigit() else now
        if word not in told:
            told.append(word)
            typer.echo(word, err=True)

    return tell


def _lines(told: Any, out: Path, watch: _Watch) -> Iterator[str]:
    totals, met = told["totals"], [one for one in told["terms"] if one["met"]]
    took = ", ".join(watch.took())
    yield f"{told['run']}  seed {told['seed']}  {told['from']} to {told['until']}  {took}"
    yield f"  {totals['answered']} questions answered, {totals['refused']} refused; {totals['over_soap']} of all over SOAP"
    yield f"  {totals['file.delivered']} files delivered, {totals['file.acknowledged']} collected and acknowledged"
    yield f"  {totals['protocol.act']} acts on protocols; {len(met)} of {len(told['terms'])} terms met"
    yield f"  {told['expectations']['held']} expectations held, {told['expectations']['failed']} did not"
    if told["faults"]:
        hit = sum(one["hit"] for one in told["faults"])
        yield f"  {hit} faults on purpose"
    if told["scenarios"]:
        passed = sum(one["passed"] for one in told["scenarios"])
        yield f"  {passed} of {len(told['scenarios'])} scenarios of the library passed"
    yield from (f"  {name:<10}{digest}" for name, digest in told["digests"].items())
    for step in told["steps"]:
        for check in (one for one in step["checks"] if one["failed"]):
            yield f"  NOT AS EXPECTED  {step['id']}: {check['what']}: {check['misses'][0]}"
    yield f"  {out}/report.html  {out}/junit.xml  {out}/report.json  {out}/timeline.ndjson"
