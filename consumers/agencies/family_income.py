"""The income of a family as the Groeipakket counts it: without the jobbonus plus (001, recital C1).

LAW: what was paid under the jobbonus plus is no income, so that a payer takes it out of the income of
the same fiscal year. Recoveries are negative and put back what was never kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from consumers.contents import Transaction

NOTHING = Decimal("0.00")
USUAL_AMOUNT = Decimal("600.00")


class Doubt(StrEnum):
    """What a clerk should look at before the figure is used."""

    MORE_RECOVERED_THAN_PAID = "more was recovered than was paid for this year"
    MORE_THAN_THE_INCOME = "the net jobbonus plus is more than the income"
    UNUSUAL_AMOUNT = "an amount is not 600.00, which the recital names and article 3 does not"
    STILL_TO_ASK = "an announced change has not been asked about yet"


@dataclass(frozen=True, slots=True)
class FamilyIncome:
    """What was declared, what of it is jobbonus plus, and what counts."""

    fiscal_year: int
    declared: Decimal
    net_bonus: Decimal
    doubts: tuple[Doubt, ...] = ()

    @property
    def deducted(self) -> Decimal:
        """What is taken out: the net, never less than nothing and never more than the income."""
        return min(max(self.net_bonus, NOTHING), max(self.declared, NOTHING))

    @property
    def counted(self) -> Decimal:
        """What the sheet of the allowance goes by."""
        return self.declared - self.deducted


def net_bonus(transactions: Iterable[Transaction], fiscal_year: int) -> Decimal:
    """What was paid less what was recovered for a fiscal year, whenever that happened."""
    amounts = (one.amount for one in transactions if one.fiscal_year == fiscal_year)
    return sum(amounts, NOTHING)


def family_income(
    declared: Decimal,
    transactions: Iterable[Transaction],
    fiscal_year: int,
    *,
    is_complete: bool = True,
) -> FamilyIncome:
    """The income of a fiscal year without the jobbonus plus of everybody in the family."""
    own = [one for one in transactions if one.fiscal_year == fiscal_year]
    net = net_bonus(own, fiscal_year)
    found = (
        (Doubt.MORE_RECOVERED_THAN_PAID, net < NOTHING),
        (Doubt.MORE_THAN_THE_INCOME, net > declared),
        (Doubt.UNUSUAL_AMOUNT, any(abs(one.amount) != USUAL_AMOUNT for one in own)),
        (Doubt.STILL_TO_ASK, not is_complete),
    )
    return FamilyIncome(fiscal_year, declared, net, tuple(doubt for doubt, holds in found if holds))
