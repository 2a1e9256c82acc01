"""A whole recording against a space of the same beginning: equal, or the first different event."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

from gateway.domain.legal_day import in_brussels
from gateway.settings import Settings
from gateway.simulation.in_process.exchange import Exchange
from gateway.simulation.recording.player import Player
from gateway.simulation.recording.shown import NotPlayed
from gateway.simulation.recording.timeline import (
    Comparison,
    Difference,
    Line,
    TimelineInvalid,
    read_lines,
)
from gateway.simulation.snapshots.form import SnapshotInvalid
from gateway.simulation.snapshots.opening import lay_out, open_restored, placing_in
from gateway.simulation.snapshots.reading import read_manifest
from gateway.simulation.space import Doors, Space

Told = dict[str, Any]


def replay(path: Path, *, since: date | None = None, stops: bool = False) -> Told:
    """Play a recording; what came before `since` happens all the same and is not compared.

    Raises:
        TimelineInvalid: it is no recording, or what it begins on is not beside it.
        OSError: it cannot be read.
    """
    lines = read_lines(path)
    head = next(lines, {})
    if head.get("kind") != "recording":
        raise TimelineInvalid(f"{path.name}:1: this is no recording of `magda-sim record`")
    with _player(head, path) as player:
        return _compared(lines, player, since, stops=stops)


def _compared(lines: Iterator[Line], player: Player, since: date | None, *, stops: bool) -> Told:
    comparison, different = Comparison(), 0
    left_out: list[Told] = []
    first: Difference | None = None
    for number, event in zip(count(1), lines):
        try:
            played = player.play(event)
            is_before = since is not None and _day(event) < since
        except NotPlayed as why:
            left_out.append({"n": number, "what": _what(event), "why": str(why)})
            continue
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise TimelineInvalid(f"event {number} cannot be played") from error
        found = None if is_before else comparison.take(event, played)
        if found is not None:
            different += 1
            first = first or _numbered(found, number)
            if stops:
                break
    told = first.told() if first is not None else None
    return {"equal": first is None and not left_out, "same": comparison.same,
            "different": different, "not_played": left_out, "first": told}  # fmt: skip


def _what(event: Line) -> str:
    """An event in a few words."""
    if event["kind"] == "http":
        return f"{event['method']} {event['path']}"
    return f"{event.get('do')} {event.get('path') or event.get('file') or ''}".rstrip()


def _numbered(found: Difference, number: int) -> Difference:
    return Difference(number, found.members, found.before, found.a, found.b)


def _day(event: Line) -> date:
    return in_brussels(datetime.fromisoformat(event["at"])).date()


@contextmanager
def _player(head: Line, path: Path) -> Iterator[Player]:
    """A player on a space that begins as the recorded one did."""
    with tempfile.TemporaryDirectory(prefix="magda-sim-") as folder:
        data = Path(folder) / "space"
        data.mkdir(mode=0o700)
        try:
            settings = _settings(head, data)
            exchange = Exchange(head["space"], settings, lambda doors: _space(head, path, settings, doors))  # fmt: skip
        except (LookupError, TypeError, ValueError) as error:
            raise TimelineInvalid(f"{path.name}:1: {_why(error)}") from error
        with closing(Player(exchange)) as player:
            yield player


def _settings(head: Line, data: Path) -> Settings:
    return Settings(
        data=data, seed=head["seed"], people=head["people"], clock=head["clock"], demo=True,
        disk="fast", lines="off", provider_transport="process", host="127.0.0.1",
    )  # fmt: skip


def _space(head: Line, path: Path, settings: Settings, doors: Doors) -> Space:
    """A fresh one, or what the snapshot beside the recording holds."""
    if head.get("on") is None:
        return Space(head["space"], settings, doors)
    beside, placing = path.with_suffix(".zip"), placing_in(settings.data)
    if not beside.is_file() or read_manifest(beside).state != head["on"]:
        raise SnapshotInvalid(f"{beside.name}, the snapshot that it begins on, is not beside it")
    lay_out(beside, placing, settings)
    placing.begin()
    space = open_restored(settings, settings.data, doors)
    placing.done()
    return space


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, SnapshotInvalid) else "its first line does not hold"
