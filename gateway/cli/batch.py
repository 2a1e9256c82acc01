"""`magda-sim batch`: check an upload offline, and see what became of one."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)
FAILED, INVALID = 1, 3
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def lint(
    file: Annotated[Path, typer.Argument(help="The file as it would be uploaded.", exists=True)],
    *,
    flow: Annotated[
        str | None, typer.Option(help="The flow it is for; if absent, what its name says.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a file as the gateway would; status 3 when it is hopeless, 1 when records are refused.

    The day in the file is not compared with any clock.
    """
    from gateway.adapters.mutation_json import JsonBatchReader
    from gateway.adapters.payment_json import FlowBatchReader, PaymentBatchReader
    from gateway.contracts.drop import CompletedUpload

    reader = FlowBatchReader(JsonBatchReader(), PaymentBatchReader())
    named, found, _ = file.name.partition("_")
    upload = CompletedUpload("", flow or (named if found else "<flow>"), file.name, str(file))
    reading = reader.read(upload, datetime.max.replace(tzinfo=UTC, year=9998))
    counts = {"received": reading.received, "accepted": reading.accepted,
              "merged": reading.merged, "rejected": reading.rejected}  # fmt: skip
    lines = [
        {"line": one.number, "status": one.status.value, "code": one.code, "reason": one.reason}
        for one in reading.lines
    ]
    if as_json:
        told = {"hopeless": reading.hopeless, "sha256": reading.sha256} | counts | {"lines": lines}
        typer.echo(json.dumps(told))
    else:
        _print(reading.hopeless, counts, lines)
    raise typer.Exit(INVALID if reading.hopeless else FAILED if reading.rejected else 0)


@app.command()
def show(
    label: Annotated[str, typer.Argument(help="The batch, such as B-1.")],
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Show what became of an accepted upload, consumer by consumer; also while the space runs."""
    from gateway.adapters.database import open_database
    from gateway.adapters.ledger import SqlLedger

    path, number = data / "space.db", label.removeprefix("B-")
    if not path.exists() or not number.isdigit():
        typer.echo(f"there is no batch {label} in {data}", err=True)
        raise typer.Exit(FAILED)
    ledger = SqlLedger(open_database(path))
    found = ledger.by_key(int(number))
    if found is None:
        typer.echo(f"there is no batch {label} in {data}", err=True)
        raise typer.Exit(FAILED)
    batch, counts = found
    rows = [
        {"consumer": d.consumer, "status": d.status.value, "file": d.name, "persons": d.persons,
         "state": d.state.value if d.state else None,
         "decision": f"D-{d.position}" if d.position else None}
        for d in ledger.deliveries(batch)
    ]  # fmt: skip
    told = {"batch": batch.label, "flow": batch.flow, "day": batch.day.isoformat(),
            "number": batch.number, "name": batch.name, "sha256": batch.sha256,
            "closed": batch.closed, "records": counts, "consumers": rows}  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(f"{batch.label}  {batch.flow}  {batch.day}  {batch.name}  {counts}")
    for row in rows:
        typer.echo(
            f"  {row['consumer']:<20}{row['status']:<14}{row['state'] or '':<14}{row['file'] or ''}"
        )


def _print(
    hopeless: str | None, counts: dict[str, int], lines: Sequence[Mapping[str, object]]
) -> None:
    if hopeless:
        typer.echo(f"cannot be used: {hopeless}", err=True)
        return
    typer.echo("  ".join(f"{name} {count}" for name, count in counts.items()))
    for line in lines:
        typer.echo(
            f"  record {line['line']}: {line['status']} {line['code'] or ''} {line['reason']}"
        )
