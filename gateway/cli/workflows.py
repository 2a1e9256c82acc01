"""`magda-sim protocol duties` and `onward`: who owes what, and may this be passed on."""

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.cli.running import control

FAILED = 1
Folder = Annotated[Path | None, typer.Option(help="Folder of protocols instead of the built-in.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_to(app: typer.Typer) -> None:
    """Add the two commands to the noun."""
    app.command("duties")(duties)
    app.command("onward")(onward)


def duties(
    key: Annotated[str, typer.Argument(help="The protocol, such as 002.")],
    *,
    at: Annotated[str | None, typer.Option(help="Instant with offset; now if none.")] = None,
    data: Annotated[Path | None, typer.Option(help="Data folder of a running space.")] = None,
    protocols: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Say who still has to do what: by a running space, or by the texts alone."""
    if data is not None:
        query = f"?op={quote(at)}" if at else ""
        view = control(data, "GET", f"/v1/protocollen/{key}/taken{query}", base="http")
    else:
        view = _by_the_texts(key, at, protocols)
    typer.echo(json.dumps(view) if as_json else "\n".join(_lines(view)))


def onward(
    key: Annotated[str, typer.Argument(help="The protocol, such as 003.")],
    *,
    by: Annotated[str, typer.Option(help="The party that received the data.")],
    to: Annotated[str, typer.Option(help="The third party, an organisation.")],
    flow: Annotated[str | None, typer.Option(help="Of this flow only; all if none.")] = None,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Ask whether a party may pass on what it received; status 2 where it may not."""
    body = {"derde": to, "stroom": flow, "door": by}
    told = control(data, "POST", f"/v1/protocollen/{key}/doorgiften", body, base="http")
    if as_json:
        typer.echo(json.dumps(told))
    else:
        typer.echo(f"allowed under {told['artikel']}: {told['grond']}")


def _by_the_texts(key: str, at: str | None, folder: Path | None) -> dict[str, Any]:
    """The duties as the documents alone give them: signed, and nothing done since."""
    from gateway.adapters.protocol_files import initial_events, load_protocols
    from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS
    from gateway.domain.duties import duties as duties_of
    from gateway.domain.stage import stage_of
    from gateway.flows.workflow import View
    from gateway.settings import DEMO_CLOCK
    from gateway.web.workflows import shown_view

    loaded = load_protocols(folder or BUILT_IN_PROTOCOLS)
    document = next((one for one in loaded if one.id == key), None)
    if document is None:
        typer.echo(f"there is no protocol {key}", err=True)
        raise typer.Exit(FAILED)
    instant, events = datetime.fromisoformat(at or DEMO_CLOCK), initial_events(document)
    stage = stage_of(document, events, instant)
    view = View(document=document, at=instant, stage=stage,
                duties=duties_of(document, events, instant))  # fmt: skip
    return shown_view(view)


def _lines(view: dict[str, Any]) -> Iterable[str]:
    """The duties that are still to do first, each with its article."""
    yield f"{view['protocol']}  {view['fase']}  at {view['op']}"
    waiting = set(view["te_doen"])
    yield f"still to do: {len(waiting)} of {len(view['taken'])}"
    ordered = sorted(view["taken"], key=lambda duty: duty["taak"] not in waiting)
    for duty in ordered:
        due = f"  until {duty['termijn']}" if duty["termijn"] else ""
        where = f"  by {duty['waar']}" if duty["waar"] else ""
        yield f"  {duty['toestand']:<13}{duty['wie']:<11}{duty['taak']}  ({duty['artikel']}){due}{where}"
