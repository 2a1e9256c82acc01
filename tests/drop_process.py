"""The drop server of the tests in a process of its own, so that its memory and its death can be looked at."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sftp_drop.guard import Lockout
from sftp_drop.limits import Limits
from tests.drop import Drop

ROOT = Path(__file__).parents[1]


@contextlib.contextmanager
def drop_process(folder: Path, **limits: Any) -> Iterator[tuple["Drop", subprocess.Popen[str]]]:
    """A `Drop` whose server runs elsewhere, and that process."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.drop_process", str(folder), json.dumps(limits)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    drop = Drop.of(folder, int(process.stdout.readline()))
    try:
        yield drop, process
    finally:
        drop.stop()
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asked = json.loads(sys.argv[2])
    rules = Lockout(**asked.pop("lockout", {}))
    running = Drop(Path(sys.argv[1]), Limits(lockout=rules, **asked))
    sys.stdout.write(f"{running.port}\n")
    sys.stdout.flush()
    threading.Event().wait()
