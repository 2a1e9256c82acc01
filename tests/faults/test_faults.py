"""Who tests the tests: each deliberate fault of `faults.yaml`, put into a copy, must be seen."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
COPIED = ("gateway", "providers", "consumers", "sftp_drop", "tests", "docs")
QUESTIONS = "2000"
AT_LEAST = 24


@dataclass(frozen=True)
class Fault:
    """What is changed where, what that breaks, and which tests must see it."""

    id: str
    file: str
    breaks: str
    found_by: str
    old: str
    new: str


FAULTS = [
    Fault(**one)
    for one in YAML(typ="safe", pure=True).load(
        Path(__file__).with_name("faults.yaml").read_text("utf-8")
    )
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_the_list_is_not_stale(fault: Fault) -> None:
    found = (ROOT / fault.file).read_text("utf-8").count(fault.old)

    assert found == 1, f"the fault list is stale: `old` of {fault.id} stands {found} times"
    assert fault.old != fault.new
    assert (ROOT / fault.found_by).exists()


def test_the_list_is_long_enough_and_names_each_fault_once() -> None:
    assert len({fault.id for fault in FAULTS}) == len(FAULTS) >= AT_LEAST


def a_copy(folder: Path) -> Path:
    """The packages and their tests, apart from the ones that are being tested."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def run_tests(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests of a copy against the package of that copy, always on the same questions."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:randomly", *tests]
    environment = os.environ | {
        "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_PROFILE": "faults",
        "MAGDA_SIM_REQUESTS": QUESTIONS,
    }  # fmt: skip
    for name in [one for one in environment if one.startswith(("COV", "PYTEST_XDIST"))]:
        del environment[name]
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_the_tests_see_a_deliberate_fault(fault: Fault, tmp_path: Path) -> None:
    copy = a_copy(tmp_path)
    file = copy / fault.file
    file.write_text(file.read_text("utf-8").replace(fault.old, fault.new), "utf-8")

    done = run_tests(copy, fault.found_by)

    assert done.returncode == 1, f"{fault.breaks}, and nobody saw it:\n{done.stdout[-2000:]}"
    assert " failed" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_without_a_fault_the_copy_passes_and_is_what_was_tested(tmp_path: Path) -> None:
    copy = a_copy(tmp_path)
    probe = copy / "tests/unit/test_where.py"
    probe.write_text(
        f"import gateway\n\n\ndef test_where():\n    assert gateway.__file__.startswith({str(copy)!r})\n",
        "utf-8",
    )

    done = run_tests(
        copy, "tests/unit/test_where.py", *sorted({fault.found_by for fault in FAULTS})
    )

    assert done.returncode == 0, done.stdout[-2000:]
