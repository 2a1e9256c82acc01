"""One step of a restore, a save or an import fails, or the process dies at it: the old space is there, or the new one."""

import errno
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.log import LogReader
from gateway.bootstrap.log import LOG
from gateway.contracts.faults import RefusedFault
from gateway.flows.audit_check import check_log
from gateway.simulation.snapshots.checking import _fresh, revision_of_here
from gateway.simulation.snapshots.desk import SnapshotDesk
from tests.alone import State, spaces_on, state_of
from tests.elsewhere import begin, run

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
NAMING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.chmod", "os.truncate"}
AT_ALL = 1 << 30
Deed = Callable[[SnapshotDesk], Any]
pytestmark = pytest.mark.timeout(300)


class Steps:
    """Counts what one thread does to files from `armed` on; at the step `last` it fails once, or the process dies."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._last, self._deadly, self._thread = AT_ALL, False, 0
        self._fsync = os.fsync
        warm()
        sys.addaudithook(self._hear)
        os.fsync = self._synced  # type: ignore[assignment]  # it alone is told to no hook

    @contextmanager
    def armed(self, last: int, *, deadly: bool = False) -> Iterator[None]:
        self.told, self._last, self._deadly = [], last, deadly
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._thread = 0

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self._thread != threading.get_ident():
            return
        if event in NAMING or (event == "open" and args[2] & WRITING) or event == "sqlite3.connect":
            self._step(f"{event} {args[0]}")

    def _synced(self, handle: int) -> None:
        if self._thread == threading.get_ident():
            self._step("fsync")
        self._fsync(handle)

    def _step(self, what: str) -> None:
        self.told.append(what)
        if len(self.told) == self._last and self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        if len(self.told) == self._last:
            raise OSError(errno.EIO, "the disk gave up", what)


def restore(desk: SnapshotDesk) -> None:
    desk.restore(desk._spaces.first, "then")


def reset(desk: SnapshotDesk) -> None:
    desk._spaces.reset("demo", None, None)


def save(desk: SnapshotDesk) -> None:
    desk.save(desk._spaces.first, "now")


def bring_in(desk: SnapshotDesk) -> None:
    first = desk._spaces.first
    desk.imported(first, "again", first.data / "snapshots" / "then.zip")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A space of two days, with a snapshot of one day of a space of other keys and people."""
    data = tmp_path_factory.mktemp("lived") / "space"
    run(_live, data)
    return data


def _live(data: Path) -> None:
    there = spaces_on(data.with_name("there"), seed=7, people=5)
    there.first.time.advance_by(days=1, seconds=None)
    SnapshotDesk(there).save(there.first, "then")
    spaces = spaces_on(data)
    spaces.first.time.advance_by(days=2, seconds=None)
    file = there.first.data / "snapshots" / "then.zip"
    SnapshotDesk(spaces).imported(spaces.first, "then", file)
    there.close()
    spaces.close()


def warm() -> None:
    """What a process looks up once only is no step of what it does later."""
    revision_of_here()
    _fresh()


