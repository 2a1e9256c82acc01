"""Keeps what files still need: uploads as they come, what a crash left, what could not be done at once."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from gateway.adapters.worker import Worker
from gateway.bootstrap.files import FileFlows
from gateway.contracts.drop import CompletedUpload
from gateway.contracts.faults import LogUnavailable
from gateway.simulation.accounts import folders
from gateway.simulation.units import UNITS, Drop
from sftp_drop.drop_store import DropStore

Task = Callable[[], object]


class Unfinished:
    """Everything runs on the worker, one after the other; what does not go well is tried again.

    `flush` enters what is to be entered soon.
    """

    def __init__(self, worker: Worker, store: DropStore, files: FileFlows, flush: Task) -> None:
        self._worker, self._store, self._files, self._flush = worker, store, files, flush
        self._owed: list[Task] = []
        worker.mend = self.mend

    def take(self, upload: CompletedUpload) -> None:
        """Distribute an upload, when its turn has come."""
        self._worker.submit(lambda: self._distribute(upload))

    def note(self, task: Task) -> None:
        """Have something entered, and wait a moment for it; what cannot be entered now is kept."""
        self._worker.submit_and_wait(lambda: self._insist(task))

    def resume(self) -> None:
        """Finish what was begun when the process died."""
        self._worker.submit(self.mend)

    def mend(self) -> None:
        """Do all that is left to do; the first thing in the way is raised once all was tried.

        Then whatever is still staged was written before a crash, and no ledger knows of it.
        """
        owed, self._owed = self._owed, []
        steps: list[Task] = [partial(self._insist, task) for task in owed]
        archived = self._store.archived(sorted(set(folders().values())))
        steps += self._files.resumption.steps(self._waiting(), archived)
        in_the_way = [error for error in map(_attempt, steps) if error is not None]
        if in_the_way:
            raise in_the_way[0]
        self._store.forget_staged()

    def _distribute(self, upload: CompletedUpload) -> None:
        """An upload over HTTP under the same name sees to what lies there before it.

        How a file came in is entered before it is looked at, so that its rows are the same each time;
        where the log cannot take that now, it stands before whatever is entered next.
        """
        if Path(upload.path).exists():
            with suppress(LogUnavailable):
                self._flush()
            self._files.distribution.distribute(upload)

    def _insist(self, task: Task) -> None:
        try:
            task()
        except Exception:
            self._owed.append(task)
            raise

    def _waiting(self) -> Sequence[CompletedUpload]:
        return [
            upload
            for unit in UNITS
            for side, flow in unit.drops
            if side is Drop.INTO
            for upload in self._store.uploads_waiting(unit.key, flow)
        ]


def _attempt(step: Task) -> Exception | None:
    try:
        step()
    except Exception as error:  # noqa: BLE001  told by whoever asked, after the others had their turn
        return error
    return None
