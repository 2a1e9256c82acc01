"""`magda-sim record` and `magda-sim replay`: what comes from outside, written down and played again."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import FAILED, INVALID, control, folder_of
from gateway.cli.runs import tell_compared

app = typer.Typer(no_args_is_help=True)
Data = Annotated[Path, typer.Option(help="Data folder of the running process.")]
In = Annotated[str | None, typer.Option("--space", help="A further space of it, such as t1.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_PATH = "/recording"


@app.command()
def start(
    name: Annotated[str, typer.Argument(help="What the recording is called.")],
    *,
    data: Data = Path("var"),
    space: In = None,
    as_json: AsJson = False,
) -> None:
    """Write down all that comes to the space from outside; the clock must be frozen."""
    told = control(folder_of(data, space), "POST", _PATH, {"name": name})
    typer.echo(json.dumps(told) if as_json else f"recording to {told['file']}")


@app.command()
def stop(*, data: Data = Path("var"), space: In = None, as_json: AsJson = False) -> None:
    """End the recording."""
    _tell(control(folder_of(data, space), "DELETE", _PATH), as_json=as_json)


@app.command()
def show(*, data: Data = Path("var"), space: In = None, as_json: AsJson = False) -> None:
    """Whether the space is recorded, and how many events there are."""
    _tell(control(folder_of(data, space), "GET", _PATH), as_json=as_json)


def replay(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The recording.")],
    *,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Compare from this day of the space on."),
    ] = None,
    until_first_difference: Annotated[
        bool, typer.Option("--until-first-difference", help="Stop there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Play a recording in a space of its own that begins alike; status 1 at a difference."""
    from gateway.simulation.recording.replay import replay as play
    from gateway.simulation.recording.timeline import TimelineInvalid

    try:
        day = since.date() if since is not None else None
        found = play(file, since=day, stops=until_first_difference)
    except (TimelineInvalid, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(INVALID) from None
    if as_json:
        typer.echo(json.dumps(found | {"heads": {}}, ensure_ascii=False))
    else:
        _tell_played(found)
    raise typer.Exit(0 if found["equal"] else FAILED)


def _tell(told: dict[str, Any], *, as_json: bool) -> None:
    """How far a recording is; status 1 where it broke off."""
    words = f"{told['events']} events in {told['file']}" if told["file"] else "nothing is recorded"
    broken = "; it broke off there: something could not be written down" * ("broken" in told)
    typer.echo(json.dumps(told) if as_json else words + broken)
    raise typer.Exit(FAILED if broken else 0)


def _tell_played(found: dict[str, Any]) -> None:
    """What differs, and what was left out: with that it is not equal, however much is the same."""
    left_out = found["not_played"]
    if found["first"] is not None or not left_out:
        tell_compared(found | {"heads": {}}, as_json=False)
    for one in left_out:
        typer.echo(f"event {one['n']} was not played: {one['what']}: {one['why']}")
    if left_out and found["first"] is None:
        typer.echo(
            f"not equal: {found['same']} events are the same, {len(left_out)} were not played"
        )
