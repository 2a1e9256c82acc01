"""How a household counts for a study grant: a person with a disability counts for two (004, recital C).

LAW: the grant decree counts dependents in points (art. 41 there) and puts a person with a disability
on a par with two (art. 42). 004 gives the points in pillar 1 and the recognised period, and nothing
else, to tell who that is.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consumers.answers import Answer, Refused
from consumers.contents import CareAllowance

DISABLED_FROM = 4
"""NOTE(law): 004 sets no number of points. Four in pillar 1 is where a child is recognised for that
pillar alone; points elsewhere, which 004 does not give, are not looked at (`docs/consumers.md`)."""
_NO_DATA = "30001"


@dataclass(frozen=True, slots=True)
class StudyYear:
    """`StudyYear(2024)` is 2024-2025."""

    first: int

    @property
    def reference_day(self) -> date:
        """LAW: the state of the household counts on 31 December of the year (004 art. 3, gegeven 3)."""
        return date(self.first, 12, 31)

    def is_statutory(self, day: date) -> bool:
        """Whether a day is one that 004 names: art. 3 says 31 December, recital C the day after.

        NOTE(law): recital C's own example for 2020-2021, 1 January 2020, is a year too early.
        """
        return day in (self.reference_day, date(self.first + 1, 1, 1))

    def __str__(self) -> str:
        return f"{self.first}-{self.first + 1}"


class Standing(StrEnum):
    """What is known of a dependent."""

    ORDINARY = "ordinary"
    DISABLED = "disabled"
    UNKNOWN = "unknown"


POINTS = {Standing.ORDINARY: 1, Standing.DISABLED: 2, Standing.UNKNOWN: None}


@dataclass(frozen=True, slots=True)
class Counted:
    """One dependent as counted; `because` says why, in the words of a rule or of the refusal."""

    insz: str
    standing: Standing
    because: str

    @property
    def points(self) -> int | None:
        """One, two, or not known yet."""
        return POINTS[self.standing]

    def __repr__(self) -> str:
        return f"Counted(***, {self.standing.value})"


@dataclass(frozen=True, slots=True)
class Household:
    """Everybody who is dependent, as counted."""

    members: tuple[Counted, ...]

    @property
    def points(self) -> int | None:
        """The points of the household; nobody guesses while somebody is not known."""
        points = [one.points for one in self.members]
        return None if None in points else sum(one for one in points if one is not None)


def count(insz: str, answer: Answer[CareAllowance], day: date) -> Counted:
    """How a dependent counts on a day, by what GeefZorgtoeslag answered."""
    if isinstance(answer, Refused):
        if answer.code == _NO_DATA:
            return Counted(insz, Standing.ORDINARY, f"not recognised on {day}")
        return Counted(insz, Standing.UNKNOWN, str(answer))
    points = [
        one.pillar1
        for one in answer.content.recognitions
        if one.period is not None and one.period.holds(day)
    ]
    return _by_points(insz, points, day)


def _by_points(insz: str, points: list[int | None], day: date) -> Counted:
    known = [one for one in points if one is not None]
    if len(known) < len(points):
        return Counted(insz, Standing.UNKNOWN, "the points in pillar 1 were not given")
    highest = max(known, default=0)
    if highest >= DISABLED_FROM:
        return Counted(insz, Standing.DISABLED, f"{highest} points in pillar 1 on {day}")
    because = f"{highest} points in pillar 1 on {day}" if known else f"not recognised on {day}"
    return Counted(insz, Standing.ORDINARY, because)
