"""A command takes in what it needs: asking for help costs neither a database nor an HTTP client."""

import json
import subprocess
import sys

HEAVY = ("alembic", "cryptography", "fastapi", "httpx", "lxml", "numpy", "paramiko", "pydantic", "sqlalchemy")  # fmt: skip


def test_the_command_line_loads_none_of_the_large_libraries() -> None:
    script = f"""
import json, sys
import gateway.cli.main
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == []
