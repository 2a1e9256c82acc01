"""`magda-sim decide`: one question, dry, against a running space."""

import json
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.running import REFUSED, control


def decide(
    *,
    credential: Annotated[str, typer.Option(help="Who asks, such as vutg-rechten.")],
    flow: Annotated[str, typer.Option(help="What, such as jobbonusplus-verrichtingen.")],
    insz: Annotated[str, typer.Option(help="About whom; a test number.")],
    fields: Annotated[str | None, typer.Option(help="Comma-separated; all if none.")] = None,
    purpose: Annotated[str | None, typer.Option(help="The purpose, if several.")] = None,
    case: Annotated[str | None, typer.Option(help="The file it is for.")] = None,
    at: Annotated[str | None, typer.Option(help="Instant with offset; now if none.")] = None,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what would become of a question and which articles say so; status 2 where it is refused."""
    body = {
        "credential": credential, "flow": flow, "insz": insz, "purpose": purpose, "case": case,
        "at": at, "fields": fields.split(",") if fields else None,
    }  # fmt: skip
    outcome = control(data, "POST", "/check", body)
    if as_json:
        typer.echo(json.dumps(outcome))
    elif outcome["outcome"] == "permit":
        withheld = ", ".join(one["veld"] for one in outcome["withheld"]) or "nothing"
        typer.echo(f"permit under {outcome['protocol']}: {', '.join(outcome['fields'])}")
        typer.echo(f"withheld: {withheld}\narticles: {', '.join(outcome['articles'])}")
    else:
        typer.echo(f"refused: {outcome['reason']} ({outcome['code']}), protocol "
                   f"{outcome['protocol'] or '-'}, {outcome['article']}")  # fmt: skip
        typer.echo(f"remedy: {outcome['remedy']}")
    if outcome["outcome"] == "refusal":
        raise typer.Exit(REFUSED)
