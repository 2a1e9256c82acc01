"""One thread that does files one after the other, so that an upload's close never waits for them."""

import logging
import queue
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_LOG = logging.getLogger(__name__)
_LONG_S = 0.5
T = TypeVar("T")


class Worker:
    """Runs tasks in order of arrival. `settle` waits until nothing is left to do."""

    def __init__(self, name: str) -> None:
        self._tasks: queue.Queue[Callable[[], object] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Callable[[], object]) -> None:
        """Queue a task; returns at once."""
        self._tasks.put(task)

    def call(self, task: Callable[[], T]) -> "Future[T]":
        """Queue a task whose result, or failure, is waited for."""
        future: Future[T] = Future()
        self.submit(lambda: _fulfil(future, task))
        return future

    def submit_and_wait(self, task: Callable[[], object]) -> None:
        """Queue a task and wait until it is done, unless what is before it takes long."""
        done = threading.Event()

        def do() -> None:
            try:
                task()
            finally:
                done.set()

        self.submit(do)
        done.wait(_LONG_S)

    def settle(self) -> None:
        """Wait until every task queued so far is done."""
        self._tasks.join()

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._tasks.put(None)
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._do(task)
            self._tasks.task_done()
        self._tasks.task_done()

    def _do(self, task: Callable[[], object]) -> None:
        """Do one task; a surprise is told to the machine's log and does not stop the next."""
        try:
            task()
        except Exception as error:  # noqa: BLE001  the thread's edge
            frame = traceback.extract_tb(error.__traceback__)[-1]
            _LOG.error("%s at %s:%s", type(error).__name__, frame.filename, frame.lineno)


def _fulfil(future: Future[T], task: Callable[[], T]) -> None:
    try:
        future.set_result(task())
    except Exception as error:  # noqa: BLE001  told to whoever waits
        future.set_exception(error)
