"""`magda-sim protocol`: list, show, check, compare and explain protocols, and act on one."""

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import protocol_diff, protocol_explain, workflows
from gateway.cli.law import At, Data, Folder, law_of
from gateway.cli.running import INVALID

app = typer.Typer(no_args_is_help=True)
workflows.add_to(app)
_WIDEST = 96
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def _folder(folder: Path | None) -> Path:
    from gateway.bootstrap import BUILT_IN_PROTOCOLS

    return folder or BUILT_IN_PROTOCOLS


app.command("diff")(protocol_diff.diff)
app.command("explain")(protocol_explain.explain)


@app.command("list")
def list_protocols(
    *, at: At = None, data: Data = None, protocols: Folder = None, as_json: AsJson = False
) -> None:
    """List the protocols and their state at an instant (the space's, or the demo's start)."""
    from gateway.domain.standing import standing_versions
    from gateway.web.protocols import protocol_row

    law = law_of(protocols, data, at)
    rows = [protocol_row(law.bundle, one, law.at) for one in standing_versions(law.bundle, law.at)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        until = f"  until {row['until']}" if row["until"] else ""
        typer.echo(f"{row['id']}  {row['state']:<12}from {row['from']}{until}  {row['version']}  "
                   f"{row['name']}")  # fmt: skip


@app.command()
def show(
    key: Annotated[str, typer.Argument(help="The id, such as 004, or 004@1.0.0.")],
    *,
    at: At = None,
    data: Data = None,
    protocols: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Show one protocol as prose, every sentence with its article; `--json` gives the document."""
    from gateway.adapters.protocol_files.compile import plain
    from gateway.adapters.protocol_files.prose import page
    from gateway.domain.standing import standings

    law = law_of(protocols, data, at)
    model, document = law.find(key)
    if as_json:
        typer.echo(json.dumps(plain(model), ensure_ascii=False))
        return
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    typer.echo(page(model, standings(law.bundle, document, law.at), law.at, width))


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
