"""Who stands in the municipality's payment file, and with which points: 003 1.1 and art. 5."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.domain.selection import Selection

_JULY, _JANUARY = 7, 1


@dataclass(frozen=True, slots=True)
class PaymentYear:
    """The calendar year that a request is about, and the last month that counts (`2025-06`)."""

    year: int
    until: str

    @property
    def days(self) -> tuple[date, date]:
        """The first and last day on which a file about this year can be asked."""
        return date(self.year, _JULY, 1), date(self.year + 1, _JANUARY, 31)

    @property
    def window(self) -> date:
        """The first day of the window that a request falls in: the day that its file carries."""
        first = self.until < f"{self.year}-{_JULY:02d}"
        return date(self.year, _JULY, 1) if first else date(self.year + 1, _JANUARY, 1)


def payment_year(today: date) -> PaymentYear:
    """In July this year so far, in January the whole of last year.

    LAW: 003 art. 5; in July the last paid month is that of 30 June (O-34), and January looks at the
    whole year, for recognitions that came late (O-36).
    """
    if today.month == _JANUARY:
        return PaymentYear(today.year - 1, f"{today.year - 1}-12")
    return PaymentYear(today.year, f"{today.year}-{min(today.month, _JULY) - 1:02d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beneficiary:
    """Who a month was paid to: the members that the file lists, and whether the allowance is theirs."""

    words: dict[str, Any]
    receives: bool

    @property
    def insz(self) -> str:
        """The beneficiary's number."""
        return str(self.words["insz"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidMonth:
    """A month that was paid: `month` as `yyyy-mm`, where the child lived in it, its points, to whom."""

    month: str
    municipalities: frozenset[str]
    points: dict[str, int]
    beneficiaries: tuple[Beneficiary, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidChild:
    """A child and the months that were paid for it, as far as the source knows today."""

    words: dict[str, Any]
    born: date
    months: tuple[PaidMonth, ...] = field(default=())

    @property
    def insz(self) -> str:
        """The child's number."""
        return str(self.words["insz"])


def chosen(
    children: Iterable[PaidChild], rule: Selection, about: PaymentYear, had: frozenset[str]
) -> Sequence[dict[str, Any]]:
    """The source's records for the file, in the order of the children's numbers.

    LAW: 003 1.1 a to c and art. 5: at least one paid month, one of them while living in the
    municipality (O-35), none later than that of the birthday that ends it (O-38), and no child that
    stood in a file of this year already (`had`, O-49). The points are those of the last paid month.
    """
    records = [_record(child, rule, about) for child in children if child.insz not in had]
    found = [record for record in records if record is not None]
    return sorted(found, key=lambda record: str(record["kind"]["insz"]))


def _record(child: PaidChild, rule: Selection, about: PaymentYear) -> dict[str, Any] | None:
    months = [one for one in child.months if _counts(one, child, rule, about)]
    at_home = any(rule.municipality in one.municipalities for one in months)
    if len(months) < rule.months_at_least or not at_home:
        return None
    last = max(months, key=lambda one: one.month)
    return {"kind": child.words, "begunstigde": _one(last.beneficiaries).words, **last.points}


def _counts(one: PaidMonth, child: PaidChild, rule: Selection, about: PaymentYear) -> bool:
    first = f"{about.year}-01"
    return first <= one.month <= about.until and (
        rule.age_below is None or one.month <= _month_of_birthday(child.born, rule.age_below)
    )


def _month_of_birthday(born: date, age: int) -> str:
    return f"{born.year + age}-{born.month:02d}"


def _one(beneficiaries: Sequence[Beneficiary]) -> Beneficiary:
    """One row a child (O-37): the beneficiary who receives the allowance, else the lowest number."""
    return min(beneficiaries, key=lambda one: (not one.receives, one.insz))
