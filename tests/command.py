"""The `magda-sim` command in the process of the tests: where what it says counts, not that it is a process.

A process of its own takes half a second to load; that it ends as this says is tested with real ones too.
"""

from dataclasses import dataclass

from typer.testing import CliRunner

from gateway.cli.main import app


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def command(*arguments: str) -> Done:
    """Give a command, and let what it did not foresee fail the test."""
    told = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"}, catch_exceptions=False)
    return Done(told.exit_code, told.stdout, told.stderr)
