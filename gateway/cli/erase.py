"""`magda-sim erase`: have a running space forget what its log keeps of a person."""

import json
import sys
from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from gateway.cli.running import REFUSED, control

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running space.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Ground = Literal["request", "unlawful", "order"]


@app.command()
def person(
    number: Annotated[str, typer.Argument(help="Whose rows; `-` reads the number from a pipe.")],
    *,
    ground: Annotated[Ground, typer.Option(help="Of GDPR art. 17: who asks, or what was decided.")],
    by: Annotated[str, typer.Option(help="The party that decided.")],
    document: Annotated[Path | None, typer.Option(help="The decision; its digest is kept.")] = None,
    data: Data = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Erase a person's private rows; exit status 2 where the law keeps them."""
    insz = sys.stdin.readline().strip() if number == "-" else number
    body = {"insz": insz, "ground": ground, "by": by, "document": _digest(document)}
    told = control(data, "POST", "/erasures", body)
    typer.echo(json.dumps(told) if as_json else _sentence(told))
    raise typer.Exit(0 if told["outcome"] == "erased" else REFUSED)


@app.command()
def due(*, data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Erase now what is over; a space does so by itself on the first day of each month."""
    told = control(data, "POST", "/erasures/due")
    typer.echo(json.dumps(told) if as_json else f"{told['count']} rows erased, their term was over")


def _digest(document: Path | None) -> str | None:
    if document is None:
        return None
    with document.open("rb") as file:
        return f"sha256:{file_digest(file, 'sha256').hexdigest()}"


def _sentence(told: dict[str, Any]) -> str:
    done = "erased" if told["outcome"] == "erased" else "not erased"
    cited = "; ".join(told["articles"])
    left = f"; as they were: {', '.join(told['copies'])}" if told["copies"] else ""
    return f"{told['count']} rows {done} ({cited}), {told['decision']}{left}"
