"""The process is killed between the steps of an act or of a term: nothing lost, doubled or unlogged."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.acts import Act
from gateway.domain.lifecycle import EventKind, LifecycleEvent, Status
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.space import Doors, Space
from tests.builders import NOON

KILLED = -9
SCRIPT = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from gateway.domain.acts import Act
from gateway.domain.lifecycle import EventKind
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.job_queue import SqlJobQueue
from gateway.simulation.space import Doors, Space
from gateway.adapters.log import SqliteLog
from gateway.adapters.protocol_events import SqlEventStore


def die(*_args, **_named):
    os.kill(os.getpid(), signal.SIGKILL)


where, data, kind, by = sys.argv[1:5]
if where == "confirm":
    SqlEventStore.confirm = die
space = Space("demo", Settings(data=Path(data), clock=DEMO_CLOCK), Doors())
if where == "append":
    SqliteLog.append_all = die
protocol = "001" if kind == "schorsing" else "002"
act = Act(kind=EventKind(kind), by=by, reason="in words", party="parentia" if protocol == "001" else None)
space.gateway.acts.perform(protocol, act)
space.automatic["wewis"] = False
if where == "finish":
    finish = SqlJobQueue.finish
    SqlJobQueue.finish = lambda s, job, done: die() if job.kind.startswith("workflow.") else finish(s, job, done)
if where == "overdue":
    append = SqliteLog.append_all
    SqliteLog.append_all = lambda s, e: die() if e[0].leaf["e"] == "workflow.overdue" else append(s, e)
space.time.advance(datetime.fromisoformat("2025-04-01T08:00:00+02:00"))
"""


def die_at(where: str, data: Path, kind: str, by: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, where, str(data), kind, by],
        timeout=50, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == KILLED, done.stderr


def reopen(data: Path) -> Space:
    return Space("demo", Settings(data=data, clock=DEMO_CLOCK), Doors())


def leaves(space: Space, kind: str) -> list[dict[str, Any]]:
    log = space.gateway.log
    found = (json.loads(one.leaf) for one in log.reader.entries(1, log.size))
    return [leaf for leaf in found if leaf["e"] == kind]


def test_an_act_that_was_entered_and_not_confirmed_stands_after_the_start(tmp_path: Path) -> None:
    die_at("confirm", tmp_path / "s", "schorsing", "wewis")

    for _ in range(2):
        space = reopen(tmp_path / "s")
        try:
            (event,) = space.gateway.acts.performed("001")
            assert (event.label, event.kind, event.by) == ("G-1", EventKind.SUSPENSION, "wewis")
            assert (event.party, event.reason) == ("parentia", "in words")
            (entry,) = leaves(space, "protocol.act")
            assert entry["event"] == "G-1"
            bundle = space.gateway.protocols.bundle()
            state = bundle.state(bundle.by_id["001"][0], NOON, "parentia", "jobbonusplus-mutaties")
            assert state.status is Status.SUSPENDED
        finally:
            space.close()


def test_an_act_that_was_reserved_and_not_entered_never_was(tmp_path: Path) -> None:
    die_at("append", tmp_path / "s", "schorsing", "wewis")

    space = reopen(tmp_path / "s")
    try:
        assert list(space.gateway.acts.performed("001")) == []
        assert leaves(space, "protocol.act") == []
        again = space.gateway.acts.perform("001", Act(kind=EventKind.SUSPENSION, by="wewis"))
        assert isinstance(again.outcome, LifecycleEvent)
        assert again.outcome.label == "G-1"
    finally:
        space.close()


@pytest.mark.parametrize("where", ["confirm", "overdue", "finish"])
def test_a_term_is_looked_at_once_and_entered_once_wherever_the_process_dies(
    tmp_path: Path, where: str
) -> None:
    """Killed before the term stood on the agenda, before the entry, and between entry and outcome."""
    die_at(where, tmp_path / "s", "kwaliteitsmelding", "avsb")

    runs = []
    for _ in range(2):
        space = reopen(tmp_path / "s")
        try:
            space.automatic["wewis"] = False
            moved = space.time.advance_by(days=22, seconds=None)
            runs.append([j["outcome"] for j in moved["jobs"] if j["job"].startswith("workflow.")])
            assert [leaf["act"] for leaf in leaves(space, "workflow.overdue")] == ["G-1"]
        finally:
            space.close()
    assert runs in (
        [["overdue"], []],
        [[], []],
    )  # the space itself may look before its clock is moved
