"""`magda-sim clock`: look at the clock of a running space, and move it."""

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.law import parsed
from gateway.cli.running import control, tell

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
INVALID = 3
_SECONDS = {"s": 1, "m": 60, "h": 3600}


@app.command()
def show(*, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Show the present instant and the next job."""
    _tell(control(data, "GET", "/clock"), as_json=as_json)


@app.command("set")
def put(
    at: Annotated[
        str, typer.Argument(help="An instant with offset; Brussels time if it has none.")
    ],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Put the clock forward to an instant; returns when everything that fell due has run."""
    body = {"at": parsed(at).isoformat()}
    _tell(control(data, "PUT", "/clock", body), as_json=as_json)


@app.command()
def follow(*, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Let the clock run at the machine's pace, from where it stands."""
    _tell(control(data, "PUT", "/clock", {"mode": "running"}), as_json=as_json)


@app.command()
def freeze(*, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Let the clock stand still."""
    _tell(control(data, "PUT", "/clock", {"mode": "frozen"}), as_json=as_json)


@app.command()
def advance(
    by: Annotated[str, typer.Argument(help="`1d`, `90s`, `15m`, `2h`, or `next`.")],
    *,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Move the clock on; returns when everything that fell due has run."""
    moved = control(data, "POST", "/clock/advance", _step(by))
    jobs = [
        f"  {job['at']}  {job['job']}  {job['party']}  {job['flow'] or '-'}  {job['outcome']}"
        for job in moved["jobs"]
    ]
    tell(moved, [f"{moved['from']} -> {moved['to']}", *jobs], as_json=as_json)


def _tell(view: dict[str, Any], *, as_json: bool) -> None:
    following = view["next"]
    coming = f"next {following['job']} at {following['at']}" if following else "nothing to come"
    tell(view, [f"{view['now']} ({view['mode']}), {coming}"], as_json=as_json)


def _step(text: str) -> dict[str, Any]:
    if text == "next":
        return {"until": "next"}
    match = re.fullmatch(r"([1-9]\d*)([dhms])", text)
    if match is None:
        typer.echo(f"`{text}` is no step: write 1d, 90s, 15m, 2h or next", err=True)
        raise typer.Exit(INVALID)
    count, unit = int(match[1]), match[2]
    return {"days": count} if unit == "d" else {"seconds": count * _SECONDS[unit]}
