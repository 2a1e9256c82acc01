"""A running space for the tests that want one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.running import RunningSpace


@pytest.fixture
def clock() -> str:
    """Where the space's clock stands; a test that wants another instant gives it as parameter."""
    return DEMO_CLOCK


@pytest.fixture
def space(tmp_path: Path, clock: str) -> Iterator[RunningSpace]:
    """A fresh demo space in this process, on free ports, its clock frozen."""
    options = Settings(data=tmp_path / "space", http_port=0, sftp_port=0, clock=clock, demo=True)
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.fixture(scope="module")
def shared_space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """The same for a whole module of tests that leave no traces for one another."""
    data = tmp_path_factory.mktemp("space")
    options = Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True)
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()