@pytest.fixture(scope="module")
def ends(lived: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[State, State]:
    """What it holds before and after a restore in which nothing goes wrong."""
    old, new = (tmp_path_factory.mktemp("ends") / name for name in ("old", "new"))
    for data in (old, new):
        shutil.copytree(lived, data)
    run(_done, new, restore)
    states = state_of(old), state_of(new)
    assert [state["world"] for state in states] == [(1, 0), (7, 5)]
    return states


def _done(data: Path, deed: Deed) -> None:
    spaces = spaces_on(data)
    deed(SnapshotDesk(spaces))
    spaces.close()


def _steps(lived: Path, data: Path, deed: Deed) -> list[str]:
    """Every step of a deed."""
    shutil.copytree(lived, data)
    spaces, steps = spaces_on(data), Steps()
    desk = SnapshotDesk(spaces)
    with steps.armed(AT_ALL):
        deed(desk)
    spaces.close()
    shutil.rmtree(data)
    return steps.told


def _faulted(lived: Path, data: Path, deed: Deed, lasts: Sequence[int]) -> list[tuple[Any, ...]]:
    """For each: whether it was told to have failed, how the running space stands, and what a start finds."""
    steps, found = Steps(), []
    for last in lasts:
        shutil.copytree(lived, data)
        spaces = spaces_on(data)
        desk, has_failed = SnapshotDesk(spaces), False
        with steps.armed(last):
            try:
                deed(desk)
            except OSError:
                has_failed = True
        spaces.first.settle()
        head = spaces.first.gateway.log.reader.head()
        names = [row["name"] for row in desk.listed(spaces.first)]
        spaces.close()
        found.append(
            (last, has_failed, (head.size, head.root), names, state_of(data), _holds(data))
        )
        shutil.rmtree(data)
    return found


def _holds(data: Path) -> bool:
    with closing(LogReader(data / LOG)) as reader:
        return check_log(reader).ok


def _killed(pipe: Connection, data: Path, deed: Deed, last: int) -> None:
    spaces, steps = spaces_on(data), Steps()
    desk = SnapshotDesk(spaces)
    with steps.armed(last, deadly=True):
        deed(desk)


def killed(data: Path, deed: Deed, last: int) -> bool:
    """Whether it died of it, and did not come to its end a step earlier."""
    process, pipe = begin(_killed, data, deed, last)
    process.join()
    was_killed = process.exitcode == -signal.SIGKILL
    assert was_killed or process.exitcode == 0
    process.close()
    pipe.close()
    return was_killed


def decisive(told: Sequence[str], data: Path) -> list[int]:
    """The steps from what the log says of itself on until it is decided, but for what each opening does alike."""
    own = [f"{data}/{name}" for name in ("drop/", "keys/", "cache/")]
    first = next(n for n, what in enumerate(told, 1) if ".taken-back" in what)
    last = max(n for n, what in enumerate(told, 1) if "/.restore/step" in what)
    assert told[last - 1].startswith("os.remove"), "it is decided by the last of them"
    return [
        n
        for n in range(first, last + 1)
        if not any(one in told[n - 1] for one in own) and "mkdir" not in told[n - 1]
    ]


def assert_old_or_new(found: Sequence[tuple[Any, ...]], ends: tuple[State, State]) -> None:
    """As a whole, running and after a start, and it says truly which of them."""
    for last, has_failed, head, names, state, holds in found:
        which = ends[0] if has_failed else ends[1]
        assert (head, names, state, holds) == (which["log"], ["then"], which, True), last


def assert_one_fault_leaves_old_or_new(
    lived: Path, ends: tuple[State, State], data: Path, every: int
) -> None:
    told = run(_steps, lived, data, restore)
    lasts = decisive(told, data)
    assert {"os.rename", "fsync", "open", "os.remove"} <= {told[n - 1].split()[0] for n in lasts}
    picked = sorted({*lasts[::every], lasts[-1], 3, len(told) - 3})
    found = []
    for at in range(0, len(picked), 4):  # each some seconds in a process of its own
        found += run(_faulted, lived, data, restore, picked[at : at + 4])
    assert [has_failed for _, has_failed, *_ in found[-2:]] == [True, False]
    assert_old_or_new(found, ends)


def test_a_restore_in_which_one_step_fails_leaves_the_old_space_or_the_new_one(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    assert_one_fault_leaves_old_or_new(lived, ends, tmp_path / "space", every=8)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_restore_in_which_any_step_fails_leaves_the_old_space_or_the_new_one(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    assert_one_fault_leaves_old_or_new(lived, ends, tmp_path / "space", every=1)


def assert_a_kill_leaves_old_or_new(
    lived: Path, ends: tuple[State, State], data: Path, every: int
) -> None:
    lasts = decisive(run(_steps, lived, data, restore), data)
    seen, kills = [], 0
    for last in (picked := sorted({*lasts[::every], lasts[-1]})):
        shutil.copytree(lived, data)
        kills += killed(data, restore, last)
        state = state_of(data)
        assert state in ends, last
        assert _holds(data), last
        seen.append(state == ends[1])
        shutil.rmtree(data)
    assert seen == sorted(seen), "once it is decided it stays so"
    assert set(seen) == {False, True}
    assert kills >= len(picked) - 1


def test_a_restore_that_is_killed_leaves_the_old_space_or_the_new_one(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    assert_a_kill_leaves_old_or_new(lived, ends, tmp_path / "space", every=12)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_restore_that_is_killed_anywhere_leaves_the_old_space_or_the_new_one(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    assert_a_kill_leaves_old_or_new(lived, ends, tmp_path / "space", every=1)


@pytest.mark.parametrize("deed", [save, bring_in])
def test_a_save_or_import_in_which_a_step_fails_leaves_no_part_of_a_snapshot(
    lived: Path, ends: tuple[State, State], tmp_path: Path, deed: Deed
) -> None:
    data = tmp_path / "space"
    told = run(_steps, lived, data, deed)
    shown = max(n for n, what in enumerate(told, 1) if what.startswith("os.rename"))
    found = run(_faulted_on_the_shelf, lived, data, deed, [1, shown // 2, *range(shown - 1, len(told) + 2)])  # fmt: skip
    for last, has_failed, head, names, rests in found:
        assert head == ends[0]["log"]
        assert (names == ["then"]) == (has_failed and last <= shown), told[last - 1]
        assert rests == [], told[last - 1]
    assert {has_failed for _, has_failed, *_ in found} == {True, False}


def _faulted_on_the_shelf(
    lived: Path, data: Path, deed: Deed, lasts: Sequence[int]
) -> list[tuple[Any, ...]]:
    """For each: how the space stands, what can be used, and what else lies on the shelf."""
    shutil.copytree(lived, data)
    spaces, steps, found = spaces_on(data), Steps(), []
    desk = SnapshotDesk(spaces)
    for last in lasts:
        has_failed = True
        with steps.armed(last), suppress(OSError, RefusedFault):
            deed(desk)
            has_failed = False
        head = spaces.first.gateway.log.reader.head()
        names = [row["name"] for row in desk.listed(spaces.first)]
        rests = [path.name for path in (data / "snapshots").glob(".*") if path.is_file()]
        found.append((last, has_failed, (head.size, head.root), names, rests))
        for name in set(names) - {"then"}:
            desk.delete(spaces.first, name)
    spaces.close()
    return found


def test_what_could_not_be_undone_is_undone_before_the_next_restore(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    """The disk fails for a while: neither another restore nor a start finds half of a space."""
    data = tmp_path / "space"
    shutil.copytree(lived, data)
    head = run(_failing_for_a_while, data, restore)
    assert head == ends[1]["log"]
    assert state_of(data) == ends[1]
    assert state_of(data.with_name("then")) in ends


def test_a_reset_after_what_could_not_be_undone_stays_a_reset(lived: Path, tmp_path: Path) -> None:
    """No start takes back what was to be undone, once all of it was cleared away."""
    data = tmp_path / "space"
    shutil.copytree(lived, data)
    head = run(_failing_for_a_while, data, reset)
    assert head[0] == 0
    state = state_of(data)
    assert (state["log"], state["world"]) == (head, (1, 0))


def _failing_for_a_while(data: Path, then: Deed) -> tuple[int, bytes]:
    spaces, rename, count = spaces_on(data), os.rename, 0
    desk = SnapshotDesk(spaces)

    def failing(*args: Any) -> None:
        nonlocal count
        count += 1
        if count > 5:
            raise OSError(errno.EIO, "the disk gave up")
        rename(*args)

    os.rename = failing  # type: ignore[assignment]
    with pytest.raises(OSError, match="gave up"):
        restore(desk)
    shutil.copytree(data, data.with_name("then"))
    os.rename = rename
    then(desk)
    head = spaces.first.gateway.log.reader.head()
    spaces.close()
    return head.size, head.root


def test_a_file_in_the_way_of_what_the_log_says_of_itself_destroys_nothing(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    """Nothing was begun when it failed, so nothing is undone."""
    data = tmp_path / "space"
    shutil.copytree(lived, data)
    (data / ".taken-back.ndjson").mkdir()
    run(_refused, data)
    (data / ".taken-back.ndjson").rmdir()
    assert state_of(data) == ends[0]


def _refused(data: Path) -> None:
    spaces = spaces_on(data)
    with pytest.raises(IsADirectoryError):
        restore(SnapshotDesk(spaces))
    spaces.first.time.advance_by(days=0, seconds=1)
    spaces.close()


def test_two_restores_at_the_same_time_come_one_after_the_other(
    lived: Path, ends: tuple[State, State], tmp_path: Path
) -> None:
    shutil.copytree(lived, tmp_path / "space")
    assert run(_both, tmp_path / "space") == ends[1]["log"]
    assert state_of(tmp_path / "space") == ends[1]


def _both(data: Path) -> tuple[int, bytes]:
    spaces = spaces_on(data)
    desk = SnapshotDesk(spaces)
    with ThreadPoolExecutor(4) as pool:
        for told in [pool.submit(restore, desk) for _ in range(4)]:
            told.result()
    head = spaces.first.gateway.log.reader.head()
    spaces.close()
    return head.size, head.root
