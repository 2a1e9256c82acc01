"""`magda-sim snapshot`: a running space kept whole, taken back, given away, and compared."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import typer

from gateway.cli.running import FAILED, INVALID, control, download, folder_of, tell

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running process.")]
In = Annotated[str | None, typer.Option("--space", help="A further space of it, such as t1.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="The snapshot.")]
_PATH = "/snapshots"


@app.command()
def save(
    name: Name, *, data: Data = Path("var"), space: In = None, as_json: AsJson = False
) -> None:
    """Keep the space as it is now, between two events."""
    row = control(folder_of(data, space), "POST", _PATH, {"name": name})
    _tell(row, "saved", as_json=as_json)


@app.command("list")
def list_all(*, data: Data = Path("var"), space: In = None, as_json: AsJson = False) -> None:
    """List the snapshots of the space."""
    rows = control(folder_of(data, space), "GET", _PATH)
    lines = (
        f"{row['name']:<32}  {row['clock']}  {row['entries']} entries  {row['files']} files"
        f"  {row['bytes']} bytes  state {row['state'][:12]}"
        for row in rows
    )
    tell(rows, lines, as_json=as_json)


@app.command()
def restore(
    name: Name, *, data: Data = Path("var"), space: In = None, as_json: AsJson = False
) -> None:
    """Go back to a snapshot, in time too: what happened since is gone."""
    row = control(folder_of(data, space), "POST", f"{_PATH}/{name}/restore")
    _tell(row, "restored", as_json=as_json)


@app.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    keys: Annotated[bool, typer.Option("--keys", help="With private keys.")] = False,
    data: Data = Path("var"),
    space: In = None,
) -> None:
    """Write a snapshot to one file that can be given away, without private keys unless asked."""
    asked = f"{_PATH}/{name}/file?keys={str(keys).lower()}"
    size = download(folder_of(data, space), asked, file)
    typer.echo(f"{file}: {size} bytes, {'with' if keys else 'without'} private keys")


@app.command("import")
def bring(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What was exported.")],
    *,
    name: Annotated[str | None, typer.Option(help="What it is called; the file's name.")] = None,
    data: Data = Path("var"),
    space: In = None,
    as_json: AsJson = False,
) -> None:
    """Put an exported file among the snapshots, once everything in it was checked."""
    body = {"name": name or file.stem, "file": str(file.absolute())}
    row = control(folder_of(data, space), "POST", _PATH, body)
    _tell(row, "imported", as_json=as_json)


@app.command()
def diff(
    a: Annotated[str, typer.Argument(help="A snapshot, or an exported file.")],
    b: Annotated[
        str | None, typer.Argument(help="Another; the space as it is now if left out.")
    ] = None,
    *,
    data: Data = Path("var"),
    space: In = None,
    as_json: AsJson = False,
) -> None:
    """Where two states begin to differ, part by part; status 1 if they do. Two files need no running space."""
    if b is not None and Path(a).is_file() and Path(b).is_file():
        found = _compared(Path(a), Path(b))
    else:
        asked = f"?{urlencode({'with': b})}" if b is not None else ""
        found = control(folder_of(data, space), "GET", f"{_PATH}/{quote(a, safe='')}/difference{asked}")  # fmt: skip
    typer.echo(json.dumps(found, ensure_ascii=False) if as_json else _in_words(found))
    raise typer.Exit(0 if found["equal"] else FAILED)


@app.command()
def delete(name: Name, *, data: Data = Path("var"), space: In = None) -> None:
    """Remove a snapshot."""
    control(folder_of(data, space), "DELETE", f"{_PATH}/{name}")
    typer.echo(f"{name} is gone")


def _compared(a: Path, b: Path) -> dict[str, Any]:
    from gateway.simulation.snapshots.difference import difference
    from gateway.simulation.snapshots.form import SnapshotInvalid

    try:
        found = difference(a, b)
    except SnapshotInvalid as invalid:
        typer.echo(f"{invalid}; {invalid.remedy}", err=True)
        raise typer.Exit(INVALID) from None
    return {"equal": not found, "a": str(a), "b": str(b), "differences": found}


def _in_words(found: dict[str, Any]) -> str:
    lines = []
    for row in found["differences"]:
        lines += [f"{row['part']}: {row['at']}", f"  a {_word(row['a'])}", f"  b {_word(row['b'])}"]
    return "\n".join(lines) or "equal"


def _word(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tell(row: dict[str, Any], what: str, *, as_json: bool) -> None:
    words = (
        f"{row['name']} {what}: {row['clock']}, {row['entries']} entries, {row['files']} files,"
        f" state {row['state'][:12]}"
    )
    tell(row, [words], as_json=as_json)
