"""Puts other content into a data folder, in steps that can be finished after a crash at any instant."""

import os
import shutil
from collections.abc import Collection
from pathlib import Path

FOLDER = ".restore"
_NEW, _OLD, _STEP = "new", "old", "step"
_CLEAR, _FILL = "clear", "fill"


class Placing:
    """A data folder, what is to come into it (`new`), and what was there (`old`), all on one disk.

    Until `begin` nothing is decided; from then on a start finishes what was begun. `undo` goes back, and
    a start finishes that too.
    """

    def __init__(self, data: Path, kept: Collection[str]) -> None:
        self._data, self._kept = data, frozenset(kept) | {FOLDER}
        self._folder = data / FOLDER
        self.new = self._folder / _NEW

    def prepare(self) -> None:
        """Room for what is to come; what a process had unpacked that was killed is gone."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700)

    def begin(self) -> None:
        """Take what there is away and put the new there."""
        self._swap(_OLD, _NEW)

    def undo(self) -> None:
        """Take the new away again and put back what was there."""
        self._swap(_NEW, _OLD)

    def done(self) -> None:
        """It stays as it is."""
        (self._folder / _STEP).unlink(missing_ok=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def finish(self) -> bool:
        """At a start: bring to its end what a process had begun that was killed; whether there was any."""
        step = self._folder / _STEP
        was_begun = step.exists()
        if was_begun:
            what, out, into = step.read_text("ascii").split()
            if what == _CLEAR:
                self._swap(out, into)
            else:
                self._fill(into)
        return was_begun

    def _swap(self, out: str, into: str) -> None:
        self._note(_CLEAR, out, into)
        heap = self._folder / out
        heap.mkdir(exist_ok=True)
        for path in list(self._data.iterdir()):
            if path.name not in self._kept:
                path.rename(heap / path.name)
        self._note(_FILL, out, into)
        self._fill(into)

    def _fill(self, into: str) -> None:
        for path in list((self._folder / into).iterdir()):
            path.rename(self._data / path.name)

    def _note(self, *words: str) -> None:
        """What is being done, whole or not at all, and on disk before it is done."""
        hidden = self._folder / f".{_STEP}"
        with hidden.open("w", encoding="ascii") as file:
            file.write(" ".join(words))
            file.flush()
            os.fsync(file.fileno())
        hidden.rename(self._folder / _STEP)
