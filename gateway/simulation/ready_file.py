"""The ready file: everything a client needs to use a space, written last and by rename (contract 1)."""

import json
import os
from pathlib import Path
from typing import Any

import msgspec

NAME = "ready.json"


def write_ready_file(path: Path, content: dict[str, Any]) -> None:
    """Write it whole or not at all, with mode 0600: it holds tokens.

    It tells of a process, and so need not outlast the machine.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    hidden.unlink(missing_ok=True)
    handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=1))
    hidden.replace(path)


def read_ready_file(data: Path) -> dict[str, Any]:
    """The ready file of a space.

    Raises:
        FileNotFoundError: nothing runs on this data folder.
    """
    try:
        content: dict[str, Any] = json.loads((data / NAME).read_text("utf-8"))
    except ValueError:  # the machine went down while it was written
        raise FileNotFoundError(data / NAME) from None
    return content
