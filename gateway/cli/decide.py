"""`magda-sim decide`: one question, dry, against a running space."""

import json
from pathlib import Path
from typing import Annotated, Any

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
    authentication: Annotated[
        str | None, typer.Option(help="eid, digital-key or password; the credential's if none.")
    ] = None,
    zorgkas: Annotated[str | None, typer.Option(help="The fund that the question names.")] = None,
    enduser: Annotated[bool, typer.Option(help="Whether the person behind it is named.")] = True,
    at: Annotated[str | None, typer.Option(help="Instant with offset; now if none.")] = None,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what would become of a question and which articles say so; status 2 where it is refused."""
    body = {
        "credential": credential, "flow": flow, "insz": insz, "purpose": purpose, "case": case,
        "authentication": authentication, "zorgkas": zorgkas, "at": at,
        "fields": fields.split(",") if fields else None,
    } | ({} if enduser else {"enduser": None})  # fmt: skip
    outcome = control(data, "POST", "/check", body)
    if as_json:
        typer.echo(json.dumps(outcome))
    else:
        for line in _permit(outcome) if outcome["outcome"] == "permit" else _refusal(outcome):
            typer.echo(line)
    if outcome["outcome"] == "refusal":
        raise typer.Exit(REFUSED)


def _permit(outcome: dict[str, Any]) -> list[str]:
    withheld = ", ".join(f"{one['veld']} ({one['artikel']})" for one in outcome["withheld"])
    return [
        f"permit under {outcome['protocol']}: {', '.join(outcome['fields'])}",
        f"withheld: {withheld or 'nothing'}",
        f"articles: {', '.join(outcome['articles'])}",
    ]


def _refusal(outcome: dict[str, Any]) -> list[str]:
    """Every reason of the stage that failed, each with where it stands and how to mend it."""
    version = f"@{outcome['version']}" if outcome["version"] else ""
    protocol = f"{outcome['protocol']}{version}" if outcome["protocol"] else "platform"
    told = []
    for one in outcome["reasons"]:
        code = f" ({one['code']})" if one["code"] else ""
        cited = f", {one['article']}" if one["article"] else ""
        told += [f"refused: {one['reason']}{code}, protocol {protocol}{cited}", f"  {one['detail']}",
                 f"remedy: {one['remedy']}"]  # fmt: skip
    return told
