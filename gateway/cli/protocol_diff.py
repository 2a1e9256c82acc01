"""`magda-sim protocol diff`: what differs in law between two documents, and which way it works."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.law import Folder, read_models
from gateway.cli.running import INVALID

if TYPE_CHECKING:
    from gateway.adapters.protocol_files.difference import Change
    from gateway.adapters.protocol_files.schema import DocumentModel

DIFFERENT = 1
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_What = "A file, or a loaded protocol: 004, 004@1.0.0, or 004@1.0.0+o-60 with a choice turned."


def diff(
    old: Annotated[str, typer.Argument(help=_What)],
    new: Annotated[str, typer.Argument(help=_What)],
    *,
    protocols: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare two protocols clause by clause; status 0 where they say the same, 1 where not."""
    from gateway.adapters.protocol_files.difference import differences

    before, after = _document(old, protocols), _document(new, protocols)
    changes = differences(before, after)
    refs = [f"{one.id}@{one.version}" for one in (before, after)]
    if as_json:
        told = {"old": refs[0], "new": refs[1], "changes": [asdict(one) for one in changes]}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        typer.echo(f"{refs[0]} -> {refs[1]}: {len(changes) or 'no'} changes")
        for change in changes:
            typer.echo(_line(change))
    raise typer.Exit(DIFFERENT if changes else 0)


def _line(change: "Change") -> str:
    values = f"  {_shown(change.old)} -> {_shown(change.new)}" if change.how == "changed" else ""
    cited = f"  ({', '.join(change.articles)})" if change.articles else ""
    effect = f"  {change.effect}" if change.effect else ""
    return f"{_SIGNS[change.how]} {change.what:<10}{change.where}{values}{cited}{effect}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _document(what: str, folder: Path | None) -> "DocumentModel":
    from gateway.adapters.protocol_files import ProtocolInvalid, read_document

    try:
        path = Path(what)
        return read_document(path) if path.is_file() else _loaded(what, folder)
    except ProtocolInvalid as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None


def _loaded(what: str, folder: Path | None) -> "DocumentModel":
    """A document of the folder by id, its last version if none is named, with choices turned."""
    from gateway.adapters.protocol_files.switches import turned

    key, _, version = what.partition("@")
    number, _, codes = version.partition("+")
    found = [one for one in read_models(folder) if one.id == key and number in ("", one.version)]
    if not found:
        typer.echo(f"there is no file and no loaded protocol `{what}`", err=True)
        raise typer.Exit(INVALID)
    last = max(found, key=lambda one: [int(part) for part in one.version.split("+")[0].split(".")])
    return turned(last, filter(None, codes.upper().split(".")))
