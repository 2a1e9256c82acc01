"""A source that is busy for a while, and what a client should do about it."""

from collections.abc import Sequence
from itertools import pairwise

from gateway.simulation.conformance.happened import Question
from gateway.simulation.conformance.stage import Stage
from gateway.simulation.disturbance.rules import Fault

LEAST_PAUSE_S = 0.2
_MOST_ATTEMPTS = 10
_BUSY = "source-busy"


def make_busy(stage: Stage, flow: str, *, times: int) -> None:
    """Have the source of a flow say 99996 to the next questions, so many times."""
    where = f"source.{flow}"
    stage.space.faults.put([Fault(where=where, kind="busy", nth=one + 1) for one in range(times)])


def expect_patience(stage: Stage, asked: Sequence[Question], *, times: int) -> None:
    """Asked again after a pause, as the same question, until it was answered."""
    busy = [one for one in asked if _BUSY in one.reasons]
    tries = [one for one in asked if busy and one.insz == busy[0].insz]
    told = "; ".join(map(str, tries)) or "no question at all"
    stage.expect(len(busy) == times, f"the source is found busy {times} times", told)
    answered = [one for one in tries if one.outcome == "permit"]
    stage.expect(bool(answered), "it is asked again until it is answered", told)
    stage.expect(len(tries) <= _MOST_ATTEMPTS, f"no more than {_MOST_ATTEMPTS} times", len(tries))
    references = {one.reference for one in tries}
    stage.expect(
        len(references) == 1, "each time with the same Referte", f"{len(references)} different"
    )
    _expect_pauses(stage, tries)


def _expect_pauses(stage: Stage, tries: Sequence[Question]) -> None:
    """Pauses are measured where the questions come in, so a slow machine only makes them longer."""
    heard = [one.message for one in tries if one.message is not None]
    pauses = [later.began - before.ended for before, later in pairwise(heard)]
    told = ", ".join(f"{pause:.2f} s" for pause in pauses) or "no pause"
    stage.expect(bool(pauses) and min(pauses) >= LEAST_PAUSE_S,
                 f"not before {LEAST_PAUSE_S} s have passed", told)  # fmt: skip
    grows = all(later > before for before, later in pairwise(pauses))
    stage.remark(grows, "each pause is longer than the one before it", told)
