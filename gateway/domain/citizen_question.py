"""A citizen's question to the contact centre: what opens a look into a file, and what ends it (000 art. 2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.protocol_document import Fact

MOST_FAILURES = 3
"""After so many failed identifications a question is closed: nobody may guess on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenQuestion:
    """One question, of one person, to one unit. What was asked in words is not kept.

    `failures` counts identifications in a row that did not succeed; one under way counts until it does.
    """

    key: int
    unit: str
    insz: str
    failures: int = 0
    identified_until: datetime | None = None

    @property
    def label(self) -> str:
        """`V-1`."""
        return f"V-{self.key}"

    @property
    def is_open(self) -> bool:
        """Whether it can still lead to a look."""
        return self.failures < MOST_FAILURES

    def attempted(self) -> "CitizenQuestion":
        """With one more identification that has not succeeded (yet)."""
        return replace(self, failures=self.failures + 1)

    def identified(self, until: datetime) -> "CitizenQuestion":
        """With the person identified, for a look that ends at an instant."""
        return replace(self, failures=0, identified_until=until)

    def facts(self, unit: str, insz: str, at: datetime) -> Mapping[Fact, str]:
        """What holds for a unit that names this question about a person."""
        if not self.is_open or (self.unit, self.insz) != (unit, insz):
            return {}
        facts = {Fact.QUESTION_OPEN: self.label}
        if self.identified_until is not None:
            facts[Fact.IDENTIFIED] = self.label
            if at < self.identified_until:
                facts[Fact.IN_SESSION] = self.label
        return facts
