"""`magda-sim example`: a complete message or file for every operation and every reason, ready to paste."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.running import INVALID

if TYPE_CHECKING:
    from gateway.contracts.reasons import Reason
    from gateway.simulation.examples.shapes import Example, Wire


def example(
    operation: Annotated[
        str | None, typer.Argument(help="Such as GeefZorgtoeslag; if absent, the list of all.")
    ] = None,
    *,
    over_soap: Annotated[bool, typer.Option("--soap", help="As SOAP.")] = False,
    over_rest: Annotated[bool, typer.Option("--rest", help="As REST.")] = False,
    as_file: Annotated[bool, typer.Option("--file", help="As a file.")] = False,
    error: Annotated[str | None, typer.Option(help="One that is refused for this reason.")] = None,
    curl: Annotated[
        bool, typer.Option("--curl", help="As lines for a shell, with what goes before.")
    ] = False,
    data: Annotated[Path, typer.Option(help="Data folder of the space that is asked.")] = Path(
        "var"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print a complete message or file; on standard error how it is sent, and what goes before it."""
    from gateway.simulation.examples import catalogue

    wire = _wire(soap=over_soap, rest=over_rest, file=as_file)
    if operation is None and error is None:
        _list(wire, as_json=as_json)
        return
    try:
        found = catalogue.find(operation, wire, _reason(error))
    except catalogue.NoExample as none:
        typer.echo(str(none), err=True)
        raise typer.Exit(INVALID) from None
    if as_json:
        typer.echo(json.dumps(catalogue.as_json(found), ensure_ascii=False))
    elif curl:
        _curl(found, data)
    else:
        _message(found)


def _wire(*, soap: bool, rest: bool, file: bool) -> "Wire | None":
    chosen: list[Wire] = [one for one, on in _switches(soap=soap, rest=rest, file=file) if on]
    if len(chosen) > 1:
        typer.echo("give one of --soap, --rest and --file", err=True)
        raise typer.Exit(INVALID)
    return chosen[0] if chosen else None


def _switches(*, soap: bool, rest: bool, file: bool) -> "list[tuple[Wire, bool]]":
    return [("soap", soap), ("rest", rest), ("file", file)]


def _reason(text: str | None) -> "Reason | None":
    from gateway.contracts.reasons import Reason

    if text is None:
        return None
    try:
        return Reason(text)
    except ValueError:
        typer.echo(f"`{text}` is no reason; docs/faults.md lists them", err=True)
        raise typer.Exit(INVALID) from None


def _list(wire: "Wire | None", *, as_json: bool) -> None:
    from gateway.simulation.examples import catalogue

    found = [one for one in catalogue.examples() if wire in (None, one.wire)]
    if as_json:
        typer.echo(json.dumps([catalogue.as_json(one) for one in found], ensure_ascii=False))
        return
    for one in found:
        told = f"--error {one.reason.value}" if one.reason else ""
        typer.echo(f"{one.operation:<40}--{one.wire:<6}{told}".rstrip())


def _curl(found: "Example", data: Path) -> None:
    from gateway.simulation.examples.shell import Unknown, lines
    from gateway.simulation.ready_file import read_ready_file

    ready: Mapping[str, Any]
    try:
        ready = read_ready_file(data)
    except OSError:
        ready = Unknown()
    for line in lines(found, ready):
        typer.echo(line)


def _message(found: "Example") -> None:
    """The message alone on standard output, everything else beside it."""
    from gateway.simulation.examples.shapes import Call

    sent = found.sent
    if isinstance(sent, Call):
        typer.echo(f"{sent.method} {sent.path}  as {sent.credential or 'nobody'}", err=True)
        for name, value in sent.headers.items():
            typer.echo(f"  {name}: {value}", err=True)
        typer.echo(sent.body or f"{sent.method} {sent.path}")
    else:
        typer.echo(f"{sent.name} into /in/{sent.flow}/  as {sent.credential}", err=True)
        typer.echo(sent.content)
    if found.before or found.clock or found.note:
        typer.echo("something goes before it: --curl writes it out", err=True)
