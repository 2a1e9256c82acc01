"""Who stands in the municipality's file, and with which amount: 003 1.1 and art. 5, without a wire."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decision import Permit
from gateway.domain.decision_terms import Candidate, Obligation, ObligationKind
from gateway.domain.payment_file import (
    Beneficiary,
    PaidChild,
    PaidMonth,
    PaymentYear,
    chosen,
    payment_year,
)
from gateway.domain.payment_rows import payment_rows
from gateway.domain.selection import Selection, SelectionRule
from gateway.domain.services import PAYMENT_FILE

ZELE, LOKEREN = "42028", "46014"
RULE = Selection(
    rule=SelectionRule.PAID_AND_DOMICILED, article="1.1", municipality=ZELE, age_below=21,
    once_a_year=True,
)  # fmt: skip
JULY, JANUARY = PaymentYear(2024, "2024-06"), PaymentYear(2024, "2024-12")
CHILD = "12631400209"


def points(first: int, second: int = 0, third: int = 0) -> dict[str, int]:
    return {"pijler1": first, "pijler2": second, "pijler3": third, "totaal": first + second + third}


def month(name: str, place: str = ZELE, scores: dict[str, int] | None = None,
          *paid_to: Beneficiary) -> PaidMonth:  # fmt: skip
    return PaidMonth(month=name, municipalities=frozenset({place}), points=scores or points(4, 3, 5),
                     beneficiaries=paid_to or (beneficiary("80650200434"),))  # fmt: skip


def beneficiary(insz: str, *, receives: bool = True) -> Beneficiary:
    return Beneficiary(words={"insz": insz}, receives=receives)


def child(*months: PaidMonth, insz: str = CHILD, born: date = date(2012, 3, 14)) -> PaidChild:
    return PaidChild(words={"insz": insz}, born=born, months=months)


def found(
    *children: PaidChild, about: PaymentYear = JULY, had: frozenset[str] = frozenset()
) -> Any:
    return chosen(children, RULE, about, had)


def permit() -> Permit:
    derive = Obligation(ObligationKind.DERIVE, "1.1", "bedrag=municipal-amount")
    term = Obligation(ObligationKind.DROP_TERM, "art. 6", "P1M")
    return Permit(candidate=Candidate(
        protocol="003@1.0.0", document_digest="", flow="zele-betaalbestand", flow_article="art. 1",
        party="zele", unit="zele-financien", purpose="gemeentelijke-toelage",
        fields=tuple(PAYMENT_FILE.paths), withheld=(), requires=(), articles=(),
        obligations=(derive, term),
    ))  # fmt: skip


def amounts(scores: dict[str, int]) -> list[str]:
    made = payment_rows(2024, found(child(month("2024-03", ZELE, scores))), permit())
    return [str(row["bedrag"]) for row in made.rows]


def test_003_09_a_parent_in_zele_and_a_child_never_is_not_in_the_file() -> None:
    assert found(child(month("2024-01", LOKEREN), month("2024-02", LOKEREN))) == []


def test_003_10_one_paid_month_while_living_there_keeps_the_right() -> None:
    assert len(found(child(month("2024-01"), month("2024-06", LOKEREN)))) == 1


def test_003_12_recognised_and_never_paid_is_not_in_the_file() -> None:
    assert found(child()) == []


def test_003_13_exactly_one_paid_month_is_enough() -> None:
    assert len(found(child(month("2024-04")))) == 1


def test_003_15_and_19_who_was_delivered_this_year_stands_in_no_second_file() -> None:
    risen = child(month("2024-05"), month("2024-09", ZELE, points(6, 6, 6)))

    assert found(risen, about=JANUARY, had=frozenset({CHILD})) == []


def test_003_16_arrears_for_spring_paid_in_september_are_for_january() -> None:
    late = child(month("2024-02"), month("2024-03"), month("2024-04"))

    assert len(found(late, about=JANUARY)) == 1


def test_july_counts_months_until_june_and_january_the_whole_year() -> None:
    autumn = child(month("2024-09"))

    assert found(autumn) == []
    assert len(found(autumn, about=JANUARY)) == 1
    assert found(child(month("2023-12"), month("2025-01")), about=JANUARY) == []


def test_the_points_are_those_of_the_last_paid_month() -> None:
    (record,) = found(child(month("2024-05", ZELE, points(6, 6, 6)), month("2024-02")))

    assert record["totaal"] == 18


def test_003_30_two_beneficiaries_are_one_row_for_the_one_who_receives() -> None:
    low, high = beneficiary("70610100123", receives=False), beneficiary("80650200434")
    both = (beneficiary("80650200434"), beneficiary("70610100123"))

    (named,) = found(child(month("2024-03", ZELE, None, low, high)))
    (tie,) = found(child(month("2024-03", ZELE, None, *both)))

    assert named["begunstigde"]["insz"] == "80650200434"
    assert tie["begunstigde"]["insz"] == "70610100123"


@pytest.mark.parametrize(("born", "is_in"), [(date(2003, 3, 10), True), (date(2002, 12, 5), False)])
def test_003_31_the_last_month_is_that_of_the_twenty_first_birthday(
    born: date,
    is_in: bool,  # noqa: FBT001  it is the value
) -> None:
    paid = child(*(month(f"2024-{number:02d}") for number in range(1, 4)), born=born)

    assert bool(found(paid)) is is_in


@pytest.mark.parametrize(
    ("scores", "amount"),
    [(points(4), ["75.00"]), (points(4, 1), ["75.00"]), (points(5), ["75.00"]),
     (points(4, 2), ["150.00"]), (points(0, 6), ["100.00"]), (points(6, 6, 6), ["300.00"])],
)  # fmt: skip
def test_003_01_and_03_the_amount_of_the_bracket(scores: dict[str, int], amount: list[str]) -> None:
    assert amounts(scores) == amount


@pytest.mark.parametrize("scores", [points(3, 2), points(0), points(7), {**points(4), "totaal": 9}])
def test_003_06_and_07_points_that_give_no_amount_or_cannot_be_make_no_row(
    scores: dict[str, int],
) -> None:
    assert amounts(scores) == []


def test_the_window_says_the_year_and_the_day_of_the_file() -> None:
    july, january = payment_year(date(2025, 7, 31)), payment_year(date(2025, 1, 1))

    assert (july.year, july.until, july.window) == (2025, "2025-06", date(2025, 7, 1))
    assert (january.year, january.until, january.window) == (2024, "2024-12", date(2025, 1, 1))
    assert january.days == (date(2024, 7, 1), date(2025, 1, 31))


_MONTHS = st.sampled_from([f"2024-{number:02d}" for number in range(1, 13)])
_CHILDREN = st.lists(
    st.builds(
        lambda insz, months, place: child(*(month(one, place) for one in months), insz=insz),
        st.sampled_from([f"1263140{number:04d}" for number in range(20)]),
        st.lists(_MONTHS, unique=True, max_size=6),
        st.sampled_from([ZELE, LOKEREN]),
    ),
    unique_by=lambda one: one.insz, max_size=12,
)  # fmt: skip


@given(_CHILDREN)
def test_july_and_january_together_hold_each_paid_child_once(children: list[PaidChild]) -> None:
    first = [one["kind"]["insz"] for one in found(*children)]
    second = [one["kind"]["insz"] for one in found(*children, about=JANUARY, had=frozenset(first))]

    paid = {one.insz for one in children if any(ZELE in m.municipalities for m in one.months)}
    assert sorted([*first, *second]) == sorted(paid)
