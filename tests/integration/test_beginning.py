"""A space begins as a whole or not at all, wherever its process dies, and then waits for the disk as it should."""

import os
import pathlib
import random
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any, Literal

import pytest

from gateway.adapters.database.direct import OPTION
from gateway.bootstrap import CACHE
from gateway.simulation import beginning
from gateway.simulation.snapshots.opening import first_space
from gateway.simulation.space import Doors, Space
from tests.alone import State, options, spaces_on, state_of
from tests.elsewhere import begin, run

KILLS = 3
FULL, OFF = 2, 0


class Steps:
    """Counts what this thread has done to names in folders, and what of it at all; where told, the process dies."""

    def __init__(self, last: "Last | None") -> None:
        self.names, self.all, self._last = 0, 0, last

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        """One step: a call (of Python or of C) or a return."""
        self.all += 1
        code = frame.f_code
        if event == "call" and code.co_name in _NAMING and code.co_filename == pathlib.__file__:
            self.names += 1
        if self._last is not None and getattr(self, self._last[0]) == self._last[1]:
            os.kill(os.getpid(), signal.SIGKILL)


Last = tuple[Literal["names", "all"], int]
_NAMING = ("rename", "replace", "unlink", "touch")


def _reset(data: Path, last: Last | None) -> tuple[int, int]:
    """A reset in a process of its own; how many steps it took."""
    spaces, steps = spaces_on(data), Steps(last)
    sys.setprofile(steps)
    spaces.reset("demo", None, None)
    sys.setprofile(None)
    spaces.close()
    return steps.names, steps.all


def _killed_reset(pipe: Connection, data: Path, last: Last) -> None:
    _reset(data, last)


def _start(data: Path, last: Last | None) -> tuple[int, int]:
    """A start in a process of its own; how many steps it took."""
    steps = Steps(last)
    sys.setprofile(steps)
    space = first_space("demo", options(data), Doors())
    sys.setprofile(None)
    space.close()
    return steps.names, steps.all


def _killed_start(pipe: Connection, data: Path, last: Last) -> None:
    _start(data, last)


