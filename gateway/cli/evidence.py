"""`magda-sim evidence`: a bundle for a judge, and one private word opened without the others."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from gateway.cli.running import INVALID, control
from gateway.contracts.faults import RefusedFault

if TYPE_CHECKING:
    from gateway.domain.evidence import Wanted

app = typer.Typer()
FAILED, REFUSED = 1, 2
Data = Annotated[Path, typer.Option(help="Data folder of the space.")]


@app.callback(invoke_without_command=True)
def evidence(
    context: typer.Context,
    *,
    protocol: Annotated[str | None, typer.Option(help="Of this protocol, such as 003.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="Day or instant, included.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Day or instant, not included.")] = None,
    out: Annotated[Path | None, typer.Option(help="The zip file to write.")] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Every entry of the period: none can be left out.")
    ] = False,
    old: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help="A checkpoint that was kept: show that the log grew."
        ),
    ] = None,
    data: Data = Path("var"),
    seed: Annotated[int | None, typer.Option(help="The seed of the space.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write what the log holds about a protocol, with its proofs; also while the space runs."""
    if context.invoked_subcommand is not None:
        return
    if protocol is None or first is None or last is None or out is None:
        _fail("give --protocol, --from, --to and --out; or the command `open`", INVALID)
    from gateway.domain.evidence import Wanted

    begin, end = _instant(first), _instant(last)
    if begin >= end:
        _fail("--to comes after --from", INVALID)
    kept = tuple(path.read_text("utf-8") for path in old or ())
    content, signer = _bundle(data, seed, Wanted(protocol, begin, end, whole, kept))
    if signer != _ready(data).get("log_key", signer):
        _fail("the space that runs here signs with another key: give its --seed", INVALID)
    out.write_bytes(content)
    if as_json:
        typer.echo(json.dumps({"bundle": str(out), "bytes": len(content), "signed_by": signer}))
    else:
        typer.echo(f"{out}: {len(content)} bytes, signed by {signer}")
        typer.echo(f"check it: python log_verifier.py --key KEY bundle {out}")


@app.command("open")
def open_one(
    decision: Annotated[str, typer.Argument(help="The entry, such as D-18.")],
    *,
    field: Annotated[
        str | None, typer.Option(help="actor, answer, case, day, insz or reference.")
    ] = None,
    insz: Annotated[
        str | None, typer.Option(help="A number, to show that a file holds it.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    data: Data = Path("var"),
) -> None:
    """Open one private word of an entry for whoever may see it; a running space enters that first."""
    if (field is None) == (insz is None):
        _fail("give exactly one of --field and --insz", INVALID)
    body = {"decision": decision, "field": field, "insz": insz}
    opened = control(data, "POST", "/evidence/openings", body)
    text = json.dumps(opened, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
    typer.echo(f"{out}: {field or 'one number'} of {decision}, and nothing else of it")
    typer.echo(f"check it: python log_verifier.py --key KEY opening {out}")


def _bundle(data: Path, seed: int | None, wanted: "Wanted") -> tuple[bytes, str]:
    """The bundle, and the key that signed it."""
    from gateway.settings import Settings
    from gateway.simulation.evidence_at_rest import evidence_at_rest
    from gateway.simulation.host import DEFAULT_SPACE

    ready = _ready(data)
    told = ready.get("seed") if seed is None else seed
    settings = Settings() if told is None else Settings(seed=told)
    try:
        with evidence_at_rest(data, settings, ready.get("space", DEFAULT_SPACE)) as made:
            return made.bundle(wanted), made.seal.verifier
    except RefusedFault as refused:
        ground = refused.refusal.grounds[0]
        _fail(f"{ground.detail}; {ground.remedy}", REFUSED)
    except (OSError, OverflowError) as error:
        _fail(str(error), FAILED)


def _ready(data: Path) -> dict[str, Any]:
    """What the space that runs on the folder says of itself; nothing if none does."""
    from gateway.simulation.ready_file import read_ready_file

    try:
        return read_ready_file(data)
    except FileNotFoundError:
        return {}


def _instant(text: str) -> datetime:
    """A day begins at midnight in Belgium; an instant without an offset is told there too."""
    from gateway.domain.legal_day import BRUSSELS

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _fail(f"{text} is no day or instant, such as 2025-07-01", INVALID)
    return at if at.tzinfo else at.replace(tzinfo=BRUSSELS)


def _fail(why: str, status: int) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(status)
