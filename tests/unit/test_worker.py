"""Whoever does files does them in order, one at a time, and tries again what did not go well."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from threading import Event, Thread, get_ident

import pytest

from gateway.adapters.worker import WaitersWork, Worker, WorkerThread
from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from tests.waiting import eventually


@pytest.fixture(params=[WorkerThread, WaitersWork])
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    """Each of them."""
    one: Worker = request.param("files-test")
    yield one
    one.stop()


def test_tasks_are_done_in_order(worker: Worker) -> None:
    done: list[int] = []
    for number in range(5):
        worker.submit(partial(done.append, number))
    worker.submit_and_wait(lambda: done.append(5))
    worker.settle()
    assert done == [0, 1, 2, 3, 4, 5]


def test_what_a_task_queues_comes_after_it(worker: Worker) -> None:
    done: list[str] = []

    def outer() -> None:
        worker.submit(lambda: done.append("inner"))
        done.append("outer")

    worker.submit(outer)
    worker.settle()
    worker.settle()
    assert done == ["outer", "inner"]


def test_a_caller_has_the_result_the_refusal_or_the_surprise(worker: Worker) -> None:
    assert worker.call(lambda: 42).result(timeout=30) == 42
    refused: Future[None] = worker.call(_refuse)
    with pytest.raises(RefusedFault):
        refused.result(timeout=30)
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 // 0).result(timeout=30)


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    worker, gate, done = WorkerThread("files-test"), Event(), list[int]()
    worker.submit(gate.wait)
    future = worker.call(lambda: done.append(1))

    assert future.cancel()
    gate.set()
    worker.stop()

    assert done == []
    assert worker._pause == 0, "it was taken for a surprise"


def test_after_a_surprise_it_mends_before_the_next_task(worker: Worker) -> None:
    done: list[str] = []
    worker.mend = lambda: done.append("mended")
    worker.submit(lambda: 1 // 0)
    worker.submit(lambda: done.append("next"))
    worker.submit(lambda: done.append("last"))
    worker.settle()
    assert done == ["mended", "next", "last"]


def test_looking_mends_what_nobody_comes_for(worker: Worker) -> None:
    done: list[str] = []
    worker.mend = lambda: done.append("mended")
    worker.submit(lambda: 1 // 0)
    worker.settle()

    def looked() -> bool:
        worker.look()
        worker.settle()
        return bool(done)

    eventually(looked, 30)
    assert done == ["mended"]
    assert worker.is_alive()


def test_each_task_is_done_inside_of_what_goes_around_it() -> None:
    for make in (WorkerThread, WaitersWork):
        seen: list[str] = []

        @contextmanager
        def around(seen: list[str] = seen) -> Iterator[None]:
            seen.append("in")
            yield
            seen.append("out")

        worker: Worker = make("files-test", around)
        worker.submit(partial(seen.append, "task"))
        worker.settle()
        worker.stop()
        assert seen == ["in", "task", "out"]


def test_who_waits_does_the_work_and_two_who_wait_take_turns() -> None:
    worker = WaitersWork("files-test")
    by: list[int] = []
    busy: list[int] = []
    most: list[int] = []

    def task() -> None:
        busy.append(1)
        most.append(len(busy))
        by.append(get_ident())
        busy.pop()

    def wait() -> None:
        for _ in range(200):
            worker.submit_and_wait(task)

    threads = [Thread(target=wait) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(by) == 800
    assert max(most) == 1
    assert get_ident() not in by


def test_nothing_is_begun_in_the_middle_of_a_task() -> None:
    worker = WaitersWork("files-test")
    done: list[str] = []

    def outer() -> None:
        worker.submit_and_wait(lambda: done.append("inner"))
        done.append("outer")

    worker.submit_and_wait(outer)
    assert done == ["outer", "inner"]


def test_stopping_finishes_what_is_queued() -> None:
    for make in (WorkerThread, WaitersWork):
        done: list[int] = []
        worker: Worker = make("files-test")
        worker.submit(partial(done.append, 1))
        worker.stop()
        assert done == [1]


def _refuse() -> None:
    raise refuse(Reason.SERVICE_UNKNOWN, "not here", remedy="elsewhere")
