"""`magda-sim audit`: check the log of a space, also while it runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.domain.checkpoint import Checkpoint
    from gateway.domain.log_check import Verification
    from gateway.domain.published import Published

app = typer.Typer(no_args_is_help=True)
BROKEN, FAILED, INVALID = 4, 1, 3


@app.callback()
def audit() -> None:
    """The log."""


@app.command()
def verify(
    *,
    data: Annotated[Path, typer.Option(help="Data folder of the space.")] = Path("var"),
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint that somebody kept: the log must begin with it."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The log's key as you know it (`log_key`).")
    ] = None,
    witness: Annotated[
        str | None, typer.Option(help="A witness's key: what you give must be cosigned by it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Recompute hashes, commitments and tiles, and compare with every published checkpoint.

    Exit status 4 when something does not fit, 3 when what you gave cannot be read or is not signed.
    """
    path = data / "log.db"
    if not path.exists():
        typer.echo(f"there is no log in {data}", err=True)
        raise typer.Exit(FAILED)
    kept, signers = _published(data)
    keys = [key] if key else signers
    given = [_given(one, keys, witness) for one in checkpoint or ()]
    verdict = _verdict(path, kept, keys, given, quiet=as_json)
    _tell(verdict, len(kept) + len(given), as_json=as_json)
    if not verdict.ok and not as_json:
        _tell_taken_back(data, keys, given)
    raise typer.Exit(0 if verdict.ok else BROKEN)


def _published(data: Path) -> tuple[Sequence["Published"], Sequence[str]]:
    """What was given away of the log, and the keys that signed it."""
    from gateway.adapters.checkpoint_records import FILE, CheckpointRecords

    if not (data / FILE).exists():
        return (), ()
    records = CheckpointRecords(data / FILE, read_only=True)
    found = records.all(), records.signers()
    records.close()
    return found


def _given(path: Path, keys: Sequence[str], witness: str | None) -> "Checkpoint":
    """A checkpoint from a file, signed as it must be."""
    from gateway.adapters.signing import cosigned_at, signed_by_any

    try:
        text = path.read_text("utf-8")
        if witness is not None:
            cosigned_at(text, witness)
        return signed_by_any(text, keys)
    except (OSError, ValueError) as error:
        typer.echo(f"{path}: {error}", err=True)
        raise typer.Exit(INVALID) from None


def _verdict(
    path: Path,
    kept: Sequence["Published"],
    keys: Sequence[str],
    given: Sequence["Checkpoint"],
    *,
    quiet: bool,
) -> "Verification":
    """What was published is read before the log: it may grow meanwhile."""
    from rich.progress import Progress

    from gateway.adapters.log import LogReader
    from gateway.adapters.signing import signed_by_any
    from gateway.domain.log_check import Verification
    from gateway.flows.audit_check import check_log

    reader, known = LogReader(path), list(given)
    head = reader.head()
    try:
        for one in kept:
            try:
                known.append(signed_by_any(one.note, keys))
            except ValueError as error:
                detail = f"the published checkpoint of {one.size} entries: {error}"
                return Verification(
                    ok=False,
                    size=head.size,
                    root=head.root.hex(),
                    broken_at=one.size,
                    detail=detail,
                )
        with Progress(disable=quiet, transient=True) as progress:
            task = progress.add_task("verifying", total=head.size)
            return check_log(reader, lambda at: progress.update(task, completed=at), known)
    finally:
        reader.close()


def _tell(verdict: "Verification", checkpoints: int, *, as_json: bool) -> None:
    if as_json:
        told = {"ok": verdict.ok, "size": verdict.size, "root": verdict.root,
                "broken_at": verdict.broken_at}  # fmt: skip
        typer.echo(json.dumps(told))
    elif verdict.ok:
        typer.echo(
            f"the log holds: {verdict.size} entries, root {verdict.root}, {checkpoints} checkpoints"
        )
    else:
        typer.echo(f"the log is broken at entry {verdict.broken_at}: {verdict.detail}", err=True)


def _tell_taken_back(data: Path, keys: Sequence[str], given: Sequence["Checkpoint"]) -> None:
    """Of what somebody kept: whether the log says itself that a restored snapshot undid it."""
    from gateway.adapters.signing import signed_by_any
    from gateway.adapters.taken_back_notes import TakenBackNotes
    from gateway.domain.checkpoint import read_note
    from gateway.domain.taken_back import read_taken_back

    for note in TakenBackNotes(data).all():
        told = read_taken_back(read_note(note).body)
        signed_by_any(note, keys)
        if any(told.undoes(one) for one in given):
            typer.echo(f"it says itself that a restored snapshot took it back from {told.most} to"
                       f" {told.now.size} entries, and undid what you kept: that is no fork", err=True)  # fmt: skip
