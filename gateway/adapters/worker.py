"""Does files one after the other: in a thread of its own, or when somebody waits for them."""

import logging
import queue
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
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


class Worker(ABC):
    """Runs tasks in order of arrival, one at a time. `settle` waits until nothing is left to do.

    Where a task meets with a surprise (a full disk, say), `mend` is run before the next one, and again
    whenever `look` is called and it is time, until it goes well. Each task is done inside an `around`.
    """

    def __init__(self, name: str, around: Around = nullcontext) -> None:
        self.name, self._around = name, around
        self.mend: Task = _nothing
        self._pause, self._not_before = 0.0, 0.0
        self._told = ""

    @abstractmethod
    def submit(self, task: Task) -> None:
        """Queue a task; returns at once."""

    def call(self, task: Callable[[], T]) -> "Future[T]":
        """Queue a task whose result, or failure, is waited for."""
        future: Future[T] = Future()
        self.submit(lambda: _fulfil(future, task))
        return future

    @abstractmethod
    def submit_and_wait(self, task: Task) -> None:
        """Queue a task and wait until it is done, unless what is before it takes long."""

    @abstractmethod
    def is_alive(self) -> bool:
        """Whether tasks are still done."""

    @abstractmethod
    def settle(self) -> None:
        """Wait until every task queued so far is done."""

    @abstractmethod
    def look(self) -> None:
        """Try again what did not go well, if it is time (of the machine)."""

    @abstractmethod
    def stop(self) -> None:
        """Finish what is queued, and do nothing more."""

    def _is_to_mend(self) -> bool:
        return bool(self._pause) and time.monotonic() >= self._not_before

    def _turn(self, task: Task) -> None:
        if self._pause:
            self._mend()
        if not self._goes_well(task):
            self._wait(_FIRST_S)

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


class WorkerThread(Worker):
    """Has a thread of its own, so that an upload's close never waits for what becomes of it."""

    def __init__(self, name: str, around: Around = nullcontext) -> None:
        super().__init__(name, around)
        self._tasks: queue.Queue[Task | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Queue a task; returns at once."""
        self._tasks.put(task)

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
        """Whether the thread lives."""
        return self._thread.is_alive()

    def settle(self) -> None:
        """Wait until every task queued so far is done."""
        self._tasks.join()

    def look(self) -> None:
        """Try again what did not go well, if it is time (of the machine)."""
        if self._is_to_mend() and self._tasks.empty():
            self.submit(_nothing)

    def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._tasks.put(None)
        self._thread.join(timeout=60)

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._turn(task)
            self._tasks.task_done()
        self._tasks.task_done()


class WaitersWork(Worker):
    """Has no thread: who waits for a task does it, and all that were queued before it (ADR 0064)."""

    def __init__(self, name: str, around: Around = nullcontext) -> None:
        super().__init__(name, around)
        self._tasks: deque[Task] = deque()
        self._turns, self._is_busy = threading.RLock(), False

    def submit(self, task: Task) -> None:
        """Queue a task; whoever waits next does it, or the next `look`."""
        self._tasks.append(task)

    def call(self, task: Callable[[], T]) -> "Future[T]":
        """Do a task whose result, or failure, is waited for."""
        future = super().call(task)
        self.settle()
        return future

    def submit_and_wait(self, task: Task) -> None:
        """Do a task when those before it are done; inside of another one, after that."""
        self.submit(task)
        self.settle()

    def is_alive(self) -> bool:
        """Whoever waits is."""
        return True

    def settle(self) -> None:
        """Do every task queued so far; what a task queues comes after it."""
        with self._turns:
            if self._is_busy:
                return
            self._is_busy = True
            try:
                while self._tasks:
                    self._turn(self._tasks.popleft())
            finally:
                self._is_busy = False

    def look(self) -> None:
        """Do what nobody waits for; try again what did not go well, if it is time (of the machine)."""
        if self._is_to_mend() and not self._tasks:
            self.submit(_nothing)
        self.settle()

    def stop(self) -> None:
        """Finish what is queued."""
        self.settle()


def _nothing() -> None:
    """What is done to have the worker look after what did not go well."""


def _fulfil(future: Future[T], task: Callable[[], T]) -> None:
    """Tell whoever waits, if somebody still does; what is no refusal is a surprise here too."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(task())
    except RefusedFault as refused:
        future.set_exception(refused)
    except BaseException as error:
        future.set_exception(error)
        raise
