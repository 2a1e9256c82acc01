"""What the commands of the agencies share: their options, the desk that they work at, what they tell."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gateway.cli.running import FAILED, INVALID, REFUSED, control

Told = Mapping[str, Any]
Data = Annotated[Path, typer.Option(help="Data folder of the running space.")]
State = Annotated[
    Path | None, typer.Option(help="Where the agency keeps its own; DATA/agencies/<unit>.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(unit: str, data: Path, state: Path | None, work: Callable[[Any, Path], Told]) -> Told:
    """Do the work at the unit's desk; what stands in the way ends the command."""
    from httpx import HTTPError
    from paramiko import SSHException

    from consumers.answers import QuestionRefused
    from consumers.inbox import InboxBusy
    from consumers.wire_http import WireFault
    from gateway.simulation.desk import Desk, NoAccount
    from gateway.simulation.ready_file import read_ready_file

    control(data, "GET", "/clock")  # says so where nothing runs
    ready = read_ready_file(data)
    if unit not in ready["credentials"]:
        wrong(f"there is no unit `{unit}`")
    try:
        return work(Desk(ready, unit), state or data / "agencies" / unit)
    except QuestionRefused as refused:
        typer.echo(f"refused: {refused}", err=True)
        typer.echo(f"remedy: {refused.refused.first.remedy or '-'}", err=True)
        raise typer.Exit(REFUSED) from None
    except NoAccount as fault:
        wrong(str(fault))
    except (WireFault, InboxBusy, HTTPError, SSHException, OSError) as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(FAILED) from None


def files(told: Told) -> Iterable[str]:
    """What a round at the drop server brought."""
    yield from (f"collected {name}" for name in told["files"])
    yield from (f"missing: sequence {number}" for number in told["missing"])
    yield from (f"left: {trouble}" for trouble in told["troubles"])


def of_files(told: Told) -> int:
    """The exit status that a round at the drop server asks for."""
    return FAILED if told["missing"] or told["troubles"] else 0


def tell(told: Told, lines: Iterable[str], *, as_json: bool) -> None:
    """Print what was done, in lines or as JSON."""
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(line)


def number_of(data: Path, person: str) -> str:
    """The number, or that of a persona."""
    if person[:1].isdigit():
        return person
    return str(control(data, "GET", f"/personas/{person}")["insz"])


def money(text: str) -> Decimal:
    """An amount, or the end of the command."""
    try:
        return Decimal(text).quantize(Decimal("0.01"))
    except InvalidOperation:
        wrong(f"`{text}` is no amount: write 24000.00")


def day(text: str) -> date:
    """A day, or the end of the command."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        wrong(f"`{text}` is no day: write yyyy-mm-dd")


def wrong(what: str) -> NoReturn:
    """Say what is wrong and end the command."""
    typer.echo(what, err=True)
    raise typer.Exit(INVALID)
