"""Recordings of a running space, by the command: made, read and played."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from gateway.cli.main import app
from tests.running import RunningSpace

Line = dict[str, Any]


def run(*words: str) -> Any:
    """The command with these words."""
    return CliRunner().invoke(app, [*words])


def record(space: RunningSpace, *words: str) -> Any:
    """`magda-sim record` of this space."""
    return run("record", *words, "--data", space.ready["data"])


def lines_of(file: Path) -> list[Line]:
    """The events of a recording."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]
