"""The scenarios that are played beside a run: in a process that tells how far it is, and ends when nobody listens."""

from multiprocessing import Pipe, active_children

import pytest

from gateway.simulation.yearrun.library import _outcome, library_beside


def test_what_is_told_on_the_way_comes_before_the_outcome() -> None:
    ours, its_own = Pipe(duplex=False)
    its_own.send((0, 2))
    its_own.send((1, 2))
    its_own.send({"scenarios": []})
    heard: list[tuple[int, int]] = []

    with ours, its_own:
        outcome = _outcome(ours, lambda *so_far: heard.append(so_far))

    assert (heard, outcome) == ([(0, 2), (1, 2)], {"scenarios": []})


def test_a_process_that_ends_before_is_not_taken_for_an_outcome() -> None:
    ours, its_own = Pipe(duplex=False)
    its_own.send((0, 2))
    its_own.close()

    with ours, pytest.raises(RuntimeError, match="their process ended"):
        _outcome(ours, lambda *_: None)


def test_a_run_that_breaks_off_takes_the_scenarios_along() -> None:
    def broken_off() -> None:
        with library_beside():
            assert [one.name for one in active_children()] == ["scenarios"]
            raise InterruptedError

    with pytest.raises(InterruptedError):
        broken_off()

    assert active_children() == []
