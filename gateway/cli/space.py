"""`magda-sim space`: further spaces in a running process: list, create, clone, show, reset, delete."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.law import parsed
from gateway.cli.running import control, tell

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running process.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="The space, such as t1.")]
Seed = Annotated[int | None, typer.Option(help="Everything derives from it.")]
Start = Annotated[str | None, typer.Option("--clock", help="An instant with offset.")]


@app.command("list")
def list_spaces(*, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """List the spaces of the process that runs on this data folder."""
    rows = control(data, "GET", "/spaces")
    lines = (
        f"{row['id']:<32}  {row['clock']} ({row['mode']})  seed {row['seed']}  {row['http']}"
        for row in rows
    )
    tell(rows, lines, as_json=as_json)


@app.command()
def create(
    name: Name,
    *,
    seed: Seed = None,
    clock: Start = None,
    people: Annotated[int | None, typer.Option(help="How many beside those with a name.")] = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Make a further space; tells where it is, and with `--json` its whole ready file."""
    body = {"id": name, "people": people} | _start(seed, clock)
    _tell(control(data, "POST", "/spaces", body), as_json=as_json)


@app.command()
def show(name: Name, *, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Where a space is, and with `--json` its whole ready file."""
    _tell(control(data, "GET", f"/spaces/{name}"), as_json=as_json)


@app.command()
def reset(
    name: Annotated[str, typer.Argument(help="The space; `demo` is the default one.")] = "demo",
    *,
    seed: Seed = None,
    clock: Start = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Begin anew: same keys, empty log, empty folders, the clock where it began or where it is told to."""
    done = control(data, "POST", f"/spaces/{name}/reset", _start(seed, clock))
    cleared = ", ".join(done["cleared"])
    typer.echo(
        json.dumps(done) if as_json else f"{name} stands at {done['clock']}; cleared {cleared}"
    )


@app.command()
def clone(
    name: Annotated[
        str, typer.Argument(help="The space that is copied; `demo` is the default one.")
    ],
    copy: Annotated[str, typer.Argument(help="What the copy is called.")],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Make a further space with all that another holds, at the same instant."""
    _tell(control(data, "POST", f"/spaces/{name}/clone", {"id": copy}), as_json=as_json)


@app.command()
def delete(name: Name, *, data: Data = Path("var")) -> None:
    """End a space and remove its data."""
    control(data, "DELETE", f"/spaces/{name}")
    typer.echo(f"{name} is gone")


def _start(seed: int | None, clock: str | None) -> dict[str, Any]:
    return {"seed": seed, "clock": parsed(clock).isoformat() if clock else None}


def _tell(ready: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(ready, ensure_ascii=False))
        return
    sftp = ready["sftp"]
    rows = {
        "space": f"{ready['space']}  seed {ready['seed']}  {ready['clock']}",
        "http": ready["http"],
        "https": ready["https"],
        "files": f"sftp -P {sftp['port']} <unit>+{ready['space']}@{sftp['host']}",
        "control": f"{ready['control']}    token {ready['control_token']}",
        "data": ready["data"],
    }
    for name, text in rows.items():
        typer.echo(f"{name:<8}  {text}")
