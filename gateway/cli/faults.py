"""`magda-sim faults`: let things go wrong on purpose in a running space."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import INVALID, control, tell

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def show(*, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Show the rules that count now, and what each met and hit."""
    rows = control(data, "GET", "/faults")
    tell(rows, _counted(data, rows) if rows else ["nothing goes wrong on purpose"], as_json=as_json)


@app.command("set")
def put(
    name: Annotated[str, typer.Argument(help="A file of rules, or a ready profile.")],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Put the rules of a file or profile instead of those that count now."""
    rows = control(data, "PUT", "/faults", _rows(name))
    lines = [f"{len(rows)} rules count from now on", *(f"  {_told(row)}" for row in rows)]
    tell(rows, lines, as_json=as_json)


@app.command()
def clear(*, data: Data = Path("var")) -> None:
    """Let nothing go wrong any more."""
    control(data, "DELETE", "/faults")
    typer.echo("nothing goes wrong on purpose any more")


@app.command()
def example(
    name: Annotated[str, typer.Argument(help="A ready profile; without one, all are listed.")] = "",
) -> None:
    """Print a ready profile, to use or to change; or list them all."""
    from gateway.simulation.disturbance.files import about, profiles

    ready = profiles()
    if name and name not in ready:
        typer.echo(f"there is no profile of this name; there are {', '.join(ready)}", err=True)
        raise typer.Exit(INVALID)
    listed = (f"{key:<16}  {about(text)}" for key, text in ready.items())
    typer.echo(ready[name].rstrip() if name else "\n".join(listed))


def _rows(name: str) -> list[dict[str, Any]]:
    """The rules of a file, checked here as far as can be told without the space's people."""
    from gateway.simulation.disturbance.files import FaultFileInvalid, read_faults
    from gateway.simulation.disturbance.places import anywhere

    try:
        return [one.row() for one in read_faults(name, anywhere())]
    except FaultFileInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None


def _counted(data: Path, rows: list[dict[str, Any]]) -> Iterator[str]:
    """Each rule with what it met and hit."""
    counts = control(data, "GET", "/faults/counts")
    for row, count in zip(rows, counts, strict=True):
        yield f"{_told(row)}  met {count['seen']}, hit {count['hit']}"


def _told(row: dict[str, Any]) -> str:
    words = [f"{row['where']:<28}", f"{row['kind']:<18}", f"rate {row['rate']:g}"]
    words += [f"{name} {row[name]}" for name in ("nth", "from", "until", "person", "seconds") if row.get(name) is not None]  # fmt: skip
    return "  ".join(words)
