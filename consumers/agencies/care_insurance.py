"""What the integration duty means for a care budget and for the reduced premium (002)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from consumers.answers import Answer, Refused
from consumers.contents import Advice

FIRST_OPENING = date(2022, 1, 1)
FIRST_PREMIUM = 2023
"""LAW: 002, recital D - the condition counts for budgets opened from 2022 and premiums from 2023 on."""
_NO_DATA = "30001"


class Condition(StrEnum):
    """How the condition stands. `UNKNOWN` is no refusal: somebody must find out."""

    MET = "met"
    NOT_MET = "not met"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The condition on an opening day, and why; `because` of a `NOT_MET` is for the applicant."""

    condition: Condition
    because: str


class Premium(StrEnum):
    """What a member pays."""

    REDUCED = "reduced"
    FULL = "full"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class PremiumDecision:
    """The premium of a year, and why."""

    year: int
    premium: Premium
    because: str


def needs_advice(opening_day: date) -> bool:
    """Whether the condition counts at all; where it does not, nobody is asked about."""
    return opening_day >= FIRST_OPENING


def judge(answer: Answer[Advice]) -> Judgement:
    """What an advice means for a budget. LAW: NOK never comes from ignorance (002 art. 3, O-27)."""
    if isinstance(answer, Refused):
        if answer.code == _NO_DATA:
            because = "the source does not know; ask the applicant for proof"
            return Judgement(Condition.UNKNOWN, because)
        return Judgement(Condition.UNKNOWN, str(answer))
    if answer.content.outcome == "OK":
        return Judgement(Condition.MET, "advice OK")
    return Judgement(Condition.NOT_MET, answer.content.reason or "advice NOK")


def list_year(premium_year: int) -> int:
    """LAW: the list of 1 January of a year decides the premium of the next (002, recital D)."""
    return premium_year - 1


def decide_premium(
    year: int, *, is_entitled_otherwise: bool, is_listed: bool | None
) -> PremiumDecision:
    """The premium of a year. `is_listed` is `None` as long as the list of the year before is not here.

    `is_entitled_otherwise` says that the increased allowance and the other conditions hold; those
    are not of this protocol.
    """
    if not is_entitled_otherwise:
        return PremiumDecision(year, Premium.FULL, "the other conditions do not hold")
    if year < FIRST_PREMIUM:
        return PremiumDecision(year, Premium.REDUCED, f"the duty counts from {FIRST_PREMIUM} on")
    of = f"the list of 1 January {list_year(year)}"
    if is_listed is None:
        return PremiumDecision(year, Premium.UNDECIDED, f"{of} is not here")
    if is_listed:
        return PremiumDecision(year, Premium.FULL, f"on {of}: the duty is not fulfilled")
    return PremiumDecision(year, Premium.REDUCED, f"not on {of}")
