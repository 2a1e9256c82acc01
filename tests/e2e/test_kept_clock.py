"""A space that is started again on its data goes on at the instant where it stood."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.adapters.clock import clock_from
from gateway.cli.main import app
from gateway.contracts.faults import LogUnavailable
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.simulation.kept_clock import NAME, passed_over
from tests.running import RunningSpace
from tests.waiting import eventually

START = datetime.fromisoformat(DEMO_CLOCK)


@contextmanager
def started(folder: Path, clock: str = DEMO_CLOCK) -> Iterator[RunningSpace]:
    host = Host(Settings(data=folder, http_port=0, sftp_port=0, clock=clock, demo=True))
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def shown(space: RunningSpace) -> str:
    now: str = space.control("GET", "/clock").json()["now"]
    return now


def test_a_start_on_the_same_data_goes_on_where_the_clock_stood(tmp_path: Path) -> None:
    with started(tmp_path) as space:
        space.control("POST", "/clock/advance", {"days": 1})
        size = space.space.gateway.log.size
        space.control("POST", "/clock/advance", {"seconds": 90})
        assert space.space.gateway.log.size == size, "the last entry does not tell where it stood"
    with started(tmp_path) as space:
        assert space.ready["clock"] == shown(space) == "2025-03-11T08:01:30+01:00"
        assert space.control("GET", "/clock").json()["mode"] == "frozen"
        assert space.verify().ok
        at = [one["at"] for one in space.leaves()]
        assert at == sorted(at)


def test_a_start_may_go_further_and_never_back(tmp_path: Path) -> None:
    with started(tmp_path, "2025-04-01T08:00:00+02:00"):
        pass
    with started(tmp_path, "2025-05-01T08:00:00+02:00") as space:
        assert shown(space) == "2025-05-01T08:00:00+02:00"
    with started(tmp_path, "2025-04-15T08:00:00+02:00") as space:
        assert shown(space) == "2025-05-01T08:00:00+02:00"


def test_after_a_process_was_killed_no_entry_lies_in_the_future(tmp_path: Path) -> None:
    with started(tmp_path) as space:
        space.control("POST", "/clock/advance", {"days": 2})
        last = datetime.fromisoformat(space.leaves()[-1]["at"])
        assert last > START
    (tmp_path / NAME).unlink()  # it was not there to note it
    with started(tmp_path) as space:
        assert datetime.fromisoformat(shown(space)) == last


def test_a_note_that_says_nothing_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("tomorrow")
    with started(tmp_path) as space:
        assert shown(space) == DEMO_CLOCK


def test_a_reset_begins_where_the_space_began_also_after_a_start_anew(tmp_path: Path) -> None:
    with started(tmp_path) as space:
        space.control("POST", "/clock/advance", {"days": 1})
    with started(tmp_path) as space:
        done = space.control("POST", "/reset", {}).json()
        assert done["clock"] == shown(space) == DEMO_CLOCK
    with started(tmp_path) as space:
        assert shown(space) == DEMO_CLOCK


def test_a_clock_that_ran_goes_on_from_where_it_was_put(tmp_path: Path) -> None:
    with started(tmp_path) as space:
        space.control("PUT", "/clock", {"at": "2025-03-12T08:00:00+01:00"})
        space.control("PUT", "/clock", {"mode": "running"})
    with started(tmp_path) as space:
        assert shown(space) >= "2025-03-12T08:00:00+01:00"
        mode = space.control("GET", "/clock").json()["mode"]
        assert mode == "frozen", "that goes by the start, as ever"


def break_jobs(patch: pytest.MonkeyPatch, space: RunningSpace) -> None:
    """As when the log cannot be written at the instant of a job."""

    def refuse() -> None:
        noted = (Path(space.ready["data"]) / NAME).read_text("ascii")
        assert datetime.fromisoformat(noted.strip()) == space.space.clock.now(), (
            "a death would forget it"
        )
        raise LogUnavailable

    patch.setattr(space.space.time._scheduler, "_require", refuse)


def halted(space: RunningSpace) -> str:
    """The clock stands at a job that could not be done; the instant."""
    assert space.control("POST", "/clock/advance", {"days": 1}).status_code == 503
    clock = space.control("GET", "/clock").json()
    assert clock["now"] == clock["next"]["at"] == "2025-03-11T05:55:00+01:00"
    assert not batches(space)
    now: str = clock["now"]
    return now


def batches(space: RunningSpace) -> list[str]:
    return [one["day"] for one in space.leaves() if one["e"] == "batch.received"]


def is_done(space: RunningSpace, instant: str) -> bool:
    """The job was done, and the clock did not go on from there."""
    clock = space.control("GET", "/clock").json()
    return bool(clock["now"] == instant < clock["next"]["at"])


def test_a_job_that_could_not_be_done_is_done_once_it_can_be(tmp_path: Path) -> None:
    with started(tmp_path) as space:
        with pytest.MonkeyPatch.context() as patch:
            break_jobs(patch, space)
            instant = halted(space)
        eventually(lambda: is_done(space, instant), within_s=30)
        space.space.settle()
        assert batches(space) == ["2025-03-10"]
        moved = space.control("POST", "/clock/advance", {"days": 1}).json()
        assert [one["job"] for one in moved["jobs"]][:1] == ["batch.deadline"]


def test_a_job_that_was_due_when_the_process_ended_is_done_at_the_next_start(
    tmp_path: Path,
) -> None:
    with pytest.MonkeyPatch.context() as patch, started(tmp_path) as space:
        break_jobs(patch, space)
        instant = halted(space)
    with started(tmp_path) as space:
        eventually(lambda: is_done(space, instant), within_s=30)
        space.space.settle()
        assert batches(space) == ["2025-03-10"]


def test_what_a_later_start_passes_over_waits_for_whoever_moves_the_clock(tmp_path: Path) -> None:
    with started(tmp_path):
        pass
    with started(tmp_path, "2025-03-12T08:00:00+01:00") as space:
        space.space.time._not_before = 0.0  # whatever the ticker tried before the doors were open
        space.space.time.run_due()
        space.space.settle()
        assert not batches(space)
        assert space.control("GET", "/clock").json()["next"]["at"] < shown(space)
        jobs = space.control("POST", "/clock/advance", {"seconds": 1}).json()["jobs"]
        assert [one["job"] for one in jobs] == ["provider.deliver", "batch.deadline"] * 2


def told_at_start(folder: Path, *clock: str, **environment: str) -> str:
    """What `magda-sim up` says on standard error of a start on this folder, until it answers."""
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(folder),
               "--http-port", "0", "--sftp-port", "0", *clock]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if line.startswith("ready in"):
                break
        process.terminate()
        return process.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.communicate()


def test_an_earlier_clock_is_said_to_be_passed_over(tmp_path: Path) -> None:
    with started(tmp_path, "2025-05-01T08:00:00+02:00"):
        pass

    earlier = told_at_start(tmp_path, "--clock", "2025-04-15T08:00:00+02:00")

    assert "the clock stands at 2025-05-01T08:00:00+02:00" in earlier
    assert "2025-04-15T08:00:00+02:00 is earlier and was passed over" in earlier


@pytest.mark.parametrize(
    ("words", "asked"),
    [(["--demo"], None), (["--demo", "--clock", DEMO_CLOCK], DEMO_CLOCK), ([], None)],
)
def test_only_a_clock_that_was_asked_for_can_be_passed_over(
    monkeypatch: pytest.MonkeyPatch, words: list[str], asked: str | None
) -> None:
    given: list[Any] = []
    monkeypatch.setattr("gateway.cli.up._run", lambda *told: given.append(told[-1]))

    assert CliRunner().invoke(app, ["up", *words]).exit_code == 0

    assert given == [asked]
    stands = clock_from(DEMO_CLOCK)
    assert passed_over("2025-03-11T08:00:00+01:00", stands) is None
    assert passed_over(DEMO_CLOCK, stands) is None
