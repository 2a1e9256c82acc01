"""`magda-sim witness`: a process of its own that remembers a log, and cosigns it as long as it only grows."""

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.listening import cannot_start

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.adapters.witness_records import WitnessRecords
    from gateway.domain.checkpoint import VerifierKey

app = typer.Typer(no_args_is_help=True)
FAILED, INVALID = 1, 3
GROWS, CONTRADICTS = "it only grew", "a fork, or a log that was begun anew"
TAKEN_BACK = "it says that a restored snapshot took it back"
_KEY, _MEMORY = "witness.key", "witness.db"
_KEY_SIZE = 32
Data = Annotated[Path, typer.Option(help="The witness's own folder.")]
Name = Annotated[str, typer.Option(help="The name in its signatures.")]
_FOLDER, _NAME = Path("var-witness"), "magda-sim.local/witness"


@app.callback()
def witness() -> None:
    """A witness of the log: keep it away from whoever runs the gateway."""


@app.command()
def key(*, data: Data = _FOLDER, name: Name = _NAME) -> None:
    """Print the witness's key, which is made the first time."""
    from gateway.adapters.signing import public_bytes
    from gateway.domain.checkpoint import COSIGNATURE, VerifierKey

    typer.echo(str(VerifierKey(name, public_bytes(_private_key(data)), COSIGNATURE)))


@app.command()
def serve(
    *,
    log: Annotated[
        list[str], typer.Option(help="A log's key (`log_key`), or a ready file. Several times.")
    ],
    data: Data = _FOLDER,
    name: Name = _NAME,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes a free port.")] = 8490,
) -> None:
    """Answer until told to stop; the first line says where, and what to tell the gateway."""
    import uvicorn

    from gateway.adapters.clock import WallClock
    from gateway.adapters.signing import public_bytes
    from gateway.adapters.witness import Witness
    from gateway.adapters.witness_records import WitnessRecords
    from gateway.domain.checkpoint import COSIGNATURE, VerifierKey
    from gateway.web.witness import witness_app

    private, logs = _private_key(data), dict[str, list[str]]()
    verifier = VerifierKey(name, public_bytes(private), COSIGNATURE)
    for one in log:
        logs.setdefault(_log_key(one).name, []).append(str(_log_key(one)))
    records = WitnessRecords(data / _MEMORY)
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        records.close()
        raise cannot_start(error, "--port") from None
    typer.echo(f"MAGDA_SIM_WITNESSES=http://{host}:{listener.getsockname()[1]}#{verifier}")
    application = witness_app(Witness(private, verifier, logs, records, WallClock()))
    config = uvicorn.Config(application, access_log=False, log_level="warning", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])
    records.close()


@app.command()
def show(
    *,
    data: Data = _FOLDER,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell of each log how far it was cosigned, and what stands against it; status 1 where anything does.

    A log that says of itself that a snapshot took it back is told apart from one that contradicts itself.
    """
    rows = _logs(data)
    if as_json:
        typer.echo(json.dumps(rows))
    for row in rows if not as_json else ():
        typer.echo(
            f"{row['log']}  {row['cosigned']} entries cosigned; {row['state']}{_way_on(row)}"
        )
    raise typer.Exit(FAILED if any(row["state"] != GROWS for row in rows) else 0)


@app.command()
def accept(
    log: Annotated[str, typer.Argument(help="The log's name, such as magda-sim.local/demo.")],
    *,
    data: Data = _FOLDER,
) -> None:
    """Believe a log that a restored snapshot took it back, and cosign what grows from there.

    What was cosigned before is kept.
    """
    from contextlib import closing

    row = next((one for one in _logs(data) if one["log"] == log), None)
    with closing(_records(data)) as records:
        if row is None or not records.accept(log):
            typer.echo(
                f"{log} does not say that it was taken back; there is nothing to accept", err=True
            )
            raise typer.Exit(FAILED)
    typer.echo(
        f"{log}: cosigned from {row['taken_back_to']} entries on, {row['cosigned']} are undone"
    )
    typer.echo(
        f"it signs with {row['key']}; serve with --log of that key if it is another than before"
    )


def _logs(data: Path) -> list[dict[str, Any]]:
    from contextlib import closing

    with closing(_records(data)) as records:
        return [_row(records, origin) for origin in records.logs()]


def _records(data: Path) -> "WitnessRecords":
    from gateway.adapters.witness_records import WitnessRecords

    if not (data / _MEMORY).exists():
        typer.echo(f"no witness has seen anything in {data}", err=True)
        raise typer.Exit(FAILED)
    return WitnessRecords(data / _MEMORY)


def _row(records: "WitnessRecords", origin: str) -> dict[str, Any]:
    from gateway.domain.checkpoint import read_checkpoint, read_note
    from gateway.domain.taken_back import read_taken_back

    size = read_checkpoint(read_note(records.note(origin) or "").body).size
    note, refused = records.taken_back(origin), records.refused(origin)
    told = read_taken_back(read_note(note).body) if note else None
    state = TAKEN_BACK if told else f"{CONTRADICTS}: {refused}" if refused else GROWS
    return {"log": origin, "cosigned": size, "state": state,
            "taken_back_to": told.now.size if told else None, "key": told.key if told else None}  # fmt: skip


def _way_on(row: dict[str, Any]) -> str:
    if row["taken_back_to"] is None:
        return ""
    return f" to {row['taken_back_to']}; nothing is cosigned until `magda-sim witness accept {row['log']}`"


def _private_key(data: Path) -> "Ed25519PrivateKey":
    from os import urandom

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from gateway.simulation.keyring import write_secret

    path = data / _KEY
    secret = path.read_bytes() if path.exists() else urandom(_KEY_SIZE)
    if len(secret) != _KEY_SIZE:
        raise _invalid(f"{path} is no key")
    write_secret(path, secret)
    return Ed25519PrivateKey.from_private_bytes(secret)


def _log_key(text: str) -> "VerifierKey":
    from gateway.domain.checkpoint import VerifierKey

    try:
        told = (
            json.loads(Path(text).read_text("utf-8"))["log_key"] if Path(text).is_file() else text
        )
        return VerifierKey.parse(told)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _invalid(f"{text}: this is no key of a log, nor a ready file: {error}") from None


def _invalid(text: str) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(INVALID)
