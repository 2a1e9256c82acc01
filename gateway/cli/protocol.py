"""`magda-sim protocol`: list the protocols, read one, check documents."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import workflows

app = typer.Typer(no_args_is_help=True)
workflows.add_to(app)
FAILED, INVALID = 1, 3
Folder = Annotated[Path | None, typer.Option(help="Folder of protocols instead of the built-in.")]


def _folder(folder: Path | None) -> Path:
    from gateway.bootstrap import BUILT_IN_PROTOCOLS

    return folder or BUILT_IN_PROTOCOLS


@app.command("list")
def list_protocols(
    *,
    at: Annotated[str | None, typer.Option(help="Instant with offset.")] = None,
    data: Annotated[Path | None, typer.Option(help="Take the clock of this space.")] = None,
    protocols: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the protocols and their state at an instant (the space's, or the demo's start)."""
    from gateway.adapters.protocol_files import (
        FileProtocolLibrary,
        initial_events,
        load_protocols,
    )
    from gateway.web.platform import protocol_row

    documents = load_protocols(_folder(protocols))
    library = FileProtocolLibrary(documents, [e for d in documents for e in initial_events(d)])
    instant = _instant(at, data)
    rows = [protocol_row(document, library, instant) for document in documents]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        typer.echo(
            f"{row['id']}  {row['state']:<12}from {row['from']}  {row['version']}  {row['name']}"
        )


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="The id, such as 004.")], *, protocols: Folder = None
) -> None:
    """Show one protocol, clause by clause, with its articles."""
    from gateway.adapters.protocol_files import plain_documents

    document = plain_documents(_folder(protocols)).get(key)
    if document is None:
        typer.echo(f"there is no protocol {key}", err=True)
        raise typer.Exit(FAILED)
    typer.echo(f"Protocol {document['id']}, versie {document['version']}: {document['title']}")
    for heading, clauses in document.items():
        if isinstance(clauses, list | dict) and clauses:
            typer.echo(f"\n{heading}")
            for clause in clauses if isinstance(clauses, list) else [clauses]:
                typer.echo(f"  - {_sentence(clause)}")


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Documents; all if none.")] = None,
    *,
    protocols: Folder = None,
) -> None:
    """Check documents; status 3 with file, line, key and mend for each thing that does not hold."""
    from gateway.adapters.protocol_files import ProtocolInvalid, load_protocols, read_document

    try:
        if files:
            found = [read_document(path).id for path in files]
        else:
            found = [document.id for document in load_protocols(_folder(protocols))]
    except ProtocolInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None
    typer.echo(f"checked: {', '.join(found)}")


@app.command()
def event(
    key: Annotated[str, typer.Argument(help="The protocol, such as 001.")],
    kind: Annotated[str, typer.Argument(help="The act, such as schorsing.")],
    *,
    by: Annotated[str, typer.Option(help="The party that acts.")],
    party: Annotated[str | None, typer.Option(help="Limit it to this party.")] = None,
    flow: Annotated[str | None, typer.Option(help="Limit it to this flow.")] = None,
    document: Annotated[str | None, typer.Option(help="Digest of the piece, sha256:...")] = None,
    about: Annotated[str | None, typer.Option(help="What it settles: G-3, or a measure.")] = None,
    at: Annotated[str | None, typer.Option(help="Instant with offset; now if none.")] = None,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
) -> None:
    """Do something to a protocol of a running space, in a party's name."""
    from gateway.cli.running import control

    body = {"soort": kind, "door": by, "partij": party, "stroom": flow, "stuk": document,
            "betreft": about, "op": at}  # fmt: skip
    done = control(data, "POST", f"/v1/protocollen/{key}/gebeurtenissen", body, base="http")
    typer.echo(f"{done['gebeurtenis']}  {kind}  from {done['van_kracht']}  ({done['artikel']})")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a protocol document."""
    from gateway.adapters.protocol_files.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))


def _instant(at: str | None, data: Path | None) -> datetime:
    from gateway.settings import DEMO_CLOCK
    from gateway.simulation.ready_file import read_ready_file

    if at is None and data is not None:
        at = str(read_ready_file(data)["clock"])
    return datetime.fromisoformat(at or DEMO_CLOCK)


def _sentence(clause: Any) -> str:
    """A clause on one line, its article last."""
    if not isinstance(clause, dict):
        return str(clause)
    told = {k: v for k, v in clause.items() if v not in (None, [], False) and k != "article"}
    text = "; ".join(f"{key}: {_words(value)}" for key, value in told.items())
    return f"{text}  ({clause['article']})" if "article" in clause else text


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_words(item) for item in value)
    if isinstance(value, dict):
        return f"[{_sentence(value)}]"
    return "ja" if value is True else str(value)
