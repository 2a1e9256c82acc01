"""`magda-sim audit`: check the log of a space, also while it runs."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)
BROKEN, FAILED = 4, 1


@app.callback()
def audit() -> None:
    """The log."""


@app.command()
def verify(
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute every hash and commitment; exit status 4 when something does not fit."""
    from rich.progress import Progress

    from gateway.adapters.log import LogReader
    from gateway.flows.audit_check import check_log

    path = data / "log.db"
    if not path.exists():
        typer.echo(f"there is no log in {data}", err=True)
        raise typer.Exit(FAILED)
    reader = LogReader(path)
    with Progress(disable=as_json, transient=True) as progress:
        task = progress.add_task("verifying", total=reader.head().size)
        verdict = check_log(reader, lambda at: progress.update(task, completed=at))
    reader.close()
    if as_json:
        told = {"ok": verdict.ok, "size": verdict.size, "root": verdict.root,
                "broken_at": verdict.broken_at}  # fmt: skip
        typer.echo(json.dumps(told))
    elif verdict.ok:
        typer.echo(f"the log holds: {verdict.size} entries, root {verdict.root}")
    else:
        typer.echo(f"the log is broken at entry {verdict.broken_at}: {verdict.detail}", err=True)
    raise typer.Exit(0 if verdict.ok else BROKEN)
