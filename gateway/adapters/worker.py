"""One thread that does files one after the other, so that an upload's close never waits for them."""

import logging
import queue
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

from gateway.contracts.faults import RefusedFault

_LOG = logging.getLogger(__name__)
_LONG_S = 0.5
_FIRST_S, _LAST_S = 0.5, 30.0
T = TypeVar("T")
Task = Callable[[], object]
Around = Callable[[], AbstractContextManager[None]]


class Worker:
    """Runs tasks in order of arrival. `settle` waits until nothing is left to do.

    Where a task meets with a surprise (a full disk, say), `mend` is run before the next one, and again
    whenever `look` is called and it is time, until it goes well. Each task is done inside an `around`.
    """

    def __init__(self, name: str, around: Around = nullcontext) -> None:
        self._around = around
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self.mend: Task = _nothing
        self._pause, self._not_before = 0.0, 0.0
        self._told = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Queue a task; returns at once."""
        self._tasks.put(task)

    def call(self, task: Callable[[], T]) -> "Future[T]":
        """Queue a task whose result, or failure, is waited for."""
        future: Future[T] = Future()
        self.submit(lambda: _fulfil(future, task))
        return future

    def submit_and_wait(self, task: Task) -> None:
        """Queue a task and wait until it is done, unless what is before it takes long."""
        done = threading.Event()

        def do() -> None:
            try:
                task()
            finally:
                done.set()

        self.submit(do)
        done.wait(_LONG_S)

    def is_alive(self) -> bool:
        """Whether tasks are still done."""
        return self._thread.is_alive()

    def settle(self) -> None:
        """Wait until every task queued so far is done."""
        self._tasks.join()

    def look(self) -> None:
        """Try again what did not go well, if it is time (of the machine)."""
        if self._pause and time.monotonic() >= self._not_before and self._tasks.empty():
            self.submit(_nothing)

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._tasks.put(None)
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            if self._pause:
                self._mend()
            if not self._goes_well(task):
                self._wait(_FIRST_S)
            self._tasks.task_done()
        self._tasks.task_done()

    def _mend(self) -> None:
        pause = self._pause
        self._pause = 0.0
        if not self._goes_well(self.mend):
            self._wait(min(pause * 2, _LAST_S))

    def _wait(self, pause: float) -> None:
        self._pause, self._not_before = pause, time.monotonic() + pause

    def _goes_well(self, task: Task) -> bool:
        """Do one task; a surprise is told to the machine's log, once, and does not stop the next."""
        try:
            with self._around():
                task()
        except Exception as error:  # noqa: BLE001  the thread's edge
            frame = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} at {frame.filename}:{frame.lineno}"
            if told != self._told:
                _LOG.error("%s", told)
            self._told = told
            return False
        return True


def _nothing() -> None:
    """What is done to have the worker look after what did not go well."""


def _fulfil(future: Future[T], task: Callable[[], T]) -> None:
    """Tell whoever waits; what is no refusal is a surprise here too."""
    try:
        future.set_result(task())
    except RefusedFault as refused:
        future.set_exception(refused)
    except BaseException as error:
        future.set_exception(error)
        raise