def kill(work: Callable[..., None], data: Path, last: Last) -> bool:
    """Whether it died of it: now and then one has a step less than another, and came to its end."""
    process, pipe = begin(work, data, last)
    process.join()
    was_killed = process.exitcode == -signal.SIGKILL
    assert was_killed or process.exitcode == 0
    process.close()
    pipe.close()
    return was_killed


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A space that has seen two days, with something that a tester put there."""
    data = tmp_path_factory.mktemp("lived") / "space"
    run(_live, data)
    return data


def _live(data: Path) -> None:
    space = first_space("demo", options(data), Doors())
    space.time.advance_by(days=2, seconds=None)
    person = space.people.find("12631400209")
    space.people.put([person])
    space.settle()
    space.close()
    (data / "keys" / "came-later.pem").write_text("a key that came later")


def fresh_state(folder: Path) -> State:
    return state_of(folder / "fresh")


@pytest.mark.timeout(240)
def test_a_reset_that_is_killed_leaves_the_old_space_or_a_fresh_one(
    lived: Path, tmp_path: Path
) -> None:
    fresh, dice = fresh_state(tmp_path), random.Random(65)
    shutil.copytree(lived, tmp_path / "old")
    old = state_of(tmp_path / "old")
    assert old["log"][0] > 10
    assert fresh["log"][0] == 0
    shutil.copytree(lived, tmp_path / "whole")
    names, steps = run(_reset, tmp_path / "whole", None)
    assert state_of(tmp_path / "whole") == fresh
    found, kills = [], 0
    ends: list[Last] = [("names", at) for at in range(1, names + 1, 6)]
    ends += [("all", at) for at in dice.sample(range(1, steps), KILLS)]
    for last in ends:
        data = tmp_path / "killed"
        shutil.copytree(lived, data)
        kills += kill(_killed_reset, data, last)
        state = state_of(data)
        assert state in (old, fresh), last
        found.append(state == fresh)
        shutil.rmtree(data)
    in_turn = found[: len(ends) - KILLS]
    assert in_turn == sorted(in_turn), "once it is decided it stays so"
    assert set(found) == {False, True}
    assert kills >= len(in_turn) - 2


@pytest.mark.timeout(240)
def test_a_first_start_that_is_killed_leaves_nothing_that_counts(
    lived: Path, tmp_path: Path
) -> None:
    fresh, dice = fresh_state(tmp_path), random.Random(66)
    marks = []
    shutil.copytree(lived / CACHE, tmp_path / "whole" / CACHE)
    names, steps = run(_start, tmp_path / "whole", None)
    ends: list[Last] = [("names", at) for at in range(2, names + 1, 9)]
    ends += [("all", at) for at in dice.sample(range(1, steps), KILLS)]
    for number, last in enumerate(ends):
        data = tmp_path / str(number)
        shutil.copytree(lived / CACHE, data / CACHE)
        kill(_killed_start, data, last)
        marks.append(beginning.has_begun(data))
        assert state_of(data) == fresh, last
    assert any(marks)


def test_what_lies_beside_a_space_outlives_a_beginning_that_was_killed(tmp_path: Path) -> None:
    data = tmp_path / "space"
    (data / "snapshots").mkdir(parents=True)
    (data / "snapshots" / "one.zip").write_bytes(b"kept")
    (data / beginning.NAME).touch()
    (data / "space.db").write_bytes(b"half a dat")
    first_space("demo", options(data), Doors()).close()
    assert (data / "snapshots" / "one.zip").read_bytes() == b"kept"
    assert not beginning.has_begun(data)


class Watched:
    """What was asked to be on the disk, and whether the mark stood there at that moment."""

    def __init__(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._data = data
        self.asked: list[tuple[bool, set[str]]] = []
        monkeypatch.setattr(beginning, "sync_all", self.note)

    def note(self, paths: Sequence[Path]) -> list[int]:
        """One wait, that leaves nothing open."""
        names = {path.relative_to(self._data.parent).as_posix() for path in paths}
        self.asked.append((beginning.has_begun(self._data), names))
        return []


IN_TURN = [
    (True, {"space"}),
    (True, {"space/space.db", "space/space.db-wal", "space/log.db", "space/log.db-wal",
            "space/checkpoints.db", "space/checkpoints.db-wal", "space/keys", "space/keys/subject-index.key"}),
    (False, {"space"}),
]  # fmt: skip


def test_a_space_waits_for_the_disk_once_before_it_counts_and_then_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "space"
    watched = Watched(data, monkeypatch)
    spaces = spaces_on(data, "safe")
    assert watched.asked == IN_TURN
    assert paces(spaces.first) == {FULL}
    spaces.reset("demo", None, None)
    assert watched.asked == IN_TURN * 2
    assert paces(spaces.first) == {FULL}
    spaces.close()
    watched.asked.clear()
    again = first_space("demo", options(data, "safe"), Doors())
    assert (watched.asked, paces(again)) == ([], {FULL}), "it goes on, and begins nothing"
    again.close()


def test_a_fast_space_waits_for_nothing_and_has_the_mark_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "space"
    watched = Watched(data, monkeypatch)
    space = Space("demo", options(data), Doors())
    assert paces(space) == {OFF}
    assert not beginning.has_begun(data)
    space.close(is_kept=False)
    assert beginning.has_begun(data)
    assert not watched.asked


def paces(space: Space) -> set[int]:
    """How the databases of a space wait, the connection at hand and a further one."""
    gateway = space.gateway
    held: Any = [gateway.log.inner._chain.connection, gateway.evidence.published._connection]  # type: ignore[union-attr]  # no sequencer here
    held.append(gateway.engine.get_execution_options()[OPTION]._open())
    with gateway.engine.connect() as one, gateway.engine.connect() as other:
        held += [one.connection.driver_connection, other.connection.driver_connection]
        return {connection.execute("PRAGMA synchronous").fetchone()[0] for connection in held}
