"""The pytest plugin: the fixture `magdasim` is a fresh space for each test, behind doors that a session shares.

Everything of the gateway is loaded when a test first asks for the fixture, so that a session without
one pays nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gateway.simulation.testing.fixture import MagdaSim
    from gateway.simulation.testing.served import Doors

_DATA = "--magdasim-data"
_MARK = "magdasim"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The one option."""
    parser.getgroup("magdasim", "spaces of a data exchange").addoption(
        _DATA, metavar="DIR", type=Path,
        help="make the spaces in the process that runs on this data folder (`magda-sim up`), not in one of our own",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """The one marker."""
    config.addinivalue_line(
        "markers",
        "magdasim(seed=None, clock=None): what the space of the fixture `magdasim` starts with",
    )


@pytest.fixture(scope="session")
def magdasim_doors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Doors"]:
    """A process in which spaces can be made, for the whole session."""
    from gateway.simulation.testing.served import own_doors, running_doors  # noqa: PLC0415

    given: Path | None = request.config.getoption(_DATA)
    if given is not None:
        yield running_doors(given)
        return
    with own_doors(tmp_path_factory.mktemp("magdasim")) as doors:
        yield doors


@pytest.fixture
def magdasim(request: pytest.FixtureRequest, magdasim_doors: "Doors") -> Iterator["MagdaSim"]:
    """A fresh space: clock, credentials, folders, and what happened in it."""
    from gateway.simulation.testing.fixture import MagdaSim  # noqa: PLC0415

    mark = request.node.get_closest_marker(_MARK)
    ready = magdasim_doors.create(**(mark.kwargs if mark else {}))
    try:
        yield MagdaSim(ready)
    finally:
        magdasim_doors.delete(ready["space"])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A test that fails tells what happened in its space."""
    report = yield
    space = getattr(item, "funcargs", {}).get("magdasim")
    if space is not None and report.when == "call" and report.failed:
        report.sections.append(("magdasim", space.told()))
    return report
