"""`magda-sim up`: run a space until told to stop."""

import gc
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

INVALID = 3
_NEW_OBJECTS, _ROUNDS = 20_000, 20
"""When the garbage collector looks: a pass over 64 waiting requests makes a few thousand objects."""


def up(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Frozen clock, demo tokens.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder that holds the space.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to bind.")] = None,
    http_port: Annotated[int | None, typer.Option(help="0 takes a free port.")] = None,
    https_port: Annotated[int | None, typer.Option(help="0 takes a free port.")] = None,
    sftp_port: Annotated[int | None, typer.Option(help="0 takes a free port.")] = None,
    seed: Annotated[int | None, typer.Option(help="Everything derives from it.")] = None,
    clock: Annotated[str | None, typer.Option(help="An instant with offset, or `wall`.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Also write the ready file here.")] = None,
) -> None:
    """Run a space in this process; print every address and credential when it answers."""
    from gateway.adapters.protocol_files import ProtocolInvalid
    from gateway.flows.throttle import LimitsInvalid
    from gateway.settings import DEMO_CLOCK, Settings
    from gateway.simulation.host import Host
    from gateway.simulation.welcome import welcome

    given = {"demo": demo, "data": data, "host": host, "http_port": http_port, "https_port": https_port,
             "sftp_port": sftp_port, "seed": seed, "clock": clock or (DEMO_CLOCK if demo else None)}  # fmt: skip
    settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
    if demo and settings.host not in ("127.0.0.1", "::1", "localhost"):
        typer.echo("--demo hands out long-lived tokens, so it binds to loopback only", err=True)
        raise typer.Exit(INVALID)
    try:
        running = Host(settings, [ready_file] if ready_file else [])
    except (ProtocolInvalid, LimitsInvalid) as invalid:
        typer.echo(str(invalid), err=True)
        raise typer.Exit(INVALID) from None
    try:
        typer.echo(welcome(running.start()))
        _spare_the_collector()
        _wait_for_signal()
    finally:
        running.stop()


def _spare_the_collector() -> None:
    """What was made at start-up stays: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _ROUNDS, _ROUNDS)


def _wait_for_signal() -> None:
    """Sleep until SIGINT or SIGTERM."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    while not told.wait(0.5):
        pass
