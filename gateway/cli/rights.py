"""`magda-sim rights`: what a unit may do, until when, and why not where it may not."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.cli.law import At, parsed
from gateway.cli.running import control


def rights(
    credential: Annotated[str, typer.Argument(help="The unit, such as vutg-toezicht.")],
    *,
    at: At = None,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, as /v1/rechten.")] = False,
) -> None:
    """Say what a unit may do in a running space: purposes, fields, facts, windows, quota, ends."""
    asked = {"credential": credential} | ({"at": parsed(at).isoformat()} if at else {})
    told = control(data, "GET", f"/rights?{urlencode(asked)}")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    typer.echo(f"{told['eenheid']} ({told['partij']}) at {told['op']}")
    for right in told["rechten"]:
        typer.echo("")
        for line in _lines(right):
            typer.echo(line)


def _lines(right: dict[str, Any]) -> list[str]:
    may = "may" if right["mag"] else "MAY NOT"
    head = f"{may}  {right['protocol']}  {right['stroom']}  ({right['dienst']})"
    told = _permitted(right) if right["mag"] and "doelen" in right else []
    return [head, *told, *(line for one in right["weigeringen"] for line in _refused(one))]


def _permitted(right: dict[str, Any]) -> list[str]:
    facts = (_fact(one) for one in right["feiten"])
    rows = (
        ("for", "; ".join(_purpose(one) for one in right["doelen"])),
        ("gets", ", ".join(one["veld"] for one in right["gegevens"])),
        ("if", "; ".join(facts)),
        ("asked", "; ".join(_asked(right))),
        ("window", _window(right["venster"])),
        ("quota", _quota(right["quotum"])),
        ("until", f"{right['tot']} ({right['tot_artikel']})" if right["tot"] else ""),
        ("keeps", f"{right['bewaring']['termijn']} ({right['bewaring']['artikel']})"),
    )
    return [f"  {name:<8}{text}" for name, text in rows if text]


def _purpose(one: dict[str, Any]) -> str:
    case = ", a case must be stated" if one["dossier_verplicht"] else ""
    return f"{one['doel']}{case} ({one['artikel']})"


def _fact(one: dict[str, Any]) -> str:
    scope = f" for {', '.join(one['doelen'])}" if one["doelen"] else ""
    scope += f" where a {one['indien_vermeld']} is named" if one["indien_vermeld"] else ""
    elsewhere = f", else: {one['anders']}" if one["anders"] else ""
    return f"{one['feit']}{scope}{elsewhere} ({one['artikel']})"


def _asked(right: dict[str, Any]) -> list[str]:
    """What is asked of the person behind the call."""
    login, training = right["aanmelding"], right["opleiding"]
    found = [f"log-in of at least {login['minstens']} ({login['artikel']})"] if login else []
    if right["gebruiker"]:
        found.append(f"the person named ({right['gebruiker']['artikel']})")
    if training:
        found.append(f"training in {training['onderwerp']} ({training['artikel']})")
    if right["functiescheiding"]:
        found.append(f"duties separated ({right['functiescheiding']['artikel']})")
    return found


def _window(window: dict[str, Any] | None) -> str:
    if window is None:
        return ""
    now = "open now" if window["open"] else "closed now"
    return f"{now}, next from {window['volgende']} ({window['artikel']})"


def _quota(quota: dict[str, Any] | None) -> str:
    if quota is None:
        return ""
    return f"{quota['over']} of {quota['toegelaten']} left this calendar year ({quota['artikel']})"


def _refused(one: dict[str, Any]) -> list[str]:
    cited = " ".join(filter(None, (one["protocol"], one["artikel"])))
    return [f"  {one['reden']} ({one['code']}), {cited}", f"  remedy  {one['remedie']}"]
