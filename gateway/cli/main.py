"""The `magda-sim` command: nouns and verbs, exit status 0 done, 1 failed, 2 refused, 3 invalid, 4 broken."""

from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import (
    agency,
    audit,
    batch,
    clock,
    conform,
    decide,
    demo,
    drop,
    erase,
    evidence,
    example,
    faults,
    journal,
    keys,
    protocol,
    record,
    rights,
    run,
    runs,
    scenario,
    snapshot,
    space,
    up,
    whatif,
    witness,
    world,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The Flemish data exchange on a laptop, with the law switched on.",
)
app.add_typer(
    protocol.app, name="protocol", help="The protocols: list, show, check, compare, explain, act."
)
app.add_typer(audit.app, name="audit", help="The log: verify.")
app.add_typer(
    witness.app,
    name="witness",
    help="A witness that cosigns a log while it only grows: key, serve.",
)
app.add_typer(
    evidence.app,
    name="evidence",
    help="Proof for a judge: a bundle of entries, and one private word opened.",
)
app.add_typer(
    clock.app,
    name="clock",
    help="The clock of a running space: show, set, advance, follow, freeze.",
)
app.add_typer(
    space.app,
    name="space",
    help="Further spaces of a running process: list, create, clone, show, reset, delete.",
)
app.add_typer(
    record.app,
    name="record",
    help="What comes to a space from outside, written down: start, show, stop.",
)
app.add_typer(
    snapshot.app,
    name="snapshot",
    help="Snapshots of a space: save, list, restore, export, import, diff, delete.",
)
app.add_typer(
    batch.app,
    name="batch",
    help="Uploads: make one, lint it offline, list them, what is owed, what became of one.",
)
app.add_typer(
    scenario.app,
    name="scenario",
    help="The library of scenarios: list, show, run, what they cover.",
)
app.add_typer(drop.app, name="drop", help="Collected files: check that they are whole, offline.")
app.add_typer(
    keys.app,
    name="keys",
    help="Test certificates, keys of clients, and tokens: list, issue, register, revoke, token.",
)
app.add_typer(
    agency.app,
    name="agency",
    help="Small agencies at work: AHOVOKS, a payer, the contact centre, AVSB.",
)
app.add_typer(
    erase.app, name="erase", help="What the log keeps of a person: erase it, or what is over."
)
app.add_typer(
    journal.app,
    name="journal",
    help="What happened in a space: list, count, near misses, and what never happened.",
)
app.add_typer(
    faults.app, name="faults", help="What goes wrong on purpose: show, set, clear, example."
)
app.add_typer(
    world.app,
    name="world",
    help="The people of a running space: look, add, change, export, import.",
)
app.command("example")(example.example)
app.command("up")(up.up)
app.command("demo")(demo.demo)
app.command("diff")(runs.diff)
app.command("replay")(record.replay)
app.command("conform")(conform.conform)
app.command("run")(run.run)
app.command("decide")(decide.decide)
app.command("rights")(rights.rights)
app.command("whatif")(whatif.whatif)


@app.callback(invoke_without_command=True)
def root(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version if asked."""
    if show_version:
        typer.echo(version("magda-sim"))
        raise typer.Exit


def main() -> None:
    """Entry point of the console script."""
    app()
