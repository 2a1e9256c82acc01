"""Profiles, markers from folders, and tests that need a program which may be missing."""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import certifi
import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import HealthCheck, Phase, settings

from gateway.adapters import worker
from tests.passwords import make_guesses_cheap

TESTS = Path(__file__).parent
KINDS = frozenset(
    {"unit", "property", "differential", "faults", "contract", "integration", "e2e", "architecture"}
)
REQUIRE_ALL = "MAGDA_SIM_REQUIRE_ALL"
os.environ.setdefault("MAGDA_SIM_LINES", "off")  # a test of log lines says where it wants them
os.environ.setdefault("MAGDA_SIM_DISK", "fast")  # `make coverage` and `make slow` wait for the disk

# Each client of httpx reads every public root anew, which takes longer than most requests. Nobody here asks
# a stranger, so the only root to read is one whose key was thrown away.
certifi.where = lambda: str(TESTS / "corpus" / "nobody.pem")

# A session waits a moment for the entry of what it did, which a loaded machine may outlast; a test that looks
# for the entry at once waits longer.
worker._LONG_S = 5.0

# Nor is five seconds much for an answer, which is how long httpx waits where nothing else is said.
for patience in ("connect", "read", "write", "pool"):
    setattr(DEFAULT_TIMEOUT_CONFIG, patience, 30.0)
make_guesses_cheap()

SLOW = [HealthCheck.too_slow]  # the machine may be busy with other workers
settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=SLOW)
settings.register_profile("ci", max_examples=150, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("brief", settings.get_profile("ci"), max_examples=50)
settings.register_profile("nightly", max_examples=5_000, deadline=None, suppress_health_check=SLOW)
settings.register_profile(
    "faults", settings.get_profile("ci"), phases=[Phase.explicit, Phase.generate]
)  # that it fails is enough; nobody reads why
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE", "brief" if os.environ.get("CI") else "dev")
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays: the garbage collector walks it neither as it grows nor later on.

    It comes less often too; who counts on it collects.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 10)
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folder of a test is its marker."""
    for item in items:
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in KINDS:
            item.add_marker(kind)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that needs a missing program is skipped, or fails where everything is required."""
    for marker in item.iter_markers("needs"):
        program = marker.args[0]
        path = f"{os.environ.get('PATH', '')}:/usr/sbin"
        if shutil.which(program, path=path) is None:
            if os.environ.get(REQUIRE_ALL) == "1":
                pytest.fail(f"the program `{program}` is missing, and {REQUIRE_ALL} is set")
            pytest.skip(f"the program `{program}` is missing")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped, by cause."""
    skipped = terminalreporter.stats.get("skipped", [])
    causes = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    told = "; ".join(f"{count} because {cause}" for cause, count in sorted(causes.items()))
    terminalreporter.write_line(f"skipped: {told or 'none'}")
