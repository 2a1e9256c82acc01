"""A command takes in what it needs: help costs no library of the gateway's, reading a protocol no server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SERVER = ("alembic", "cryptography", "fastapi", "httpx", "lxml", "numpy", "paramiko", "sqlalchemy")
HEAVY = ("alembic", "fastapi", "lxml", "numpy", "paramiko", "ruamel", "sqlalchemy")
WITHOUT = ("alembic", "httpx", "rich")
ALL = (*SERVER, "msgspec", "ruamel")  # pydantic comes with the command line itself


@pytest.mark.parametrize(
    ("arguments", "spared"),
    [
        (["--version"], ALL),
        (["example"], SERVER),
        (["faults", "example"], SERVER),
        (["protocol", "list"], SERVER),
        (["protocol", "show", "004"], SERVER),
        (["drop", "check", "nowhere"], HEAVY),
        (["batch", "lint", "nothing.json"], tuple({*HEAVY, "cryptography", "httpx"} - {"numpy"})),
        (["keys", "list", "--data", "nowhere"], tuple({*HEAVY, "httpx"} - {"sqlalchemy"})),
        (["keys", "signing", "--data", "nowhere"], tuple({*HEAVY, "httpx"} - {"sqlalchemy"})),
    ],
    ids=["version", "example", "faults", "list", "show", "check", "lint", "keys", "signing"],
)
def test_a_command_loads_none_of_the_libraries_it_does_not_need(
    arguments: list[str], spared: tuple[str, ...]
) -> None:
    script = f"""
import json, sys
from gateway.cli.main import app
try:
    app({arguments!r})
except SystemExit:
    print(json.dumps([name for name in {spared!r} if name in sys.modules]))
"""
    assert told_by(script) == []


def test_a_first_start_loads_nothing_to_migrate_with_nor_a_client(tmp_path: Path) -> None:
    script = f"""
import json, sys
from pathlib import Path
from gateway.settings import Settings
from gateway.simulation.host import Host
host = Host(Settings(data=Path({str(tmp_path / "space")!r}), http_port=0, sftp_port=0, demo=True, lines="off"))
host.start()
host.stop()
print(json.dumps([name for name in {WITHOUT!r} if name in sys.modules]))
"""
    assert told_by(script) == []


def told_by(script: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])
