"""A command takes in what it needs: help costs no library of the gateway's, reading a protocol no server."""

import json
import subprocess
import sys

import pytest

SERVER = ("alembic", "cryptography", "fastapi", "httpx", "lxml", "numpy", "paramiko", "sqlalchemy")
ALL = (*SERVER, "msgspec", "ruamel")  # pydantic comes with the command line itself


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [(["--version"], ALL), (["protocol", "list"], SERVER), (["protocol", "show", "004"], SERVER)],
    ids=["version", "list", "show"],
)
def test_a_command_loads_none_of_the_libraries_it_does_not_need(
    arguments: list[str], spared: tuple[str, ...]
) -> None:
    script = f"""
import json, sys
from gateway.cli.main import app
try:
    app({arguments!r})
finally:
    print(json.dumps([name for name in {spared!r} if name in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
