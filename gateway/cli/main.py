"""The `magda-sim` command: nouns and verbs, exit status 0 done, 1 failed, 2 refused, 3 invalid, 4 broken."""

import gc
import signal
from typing import Annotated, NoReturn

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
from gateway.contracts.frame_room import with_room

_NOUNS = (
    (protocol, "The protocols: list, show, check, compare, explain, act."),
    (audit, "The log: verify."),
    (witness, "A witness that cosigns a log while it only grows: key, serve."),
    (evidence, "Proof for a judge: a bundle of entries, and one private word opened."),
    (clock, "The clock of a running space: show, set, advance, follow, freeze."),
    (space, "Further spaces of a running process: list, create, clone, show, reset, delete."),
    (record, "What comes to a space from outside, written down: start, show, stop."),
    (snapshot, "Snapshots of a space: save, list, restore, export, import, diff, delete."),
    (batch, "Uploads: make one, lint it offline, list them, what is owed, what became of one."),
    (scenario, "The library of scenarios: list, show, run, what they cover."),
    (drop, "Collected files: check that they are whole, offline."),
    (keys, "Test certificates, keys of clients, and tokens: list, issue, register, revoke, token."),
    (agency, "Small agencies at work: AHOVOKS, a payer, the contact centre, AVSB."),
    (erase, "What the log keeps of a person: erase it, or what is over."),
    (journal, "What happened in a space: list, count, near misses, and what never happened."),
    (faults, "What goes wrong on purpose: show, set, clear, example."),
    (world, "The people of a running space: look, add, change, export, import."),
)
_VERBS = (
    example.example, up.up, demo.demo, runs.diff, record.replay, conform.conform, run.run, decide.decide, rights.rights, whatif.whatif,
)  # fmt: skip
_NEW_OBJECTS = 1_000_000
_TOLD = 128
"""Exit statuses above it name a signal."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The Flemish data exchange on a laptop, with the law switched on.",
)
for _noun, _about in _NOUNS:
    app.add_typer(_noun.app, name=_noun.__name__.rpartition(".")[2], help=_about)
for _verb in _VERBS:
    app.command(_verb.__name__)(_verb)


@app.callback(invoke_without_command=True)
def root(
    *,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Print the version if asked."""
    if show_version:
        from importlib.metadata import version

        typer.echo(version("magda-sim"))
        raise typer.Exit


def main() -> None:
    """Entry point of the console script.

    Loading a command makes objects that stay: the garbage collector, which would walk them again and again,
    took a fifth of a start.
    """
    gc.set_threshold(_NEW_OBJECTS)
    signal.signal(signal.SIGTERM, _end)
    with_room(app)


def _end(number: int, _: object) -> NoReturn:
    """Told to end, a command takes away what it began, such as a space in memory, as it does on Ctrl-C."""
    raise SystemExit(_TOLD + number)
