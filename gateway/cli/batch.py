"""`magda-sim batch`: make an upload, check one offline, list those that came in, and see what became of one."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gateway.domain.upload import Move, Upload

app = typer.Typer(no_args_is_help=True)
FAILED, INVALID = 1, 3
_LIST = "inburgering-jaarlijst"
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
def make(
    flow: Annotated[
        str, typer.Argument(help="`jobbonusplus-mutaties` or `inburgering-jaarlijst`.")
    ],
    *,
    day: Annotated[str, typer.Option(help="The day that it is about; of a yearly list 1 January.")],
    seed: Annotated[int | None, typer.Option(help="Whose people; 1 if not said.")] = None,
    people: Annotated[
        int | None, typer.Option(help="How many there are beside those with a name.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The people of the space that runs on this folder.")
    ] = None,
    who: Annotated[
        list[str] | None,
        typer.Option(
            help="Only these: a number, a persona's key, or `-` to read some. Several times."
        ),
    ] = None,
    number: Annotated[
        int, typer.Option(min=1, help="2 for a correction of the day, and so on.")
    ] = 1,
) -> None:
    """Write to standard output what the provider would upload of a day, out of the people of a seed or space."""
    from gateway.cli.batch_people import chosen, invalid, world_of
    from providers.mutations import FLOW, as_batch
    from providers.sources.integration import unfulfilled

    try:
        about = date.fromisoformat(day)
    except ValueError:
        raise invalid(f"`{day}` is no day: write yyyy-mm-dd") from None
    if flow not in (FLOW, _LIST):
        raise invalid(f"nobody here provides `{flow}` as a list of numbers")
    world = world_of(seed, people, data)
    if who:
        numbers = chosen(world, who)
    elif flow == FLOW:
        numbers = world.transactions_on(about)
    else:
        numbers = unfulfilled(world.under_duty(), about)
    typer.echo(as_batch(flow, about, numbers, number))


@app.command("list")
def list_uploads(
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    open_only: Annotated[
        bool, typer.Option("--open", help="Only those that are not handed back yet.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List every upload that came in, by any door, and where it is in its life; also while the space runs."""
    from gateway.adapters.intake import SqlIntake

    lives = SqlIntake(_database(data)).lives()
    rows = [_upload(one, moves) for one, moves in lives if not (open_only and one.closed)]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    for row in rows:
        state = row["state"] if row["done"] else f"{row['state']}, in hand"
        told = f"{row['outcome'] or '':<13}{row['batch'] or '':<7}{row['user']}/{row['name']}"
        typer.echo(f"{row['upload']:<7}{state:<20}{told}")


@app.command()
def expected(
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Tell for each day whether the batch that is owed is expected, in time, late or missing; status 1 where one is missing."""
    from gateway.adapters.intake import SqlIntake
    from gateway.domain.legal_day import in_brussels

    rows = [
        {"flow": one.flow, "party": one.party, "day": one.day.isoformat(),
         "due": in_brussels(one.due_at).isoformat(), "arrival": one.arrival.value,
         "batch": one.batch,
         "received": in_brussels(one.received_at).isoformat() if one.received_at else None}
        for one in SqlIntake(_database(data)).expected()
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        for row in rows:
            told = f"{row['arrival']:<10}{row['batch'] or '':<7}{row['flow']} of {row['party']}"
            typer.echo(f"{row['day']}  {told}, due {row['due']}")
    raise typer.Exit(FAILED if any(row["arrival"] == "missing" for row in rows) else 0)


@app.command()
def show(
    label: Annotated[str, typer.Argument(help="The batch, such as B-1.")],
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    as_json: AsJson = False,
) -> None:
    """Show what became of an accepted upload, consumer by consumer; also while the space runs."""
    from gateway.adapters.ledger import SqlLedger

    number = label.removeprefix("B-")
    ledger = SqlLedger(_database(data))
    found = ledger.by_key(int(number)) if number.isdigit() else None
    if found is None:
        typer.echo(f"there is no batch {label} in {data}", err=True)
        raise typer.Exit(FAILED)
    batch, counts = found
    rows = [
        {"consumer": d.consumer, "status": d.status.value, "file": d.name, "persons": d.persons,
         "state": d.state.value if d.state else None, "moves": _moves(life),
         "decision": f"D-{d.position}" if d.position else None}
        for d, life in ledger.lives(batch)
    ]  # fmt: skip
    told = {"batch": batch.label, "flow": batch.flow, "day": batch.day.isoformat(),
            "number": batch.number, "name": batch.name, "sha256": batch.sha256,
            "closed": batch.closed, "records": counts, "consumers": rows}  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told))
        return
    typer.echo(f"{batch.label}  {batch.flow}  {batch.day}  {batch.name}")
    typer.echo(_counted(counts))
    for row in rows:
        became = f"{row['status']:<14}{row['state'] or '':<14}{row['persons'] or 0:>3}  "
        typer.echo(f"  {row['consumer']:<20}{became}{row['file'] or ''}")


def _database(data: Path) -> "Engine":
    from gateway.adapters.database import read_database

    path = data / "space.db"
    if not path.exists():
        typer.echo(f"there is no space in {data}", err=True)
        raise typer.Exit(FAILED)
    return read_database(path)


def _upload(one: "Upload", moves: "Sequence[Move]") -> dict[str, Any]:
    return {
        "upload": one.label, "user": one.user, "flow": one.flow, "name": one.name,
        "channel": one.channel, "sha256": one.sha256, "state": moves[-1].state.value,
        "outcome": one.outcome.value if one.outcome else None,
        "batch": f"B-{one.batch}" if one.batch else None,
        "decision": f"D-{one.position}" if one.position else None,
        "done": one.closed, "moves": _moves(moves),
    }  # fmt: skip


def _moves(moves: "Sequence[Move]") -> list[dict[str, str]]:
    from gateway.domain.legal_day import in_brussels

    return [{"state": one.state.value, "at": in_brussels(one.at).isoformat()} for one in moves]


def _print(
    hopeless: str | None, counts: dict[str, int], lines: Sequence[Mapping[str, object]]
) -> None:
    if hopeless:
        typer.echo(f"cannot be used: {hopeless}", err=True)
        return
    typer.echo(_counted(counts))
    for line in lines:
        typer.echo(
            f"  record {line['line']}: {line['status']} {line['code'] or ''} {line['reason']}"
        )


def _counted(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {count}" for name, count in counts.items())
