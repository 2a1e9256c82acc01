"""Which persons a file holds: the rule that a flow's text sets, as plain words."""

from dataclasses import dataclass
from enum import StrEnum


class SelectionRule(StrEnum):
    """How the persons in a file are chosen for one consumer."""

    REGISTERED = "registered"
    OWN_MEMBERS = "own-members"
    WHOLE_LIST = "whole-list"
    PAID_AND_DOMICILED = "paid-and-domiciled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A rule with its numbers, and the article that sets it.

    `reference_date` is the month and day that a list is about (`01-01`); the others belong to the
    payment file: the municipality's code, the age that ends it, the paid months that open it, and
    whether a person stands in one file a calendar year.
    """

    rule: SelectionRule
    article: str
    reference_date: str | None = None
    municipality: str | None = None
    age_below: int | None = None
    months_at_least: int = 1
    once_a_year: bool = False
