"""What somebody asks for: which run, on which seed, from when until when."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.simulation.yearrun.steps import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A run to be lived. `name` is what it was asked by: one of ours, or a file.

    `since` is the first day that is told: what lies before happens all the same.
    """

    name: str
    plan: Plan
    seed: int
    people: int = 0
    faults: str = ""
    since: date | None = None
    until: date | None = None
    stops_at_first: bool = False
    plays_library: bool = False

    @property
    def first_day(self) -> date:
        """The first day that is told."""
        return max(self.since or self.plan.begin, self.plan.begin)

    @property
    def last_day(self) -> date:
        """The last day that is lived."""
        return min(self.until or self.plan.until, self.plan.until)

    @property
    def is_cut(self) -> bool:
        """Whether it ends before its plan does: then files may still wait."""
        return self.last_day < self.plan.until

    @property
    def lived(self) -> Plan:
        """The plan up to the last day."""
        return self.plan.model_copy(update={"until": self.last_day})

    @property
    def command(self) -> str:
        """How to run it again."""
        words = [f"magda-sim run {self.name} --seed {self.seed}"]
        if self.people:
            words.append(f"--people {self.people}")
        if self.faults:
            words.append(f"--faults {self.faults}")
        if self.since is not None:
            words.append(f"--from {self.since}")
        if self.is_cut:
            words.append(f"--until {self.last_day}")
        if self.plays_library != self.plan.scenarios:
            words.append("--scenarios" if self.plays_library else "--no-scenarios")
        return " ".join([*words, "--report out/"])

    def head(self) -> dict[str, Any]:
        """The first line of the timeline."""
        return {
            "run": self.plan.run,
            "seed": self.seed,
            "people": self.people,
            "faults": self.faults or None,
            "from": self.first_day.isoformat(),
            "until": self.last_day.isoformat(),
        }
