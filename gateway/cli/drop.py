"""`magda-sim drop`: whether a folder of collected files is whole, offline."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from consumers.drop_check import Series
    from consumers.manifests import ManifestKeys

app = typer.Typer(no_args_is_help=True)
FAILED, INVALID = 1, 3
_KINDS = ("missing", "double", "changed")


@app.callback()
def drop() -> None:
    """Files that were collected."""


@app.command()
def check(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="The files with their manifests; folders within count too."
        ),
    ],
    *,
    keys: Annotated[
        str | None,
        typer.Option(
            help="Who may sign manifests: /log/keys (file or address), or the ready file."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Whether every file is there, once, and as it was sent; status 1 where one is not."""
    from consumers.drop_check import FolderUnusable, check_folder

    if keys is None:
        typer.echo("signatures were not checked: no --keys", err=True)
    try:
        series = check_folder(folder, _keys(keys))
    except (FolderUnusable, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from None
    if as_json:
        typer.echo(json.dumps(_told(series)))
    else:
        _print(series)
    raise typer.Exit(0 if all(one.ok for one in series) else FAILED)


def _keys(source: str | None) -> "ManifestKeys | None":
    """The keys at an address or in a file; exits with 3 where there are none."""
    import httpx

    from consumers.manifests import ManifestKeys

    if source is None:
        return None
    try:
        if source.startswith(("http://", "https://")):
            return ManifestKeys.told(httpx.get(source, timeout=30).raise_for_status().content)
        return ManifestKeys.told(Path(source).read_bytes())
    except (OSError, ValueError, httpx.HTTPError) as error:
        typer.echo(f"{source} gives no keys: {error}", err=True)
        raise typer.Exit(INVALID) from None


def _told(series: Sequence["Series"]) -> dict[str, Any]:
    """All numbers together; where several series lie in the folder also one by one."""
    told: dict[str, Any] = {"ok": all(one.ok for one in series)}
    told |= {kind: sorted({n for one in series for n in getattr(one, kind)}) for kind in _KINDS}
    if len(series) > 1:
        told["series"] = [
            {"flow": one.flow, "consumer": one.consumer, "ok": one.ok}
            | {kind: getattr(one, kind) for kind in _KINDS}
            for one in series
        ]
    return told


def _print(series: Sequence["Series"]) -> None:
    for one in series:
        whose = f"{one.flow} for {one.consumer or 'an unknown consumer'}"
        typer.echo(f"{whose}: {len(one.held)} files, {'whole' if one.ok else 'NOT whole'}")
        for number in one.missing:
            typer.echo(
                f"  {number} missing: have it put back, POST /v1/bestanden/<file>/herleveringen"
            )
        for note in one.notes:
            typer.echo(f"  {note}")
