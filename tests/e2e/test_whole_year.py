"""The whole year under the worst days, and over a crowd: every expectation comes true, in bounded memory."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800)]
LIMIT_S, MOST_MB = 1_700, 1_000
CROWD = 100_000


def year(out: Path, *options: str) -> tuple[Mapping[str, Any], float]:
    """Live `jaar-2025` in a process of its own; its report, and the most memory it held, in MB."""
    command = [sys.executable, "-m", "tests.whole_year", "jaar-2025", "--seed", "42", "--no-scenarios", "--report", str(out), *options]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    assert done.returncode == 0, done.stdout + done.stderr
    report: Mapping[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return report, float(done.stderr.splitlines()[-1])


def expect_all(report: Mapping[str, Any]) -> None:
    """Nothing failed, and every article that a step shows was shown."""
    assert report["ok"]
    assert report["expectations"]["failed"] == 0
    assert [row for row in report["coverage"] if row["result"] != "held"] == []


def test_a_year_of_storm_brings_every_expectation_true(tmp_path: Path) -> None:
    report, peak = year(tmp_path, "--faults", "storm")

    expect_all(report)
    assert sum(row["hit"] for row in report["faults"]) > 100
    assert '"kind":"disturbed"' in (tmp_path / "timeline.ndjson").read_text("utf-8")
    assert peak < MOST_MB


def test_a_year_over_a_hundred_thousand_people_stays_below_a_gigabyte(tmp_path: Path) -> None:
    report, peak = year(tmp_path, "--people", str(CROWD))

    expect_all(report)
    assert [step["id"] for step in report["steps"] if not step["checks"]] == []
    assert report["totals"]["people"] > CROWD
    assert report["totals"]["answered"] > 10_000
    assert report["totals"]["children_in_payment_files"]["2025"] > 20
    assert peak < MOST_MB
