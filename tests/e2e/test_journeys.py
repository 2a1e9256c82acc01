"""docs/journeys: each page is walked as it stands, by a process of its own, and prints what it says."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.console import Shell, commands, fits
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/journeys").glob("*.md"))
DOORS = {"http": "8480", "https": "8443", "sftp": "8422", "ftps": "8421"}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A reader's folder in which `magda-sim up --demo` runs; the page's ports stand for free ones."""
    tools, folder = tmp_path / "bin", tmp_path / "reader"
    tools.mkdir()
    folder.mkdir()
    for name, words in {"magda-sim": "-m gateway", "python3": ""}.items():
        (tools / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (tools / name).chmod(0o700)
    shutil.copy(ROOT / "consumers/log_verifier.py", folder)
    any_port = {f"MAGDA_SIM_{door.upper()}_PORT": "0" for door in DOORS}
    process = subprocess.Popen(
        [str(tools / "magda-sim"), "up", "--demo"], cwd=folder, env={**os.environ, **any_port},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    typed: Shell | None = None
    try:
        eventually(lambda: is_ready(folder / "var/ready.json"), within_s=60)
        ready = json.loads((folder / "var/ready.json").read_text())
        ports = {told: port_of(ready[door]) for door, told in DOORS.items()}
        typed = Shell(folder, tools, ports)
        yield typed
    finally:
        if typed is not None:
            typed.close()
        process.terminate()
        process.wait(30)


def is_ready(file: Path) -> bool:
    return file.exists() and bool(file.read_text())


def port_of(door: Any) -> str:
    """Where a door is, as the ready file tells it: an address, or host and port."""
    return str(door["port"] if isinstance(door, dict) else urlsplit(door).port)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.needs("curl")
@pytest.mark.needs("sftp")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_journey_is_as_its_page_tells(page: Path, shell: Shell) -> None:
    for one in commands(page.read_text("utf-8")):
        said = shell.run(one.command)

        assert fits(said, one.expected), f"{page.name}:{one.line}: $ {one.command}\n{said}"


def test_there_is_a_page_for_each_of_the_five() -> None:
    names = {page.stem for page in PAGES}
    assert names == {
        "citizen",
        "consumer-developer",
        "data-protection-officer",
        "provider",
        "tester",
    }


def test_what_a_page_tells_otherwise_is_noticed() -> None:
    page = "```console\n$ cat <<'END'\n> a b\n> END\na …\n…\nz\n$ true\n```\n"
    first, second = commands(page)

    assert (first.command, first.line, second.command) == ("cat <<'END'\na b\nEND", 2, "true")
    assert fits("a b\nc\nd\nz", first.expected)
    assert fits("a \nz", first.expected)
    assert not fits("a b\nc", first.expected)
    assert not fits("b\nz", first.expected)
    assert not fits("a b", second.expected)
