"""The board of a space: its rules, how often each met something, and the draw from the seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from threading import Lock
from typing import Any

from gateway.simulation.disturbance.kinds import Stage
from gateway.simulation.disturbance.rules import Fault, Here, Rule, understand


@dataclass(frozen=True, slots=True)
class Drawn:
    """A fault that happens now: what, how long, and chances that come from the same draw."""

    kind: str
    seconds: float
    chance: Random


@dataclass(slots=True)
class Tally:
    """A rule, how many occurrences it met, and how many of those it hit."""

    rule: Rule
    seen: int = 0
    hit: int = 0


class Board:
    """Draws faults. The same rules, seed and order of occurrences give the same faults.

    Nothing is drawn while `is_still`; a rule's draws depend on its own occurrences alone.
    """

    def __init__(self, seed: int, now: Callable[[], datetime], here: Here) -> None:
        self._seed, self._now, self._here = seed, now, here
        self._lock = Lock()
        self._tallies: list[Tally] = []
        self.is_still = True

    @property
    def faults(self) -> Sequence[Fault]:
        """The rules as they were put."""
        return [one.rule.fault for one in self._tallies]

    def put(self, faults: Sequence[Fault]) -> None:
        """Other rules, from the next occurrence on, counted from zero.

        Raises:
            FaultsInvalid: one or more mean nothing here; those that counted still do.
        """
        tallies = [Tally(rule) for rule in understand(faults, self._here)]
        with self._lock:
            self._tallies, self.is_still = tallies, not tallies

    def held(self) -> list[dict[str, Any]]:
        """The rules, and how far each was counted, as plain JSON."""
        return [
            {"fault": one.rule.fault.model_dump(mode="json"), "seen": one.seen, "hit": one.hit}
            for one in self.tallies()
        ]

    def hold(self, held: Sequence[Mapping[str, Any]]) -> None:
        """Another's rules, counted as far as it had.

        Raises:
            FaultsInvalid: one or more mean nothing here.
        """
        rules = understand([Fault.model_validate(one["fault"]) for one in held], self._here)
        tallies = [
            Tally(rule, one["seen"], one["hit"]) for rule, one in zip(rules, held, strict=True)
        ]
        with self._lock:
            self._tallies, self.is_still = tallies, not tallies

    def tallies(self) -> list[Tally]:
        """A copy of what was counted."""
        with self._lock:
            return [replace(one) for one in self._tallies]

    def counts(self) -> list[dict[str, Any]]:
        """How many occurrences each rule met, and how many it hit."""
        return [
            {"where": one.rule.fault.where, "kind": one.rule.fault.kind,
             "seen": one.seen, "hit": one.hit}
            for one in self.tallies()
        ]  # fmt: skip

    def draw(self, place: str, stage: Stage, person: str | None = None) -> Drawn | None:
        """What goes wrong at a place this time, if anything: the first rule that hits."""
        if self.is_still:
            return None
        at, drawn = self._now(), None
        with self._lock:
            for number, tally in enumerate(self._tallies):
                if tally.rule.nature.stage is stage and tally.rule.is_about(place, at, person):
                    drawn = self._drawn(number, tally) if drawn is None else _passed(tally, drawn)
        return drawn

    def _drawn(self, number: int, tally: Tally) -> Drawn | None:
        tally.seen += 1
        rule, fault = tally.rule, tally.rule.fault
        chance = Random(f"fault/{self._seed}/{number}/{fault.where}/{fault.kind}/{tally.seen}")  # noqa: S311  a simulation, not a secret
        if fault.nth not in (None, tally.seen) or chance.random() >= fault.rate:
            return None
        tally.hit += 1
        return Drawn(fault.kind, rule.seconds, chance)


def _passed(tally: Tally, drawn: Drawn) -> Drawn:
    """Another one came first; this one was met all the same."""
    tally.seen += 1
    return drawn
