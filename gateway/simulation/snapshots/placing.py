"""Puts other content into a data folder, in steps that can be finished after a crash at any instant."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = ".restore"
_NEW, _OLD, _STEP = "new", "old", "step"
_CLEAR, _FILL = "clear", "fill"


class Placing:
    """A data folder, what is to come into it (`new`), and what was there (`old`), all on one disk.

    Until `begin` nothing is decided; from then on a start finishes what was begun. `undo` goes back from
    wherever that had come to, and a start finishes that too. `stay` decides for the new.

    INVARIANT: while a step is noted, whatever is missing in the data folder lies in `old` or `new`.
    """

    def __init__(self, data: Path, kept: Collection[str]) -> None:
        self._data, self._kept = data, frozenset(kept) | {FOLDER}
        self._folder = data / FOLDER
        self.new = self._folder / _NEW

    def prepare(self) -> None:
        """Room for what is to come; what could not be undone before is, the rest of that is gone."""
        self.undo()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700)
        (self._folder / _OLD).mkdir()

    def begin(self) -> None:
        """Take what there is away and put the new there."""
        self._swap(_OLD, _NEW)

    @contextmanager
    def or_back(self) -> Iterator[None]:
        """What fails in here is undone before anybody hears of it."""
        try:
            yield
        except BaseException:
            self.undo()
            raise

    def undo(self) -> None:
        """Put back what was there; where nothing was begun, or all is decided, nothing happens."""
        step = self._step()
        if step is None:
            return
        stage, out, into = step
        if out == _NEW:
            self._go_on(stage, out, into)
        elif stage == _CLEAR:  # nothing new came in yet, and what still lies there stays there
            self._note(_FILL, _NEW, _OLD)
            self._fill(_OLD)
        else:
            self._swap(_NEW, _OLD)
        self.stay()

    def stay(self) -> None:
        """It is decided: what lies there now stays."""
        noted = self._noted()
        if noted is not None:
            noted.unlink()

    def done(self) -> None:
        """It stays as it is, and the rest goes."""
        self.stay()
        self.tidy()

    def tidy(self) -> None:
        """Remove the rest, unless a start still needs it to finish what was begun."""
        if self._noted() is None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def finish(self) -> None:
        """At a start: bring to its end what a process had begun that was killed."""
        step = self._step()
        if step is not None:
            self._go_on(*step)

    def _go_on(self, stage: str, out: str, into: str) -> None:
        if stage == _CLEAR:
            self._swap(out, into)
        else:
            self._fill(into)

    def _swap(self, out: str, into: str) -> None:
        self._note(_CLEAR, out, into)
        for path in list(self._data.iterdir()):
            if path.name not in self._kept:
                path.rename(self._folder / out / path.name)
        self._note(_FILL, out, into)
        self._fill(into)

    def _fill(self, into: str) -> None:
        for path in list((self._folder / into).iterdir()):
            path.rename(self._data / path.name)

    def _note(self, *words: str) -> None:
        """What is being done, on disk before it is done: the name says it, so that a full disk takes it too."""
        noted, named = self._noted(), self._folder / ".".join((_STEP, *words))
        if noted is None:
            named.touch(0o600)
        else:
            noted.rename(named)
        self._sync()

    def _sync(self) -> None:
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _noted(self) -> Path | None:
        return next(self._folder.glob(f"{_STEP}.*"), None)

    def _step(self) -> tuple[str, str, str] | None:
        noted = self._noted()
        if noted is None:
            return None
        _, stage, out, into = noted.name.split(".")
        return stage, out, into
