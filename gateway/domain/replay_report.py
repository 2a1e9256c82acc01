"""What a replay found, counted by protocol, flow and unit; of a long log it keeps counts only."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.replay_effect import Cited, Effect, Fate, RowKey

EXAMPLES = 3
_DIFFERENCES = 20


@dataclass(slots=True)
class Row:
    """The counts of one protocol, flow and unit; examples are numbers of decisions."""

    replayed: int = 0
    fates: Counter[Fate] = field(default_factory=Counter)
    refused: Counter[Cited] = field(default_factory=Counter)
    gained: Counter[Cited] = field(default_factory=Counter)
    lost: Counter[Cited] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    examples: dict[Fate, list[str]] = field(default_factory=dict)

    def add(self, position: int, effect: Effect) -> None:
        """Count one decision."""
        self.replayed += 1
        self.fates[effect.fate] += 1
        if effect.fate is not Fate.SAME:
            self._detail(position, effect)

    def _detail(self, position: int, effect: Effect) -> None:
        if effect.fate is Fate.REFUSED and effect.ground is not None:
            self.refused[effect.ground] += 1
        self.gained.update(effect.gained)
        self.lost.update(effect.lost)
        if effect.missing is not None:
            self.missing[effect.missing] += 1
        found = self.examples.setdefault(effect.fate, [])
        if len(found) < EXAMPLES:
            found.append(f"D-{position}")

    def as_json(self) -> dict[str, Any]:
        """The row as `--json` prints it."""
        return {
            "replayed": self.replayed,
            **{fate.value: self.fates[fate] for fate in Fate},
            "refused": _listed(self.refused, "reason"),
            "gained": _listed(self.gained, "field"),
            "lost": _listed(self.lost, "field"),
            "missing": dict(sorted(self.missing.items())),
            "examples": {fate.value: found for fate, found in sorted(self.examples.items())},
        }


@dataclass(slots=True)
class Report:
    """All rows, and the first decisions that the law of then did not bring forth again."""

    rows: dict[RowKey, Row] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)

    def add(self, position: int, effect: Effect) -> None:
        """Count one decision."""
        row = self.rows.get(effect.row)
        if row is None:
            row = self.rows[effect.row] = Row()
        row.add(position, effect)
        if effect.differing and len(self.differences) < _DIFFERENCES:
            self.differences += [
                {"decision": f"D-{position}", "member": name, "recorded": was, "replayed": came}
                for name, (was, came) in effect.differing.items()
            ]

    def total(self, fate: Fate) -> int:
        """How many decisions have this fate."""
        return sum(row.fates[fate] for row in self.rows.values())

    @property
    def replayed(self) -> int:
        """How many decisions the range holds."""
        return sum(row.replayed for row in self.rows.values())

    @property
    def reproduced(self) -> bool:
        """Whether the law of then brought forth every decision that it had made."""
        return not (self.total(Fate.NOT_REPRODUCED) or self.total(Fate.LAW_UNKNOWN))

    def stands(self, *, with_change: bool) -> bool:
        """Whether the replay can be relied on; of an unchanged law, every decision must be known again."""
        if with_change:
            return not self.total(Fate.NOT_REPRODUCED)
        return self.reproduced

    def as_json(self) -> dict[str, Any]:
        """The report as `--json` prints it."""
        return {
            "replayed": self.replayed,
            **{fate.value: self.total(fate) for fate in Fate},
            "reproduced": self.reproduced,
            "rows": [
                {"protocol": protocol, "flow": flow, "unit": unit, **row.as_json()}
                for (protocol, flow, unit), row in sorted(self.rows.items())
            ],
            "differences": self.differences,
        }


def _listed(counts: Counter[Cited], name: str) -> list[dict[str, Any]]:
    return [
        {name: what, "article": article, "count": count}
        for (what, article), count in sorted(counts.items())
    ]
