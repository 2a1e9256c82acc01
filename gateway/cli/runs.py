"""`magda-sim diff`: two finished runs side by side, up to the first event that is not the same."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.running import FAILED, INVALID

if TYPE_CHECKING:
    from gateway.simulation.recording.timeline import Line

_WIDEST = 400
Run = Annotated[
    Path, typer.Argument(exists=True, help="A timeline, or the folder that it lies in.")
]


def diff(
    run_a: Run,
    run_b: Run,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare two runs or recordings up to the first different event; status 1 if there is one."""
    from gateway.simulation.recording.timeline import TimelineInvalid, compare, read_lines

    try:
        found = compare(read_lines(run_a), read_lines(run_b)).told()
    except TimelineInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None
    except OSError as error:
        typer.echo(f"cannot be read: {error}", err=True)
        raise typer.Exit(INVALID) from None
    tell_compared(found, as_json=as_json)
    raise typer.Exit(0 if found["equal"] else FAILED)


def tell_compared(found: dict[str, Any], *, as_json: bool) -> None:
    """What was found, as JSON or in words."""
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for name, (a, b) in found["heads"].items():
        typer.echo(f"begun with {name} {_word(a)} | {_word(b)}")
    first = found["first"]
    if first is None:
        typer.echo(f"equal: {found['same']} events")
        return
    members = ", ".join(first["members"]) or "one has ended"
    typer.echo(f"the first different event is number {first['n']}: {members}")
    for line in first["before"]:
        typer.echo(f"    {_shown(line)}")
    for mark, line in (("a", first["a"]), ("b", first["b"])):
        typer.echo(f"  {mark} {_shown(line) if line else '(no more)'}")


def _shown(line: "Line") -> str:
    text = json.dumps(line, ensure_ascii=False)
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "…"


def _word(value: Any) -> str:
    return "-" if value is None else str(value)
