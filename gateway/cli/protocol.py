"""`magda-sim protocol`: list, show, check, compare and explain protocols, act on them, read them again."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import protocol_diff, protocol_explain, workflows
from gateway.cli.law import At, Data, Folder, Law, law_of
from gateway.cli.running import INVALID

app = typer.Typer(no_args_is_help=True)
workflows.add_to(app)
_WIDEST = 96
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@contextmanager
def _told_what_is_wrong() -> Iterator[None]:
    """End with status 3, and every defect on standard error, where documents do not hold."""
    from gateway.adapters.protocol_files import ProtocolInvalid

    try:
        yield
    except ProtocolInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None


def _folder(folder: Path | None) -> Path:
    from gateway.adapters.protocol_files.built_in import BUILT_IN_PROTOCOLS

    return folder or BUILT_IN_PROTOCOLS


app.command("diff")(protocol_diff.diff)
app.command("explain")(protocol_explain.explain)


@app.command("list")
def list_protocols(
    *, at: At = None, data: Data = None, protocols: Folder = None, as_json: AsJson = False
) -> None:
    """List the protocols and their state at an instant (the space's, or the demo's start)."""
    if data is not None and at is None and protocols is None:
        rows = _rows_of_space(data)
    else:
        rows = _rows_of_folder(law_of(protocols, data, at))
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        until = f"  until {row['until']}" if row["until"] else ""
        typer.echo(f"{row['id']}  {row['state']:<12}from {row['from']}{until}  {row['version']}  "
                   f"{row['name']}")  # fmt: skip


def _rows_of_folder(law: Law) -> list[dict[str, Any]]:
    from gateway.domain.standing import standing_versions
    from gateway.web.protocol_rows import protocol_row

    standing = standing_versions(law.bundle, law.at)
    return [protocol_row(law.bundle, one, law.at) for one in standing]


def _rows_of_space(data: Path) -> list[dict[str, Any]]:
    """What runs there, with a word on standard error if its files no longer say so."""
    from gateway.cli.running import control

    defects = control(data, "GET", "/protocols")["defects"]
    if defects:
        typer.echo("the protocol files do not hold; the last good set counts", err=True)
        _tell(defects)
    rows: list[dict[str, Any]] = control(data, "GET", "/v1/protocollen", base="http")
    return rows


def _tell(defects: list[dict[str, Any]]) -> None:
    for d in defects:
        typer.echo(
            f"{d['file']}:{d['line']}: {d['key'] or 'document'}: {d['what']}; {d['mend']}", err=True
        )


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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check documents; status 3 with file, line, key and mend for each thing that does not hold."""
    from gateway.adapters.protocol_files import ProtocolInvalid

    try:
        found = _checked(files, _folder(protocols))
    except ProtocolInvalid as invalid:
        defects = [asdict(defect) for defect in invalid.defects]
        if as_json:
            typer.echo(json.dumps({"ok": False, "documents": [], "defects": defects}))
        else:
            _tell(defects)
        raise typer.Exit(INVALID) from None
    if as_json:
        typer.echo(json.dumps({"ok": True, "documents": found, "defects": []}))
    else:
        typer.echo(f"checked: {', '.join(found)}")


def _checked(files: list[Path] | None, folder: Path) -> list[str]:
    from gateway.adapters.protocol_files import check_files, load_protocols
    from gateway.adapters.protocol_files.progress import on_terminal

    if files:
        return [document.id for document in check_files(files)]
    return [document.id for document in load_protocols(folder, watch=on_terminal)]


@app.command()
def reload(
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the running space.")] = Path("var"),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Have a running space read its protocol files again; status 3 where they do not hold."""
    from gateway.cli.running import control

    done = control(data, "POST", "/protocols/reload")
    if as_json:
        typer.echo(json.dumps(done))
    else:
        typer.echo(f"{done['outcome']}: {len(done['came'])} came, {len(done['went'])} went")
        _tell(done["defects"])
    if done["defects"]:
        raise typer.Exit(INVALID)


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
