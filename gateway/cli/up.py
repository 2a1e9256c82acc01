"""`magda-sim up`: run a space until told to stop."""

import gc
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.listening import cannot_start

if TYPE_CHECKING:
    from gateway.settings import Settings
    from gateway.simulation.host import Host

FAILED, INVALID, BROKEN = 1, 3, 4
_MEND = "end what holds the file, or make room on its disk, and start again"
_PORTS = "--http-port, --https-port, --sftp-port or --ftps-port"
_FILES = 4096
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
    ftps_port: Annotated[int | None, typer.Option(help="0 takes a free port.")] = None,
    seed: Annotated[int | None, typer.Option(help="Everything derives from it.")] = None,
    people: Annotated[int | None, typer.Option(help="How many beside those with a name.")] = None,
    clock: Annotated[str | None, typer.Option(help="An instant with offset, or `wall`.")] = None,
    faults: Annotated[
        str | None, typer.Option(help="A file of faults, or a ready profile.")
    ] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Also write the ready file here.")] = None,
) -> None:
    """Run a space in this process; print every address and credential when it answers."""
    from pydantic import ValidationError

    from gateway.domain.public_address import is_loopback
    from gateway.settings import DEMO_CLOCK, Settings

    given = {"demo": demo, "data": data, "host": host, "http_port": http_port, "https_port": https_port,
             "sftp_port": sftp_port, "ftps_port": ftps_port, "seed": seed, "people": people, "faults": faults, "clock": clock or (DEMO_CLOCK if demo else None)}  # fmt: skip
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as invalid:
        raise _invalid(str(invalid)) from None
    if demo and not is_loopback(settings.host):
        raise _invalid("--demo hands out long-lived tokens, so it binds to loopback only")
    is_asked = clock is not None or (not demo and "clock" in settings.model_fields_set)
    with _signals() as told:
        _run(
            settings, [ready_file] if ready_file else [], told, settings.clock if is_asked else None
        )


def _run(
    settings: "Settings", ready_files: list[Path], told: threading.Event, clock: str | None
) -> None:
    began = perf_counter()
    from gateway.adapters.operation import LineSink, machine_log
    from gateway.simulation import host  # noqa: F401  loaded here, so that it is timed
    from gateway.simulation.welcome import welcome

    loaded = perf_counter()
    _allow_sockets()
    sink = LineSink(settings.lines, settings.line_format)
    machine_log.install(sink)
    running = _host(settings, ready_files)
    built = perf_counter()
    try:
        typer.echo(welcome(_ready(running)))
        _say_if_passed_over(running, clock)
        typer.echo(_breakdown(began, loaded, built, perf_counter()))
        _spare_the_collector()
        while not told.wait(0.5):
            pass
    finally:
        running.stop()
        sink.close()


def _say_if_passed_over(running: "Host", clock: str | None) -> None:
    """A clock that was asked for and lies before where the space had come to."""
    from gateway.simulation.kept_clock import passed_over

    told = passed_over(clock, running.space.clock) if clock is not None else None
    if told is not None:
        typer.echo(told, err=True)


def _breakdown(began: float, loaded: float, built: float, ready: float) -> str:
    """Where the time until it answered went."""
    parts = {"loading": loaded - began, "the space": built - loaded, "the doors": ready - built}
    told = ", ".join(f"{name} {took:.2f} s" for name, took in parts.items())
    return f"ready in {ready - began:.2f} s: {told}"


def _host(settings: "Settings", ready_files: list[Path]) -> "Host":
    """The process's host, or the end of the command with what is in the way."""
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.adapters.protocol_files import ProtocolInvalid
    from gateway.contracts.faults import LogBroken, LogUnavailable
    from gateway.flows.throttle import LimitsInvalid
    from gateway.simulation.disturbance.files import FaultFileInvalid
    from gateway.simulation.ftps_door import FtpsMissing
    from gateway.simulation.host import Host
    from gateway.simulation.operation import TracesMissing
    from gateway.simulation.secret_file import SecretMissing
    from gateway.simulation.world_note import OtherWorld
    from providers.world.files import FileInvalid

    try:
        return Host(settings, ready_files)
    except (
        ProtocolInvalid,
        LimitsInvalid,
        FaultFileInvalid,
        FileInvalid,
        FtpsMissing,
        TracesMissing,
        OtherWorld,
    ) as invalid:
        raise _invalid(str(invalid)) from None
    except LogBroken as broken:
        raise _ended(str(broken), BROKEN) from None
    except SecretMissing as missing:
        raise _ended(str(missing), FAILED) from None
    except LogUnavailable:
        raise _ended(f"the log {settings.data}/log.db cannot be written; {_MEND}", FAILED) from None
    except SQLAlchemyError:
        file = settings.data / "space.db"
        raise _ended(f"the database {file} cannot be opened or written; {_MEND}", FAILED) from None
    except OSError as error:
        raise cannot_start(error, _PORTS) from None


def _ready(running: "Host") -> dict[str, Any]:
    """The content of the ready file, once every door is open."""
    try:
        return running.start()
    except OSError as error:
        raise cannot_start(error, _PORTS) from None


def _invalid(text: str) -> typer.Exit:
    return _ended(text, INVALID)


def _ended(text: str, status: int) -> typer.Exit:
    typer.echo(text, err=True)
    return typer.Exit(status)


def _spare_the_collector() -> None:
    """What was made at start-up stays: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, _ROUNDS, _ROUNDS)


def _allow_sockets() -> None:
    """Many systems let a process have a thousand open files unless it asks for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _signals() -> Iterator[threading.Event]:
    """Set by the first SIGINT or SIGTERM, from now on; a second one ends the process at once."""
    told = threading.Event()

    def tell(number: int, _: object) -> None:
        signal.signal(number, signal.SIG_DFL)
        told.set()

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
