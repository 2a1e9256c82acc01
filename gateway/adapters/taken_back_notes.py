"""What a log said of itself each time that a snapshot took it back: signed notes in a file beside it."""

import json
from collections.abc import Sequence
from pathlib import Path

FILE = "taken-back.ndjson"


class TakenBackNotes:
    """The notes, the last one last."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE

    def all(self) -> Sequence[str]:
        """Every one; a file that cannot be read says nothing."""
        try:
            lines = self._path.read_text("utf-8").splitlines()
            return [str(json.loads(line)["note"]) for line in lines]
        except (OSError, ValueError, LookupError, TypeError):
            return []

    def put(self, notes: Sequence[str]) -> None:
        """These and no others, whole or not at all."""
        hidden = self._path.with_name(f".{FILE}")
        hidden.write_text("".join(f"{json.dumps({'note': one})}\n" for one in notes), "utf-8")
        hidden.replace(self._path)
