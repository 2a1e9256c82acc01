"""A space whose log is written by a process of its own: the same promises, and the same bytes."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from gateway.adapters.log import SequencedLog
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.running import CARE, RunningSpace, a_batch

AHOVOKS, NOOR, KARIM = "ahovoks-studietoelagen", "12631400209", "90712301137"
ASK_NOOR = {"insz": NOOR, "referentiedatum": "2024-12-31"}


@contextmanager
def a_space(folder: Path, log: Literal["inline", "sequencer"]) -> Iterator[RunningSpace]:
    """A running space with this kind of log."""
    host = Host(
        Settings(data=folder, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, log=log)
    )
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def use(space: RunningSpace) -> list[bytes]:
    """Refusals, permits and files, one at a time; the leaves that they left."""
    space.post(AHOVOKS, CARE, ASK_NOOR)
    space.register(AHOVOKS, NOOR)
    space.post(AHOVOKS, CARE, ASK_NOOR)
    space.post(None, CARE, ASK_NOOR)
    space.upload("jobbonusplus-mutaties_2025-03-10.json", a_batch(KARIM))
    assert space.verify().ok
    reader = space.host.space.gateway.log.reader
    return [one.leaf for one in reader.entries(1, reader.head().size)]


def test_the_same_commands_leave_the_same_bytes_whoever_writes_the_log(tmp_path: Path) -> None:
    with a_space(tmp_path / "one", "inline") as one:
        inline = use(one)
    with a_space(tmp_path / "other", "sequencer") as other:
        assert isinstance(other.host.space.gateway.log.inner, SequencedLog)
        sequenced = use(other)

    assert inline == sequenced
    assert not list((tmp_path / "other").glob("log.db?*"))  # a closed log is one file


def test_no_entry_no_disclosure_when_the_sequencer_dies_and_it_comes_back_by_itself(
    tmp_path: Path,
) -> None:
    with a_space(tmp_path / "space", "sequencer") as space:
        log = space.host.space.gateway.log.inner
        assert isinstance(log, SequencedLog)
        space.register(AHOVOKS, NOOR)
        answered = [space.post(AHOVOKS, CARE, ASK_NOOR) for _ in range(3)]
        os.kill(log.pid, signal.SIGKILL)
        answered += [space.post(AHOVOKS, CARE, ASK_NOOR) for _ in range(3)]
        while answered[-1].status_code != 200:
            answered.append(space.post(AHOVOKS, CARE, ASK_NOOR))
        decisions = [one.headers["sim-decision"] for one in answered if one.status_code == 200]
        entered = [f"D-{n}" for n, one in enumerate(space.leaves(), 1) if one["service"] == "GeefZorgtoeslag-02.00"]  # fmt: skip

        assert {one.status_code for one in answered} <= {200, 503}
        assert all(NOOR not in one.text for one in answered if one.status_code == 503)
        assert decisions == entered
        assert space.verify().ok
