"""The spaces of a process without any door, and what counts of one after a start on its folder."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

from gateway.adapters.taken_back_notes import FILE as TAKEN_BACK
from gateway.contracts.drop import DropAccount
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.beside import BESIDE
from gateway.simulation.snapshots.opening import first_space
from gateway.simulation.space import Doors, Space
from gateway.simulation.spaces import Spaces
from gateway.web.dispatcher import nowhere

State = dict[str, Any]
_BESIDE = BESIDE | {f".{TAKEN_BACK}"}
"""With what a process leaves that is killed as it writes a note; the next one writes over it."""


def options(data: Path, disk: Literal["safe", "fast"] = "fast", **more: Any) -> Settings:
    return Settings(data=data, clock=DEMO_CLOCK, demo=True, provider_transport="process", lines="off", disk=disk, **more)  # fmt: skip


class Nobody:
    """Implements `gateway.simulation.spaces.Listeners` where nobody listens."""

    def trust(self, space: Space) -> None:
        """There is no door."""

    def end_sessions(self, is_meant: Callable[[DropAccount], bool]) -> None:
        """There are none."""


def spaces_on(data: Path, disk: Literal["safe", "fast"] = "fast", **more: Any) -> Spaces:
    doors = Doors()
    return Spaces(first_space("demo", options(data, disk, **more), doors), doors, nowhere, Nobody())


def state_of(data: Path) -> State:
    """What counts of a space after a start on its folder."""
    space = first_space("demo", options(data), Doors())
    space.settle()
    now, head = space.clock.now(), space.gateway.log.reader.head()
    signers = space.gateway.evidence.published.signers()
    assert list(signers) == [space.gateway.notary.verifier]
    space.close()
    drop = data / "drop"
    return {
        "now": now,
        "world": (space.settings.seed, space.settings.people),
        "key": space.gateway.notary.verifier,
        "log": (head.size, head.root),
        "rows": _rows(data / "space.db"),
        "files": sorted(str(path.relative_to(drop)) for path in drop.rglob("*")),
        "keys": {path.name for path in (data / "keys").iterdir()} - set(Space.first_keys()),
        "beside": {path.name for path in data.iterdir() if path.stem != "journal"} - _BESIDE,
    }


def _rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}
