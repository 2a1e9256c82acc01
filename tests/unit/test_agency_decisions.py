"""What agencies decide with what they get: pure, on texts and figures."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from consumers.agencies.calendar import months_later, years_later
from consumers.agencies.care_insurance import (
    Condition,
    Premium,
    decide_premium,
    judge,
    needs_advice,
)
from consumers.agencies.contact_centre import AccessDenied, Clerk, answer_of
from consumers.agencies.family_income import Doubt, family_income, net_bonus
from consumers.agencies.mail_check import Kind, check, value_of
from consumers.agencies.mailbox import gone_on
from consumers.agencies.study_grant import Household, Standing, StudyYear, count
from consumers.answers import Answered, Ground, Refused
from consumers.contents import (
    Advice,
    CareAllowance,
    JobbonusFile,
    Letter,
    Period,
    Recognition,
    Transaction,
)

ONE = "12631400209"
YEAR = StudyYear(2024)
DAY = YEAR.reference_day


def answered(content: Any) -> Answered[Any]:
    return Answered(content=content, reference="r")


def refused(code: str | None, title: str = "Nee") -> Refused:
    return Refused(grounds=(Ground(code=code, title=title),))


def recognised(pillar1: int | None, begin: date = date(2023, 9, 1), end: date | None = None) -> Any:
    recognition = Recognition(period=Period(begin, end), pillar1=pillar1)
    return answered(CareAllowance(insz=ONE, recognitions=(recognition,)))


# 004, AHOVOKS


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (recognised(4), 2),
        (recognised(6), 2),
        (recognised(3), 1),
        (recognised(0), 1),
        (recognised(4, end=date(2024, 12, 31)), 2),
        (recognised(4, end=date(2024, 12, 30)), 1),
        (recognised(4, begin=date(2024, 12, 31)), 2),
        (recognised(4, begin=date(2025, 1, 1)), 1),
        (answered(CareAllowance(insz=ONE)), 1),
        (refused("30001"), 1),
        (recognised(None), None),
        (refused("30003"), None),
        (refused("30002"), None),
        (refused("13202"), None),
        (refused("60006"), None),
        (refused(None), None),
    ],
)
def test_004_24_a_person_with_a_disability_counts_for_two(answer: Any, points: int | None) -> None:
    counted = count(ONE, answer, DAY)

    assert counted.points == points
    assert counted.because
    assert ONE not in repr(counted)


def test_004_24_the_highest_of_several_recognitions_counts() -> None:
    both = tuple(
        Recognition(period=Period(begin, end), pillar1=points)
        for begin, end, points in (
            (date(2020, 1, 1), date(2024, 12, 31), 2),
            (date(2024, 6, 1), None, 5),
            (date(2025, 1, 1), None, 6),
        )
    )

    assert "5 points" in count(ONE, answered(CareAllowance(ONE, both)), DAY).because


def test_a_household_is_not_counted_while_somebody_is_not_known() -> None:
    def member(standing: Standing) -> Any:
        return count(ONE, {Standing.DISABLED: recognised(5), Standing.ORDINARY: recognised(1),
                           Standing.UNKNOWN: refused("60006")}[standing], DAY)  # fmt: skip

    disabled, ordinary, unknown = (
        member(one) for one in (Standing.DISABLED, Standing.ORDINARY, Standing.UNKNOWN)
    )

    assert Household((disabled, ordinary, ordinary)).points == 4
    assert Household((disabled, unknown)).points is None
    assert Household(()).points == 0


def test_004_09_which_days_of_a_study_year_the_text_means() -> None:
    """O-42: art. 3 and recital C name neighbouring days; the recital's example is a year early."""
    year = StudyYear(2020)

    assert year.reference_day == date(2020, 12, 31)
    assert year.is_statutory(date(2020, 12, 31))
    assert year.is_statutory(date(2021, 1, 1))
    assert not year.is_statutory(date(2020, 1, 1))
    assert str(year) == "2020-2021"


# 001, payers


def paid(amount: str, year: int = 2024, on: date = date(2025, 3, 10)) -> Transaction:
    return Transaction(year, 1, Decimal(amount), on)


@pytest.mark.parametrize(
    ("movements", "declared", "counted", "doubts"),
    [
        ([], "24000.00", "24000.00", ()),
        ([paid("600.00")], "24000.00", "23400.00", ()),
        ([paid("600.00"), paid("600.00", on=date(2026, 3, 10))], "24000.00", "22800.00", ()),
        ([paid("600.00"), paid("-600.00", on=date(2026, 3, 10))], "24000.00", "24000.00", ()),
        ([paid("600.00"), paid("600.00", year=2023)], "24000.00", "23400.00", ()),
        ([paid("600.00", on=date(2030, 1, 1))], "24000.00", "23400.00", ()),
        ([paid("-600.00")], "24000.00", "24000.00", (Doubt.MORE_RECOVERED_THAN_PAID,)),
        ([paid("600.00")], "500.00", "0.00", (Doubt.MORE_THAN_THE_INCOME,)),
        ([paid("600.00")], "-100.00", "-100.00", (Doubt.MORE_THAN_THE_INCOME,)),
        ([paid("450.25")], "24000.00", "23549.75", (Doubt.UNUSUAL_AMOUNT,)),
    ],
    ids=["none", "paid", "both tranches", "recovered", "another year", "paid much later",
         "only recovered", "more than the income", "a loss", "001-12 unusual"],
)  # fmt: skip
def test_001_25_the_net_jobbonus_plus_goes_out_of_the_income_of_its_fiscal_year(
    movements: list[Transaction], declared: str, counted: str, doubts: tuple[Doubt, ...]
) -> None:
    income = family_income(Decimal(declared), movements, 2024)

    assert income.counted == Decimal(counted)
    assert income.doubts == doubts
    assert income.net_bonus == net_bonus(movements, 2024)


def test_an_income_says_that_something_is_still_to_be_asked() -> None:
    income = family_income(Decimal("1.00"), [], 2024, is_complete=False)

    assert income.doubts == (Doubt.STILL_TO_ASK,)


# 002, AVSB


@pytest.mark.parametrize(
    ("answer", "condition"),
    [
        (answered(Advice(ONE, DAY, "OK")), Condition.MET),
        (answered(Advice(ONE, DAY, "NOK", "geen attest")), Condition.NOT_MET),
        (refused("30001"), Condition.UNKNOWN),
        (refused("60006"), Condition.UNKNOWN),
        (refused("13001"), Condition.UNKNOWN),
    ],
    ids=["002-01", "002-05", "O-27", "silent", "refused"],
)
def test_002_what_an_advice_means_for_a_budget(answer: Any, condition: Condition) -> None:
    judgement = judge(answer)

    assert judgement.condition is condition
    assert (judgement.because == "geen attest") == (condition is Condition.NOT_MET)


def test_002_07_before_2022_nobody_needs_an_advice() -> None:
    assert not needs_advice(date(2021, 12, 31))
    assert needs_advice(date(2022, 1, 1))


@pytest.mark.parametrize(
    ("year", "otherwise", "listed", "expected"),
    [
        (2022, True, True, Premium.REDUCED),
        (2022, True, None, Premium.REDUCED),
        (2023, True, True, Premium.FULL),
        (2023, True, False, Premium.REDUCED),
        (2023, True, None, Premium.UNDECIDED),
        (2026, False, None, Premium.FULL),
        (2026, False, False, Premium.FULL),
    ],
)
def test_002_19_the_list_of_a_year_decides_the_premium_of_the_next(
    year: int, *, otherwise: bool, listed: bool | None, expected: Premium
) -> None:
    decision = decide_premium(year, is_entitled_otherwise=otherwise, is_listed=listed)

    assert decision.premium is expected
    assert decision.because
    if expected is Premium.UNDECIDED:
        assert "1 January 2022" in decision.because


# 000, the contact centre

FILE = JobbonusFile(
    wage=Decimal("2105.40"), amount=Decimal("437.50"), status="brief verzonden",
    account="BE71 0961 2345 6769",
    letter=Letter(day=date(2025, 1, 15), account="539-0075470-34"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Uw rekening is BE68539007547034.", {Kind.ACCOUNT}),
        ("Uw rekening is BE68 5390 0754 7034.", {Kind.ACCOUNT}),
        ("be68-5390-0754-7034", {Kind.ACCOUNT}),
        ("BE68\n5390\n0754\n7034", {Kind.ACCOUNT}),
        ("B E 6 8 5 3 9 0 0 7 5 4 7 0 3 4", {Kind.ACCOUNT}),
        ("BE68\u00a05390\u202f0754 7034", {Kind.ACCOUNT}),
        ("BE68 5390 0754 7035, met een tikfout", {Kind.ACCOUNT}),
        ("\uff22\uff25\uff16\uff18 5390 0754 7034", {Kind.ACCOUNT}),
        ("BE68\u200b5390\u200b0754\u200b7034", {Kind.ACCOUNT}),
        ("oud nummer 539-0075470-34", {Kind.ACCOUNT}),
        ("539007547034", {Kind.ACCOUNT}),
        ("NL91ABNA0417164300", {Kind.ACCOUNT}),
        ("FR14 2004 1010 0505 0001 3M02 606", {Kind.ACCOUNT}),
        ("U krijgt 600,00 euro.", {Kind.AMOUNT}),
        ("U krijgt 600 euro.", {Kind.AMOUNT}),
        ("U krijgt 600euro.", {Kind.AMOUNT}),
        ("U krijgt \u20ac600.", {Kind.AMOUNT}),
        ("U krijgt \u20ac 1.234,56.", {Kind.AMOUNT}),
        ("U krijgt EUR 437,5", {Kind.AMOUNT}),
        ("U krijgt 600,- per jaar", {Kind.AMOUNT}),
        ("Het bedrag is 437,50", {Kind.AMOUNT}),
        ("zeshonderd euro", {Kind.AMOUNT}),
        ("Vierhonderdzevenendertig EURO", {Kind.AMOUNT}),
        ("enkele honderden euro's", {Kind.AMOUNT}),
        ("Uw loon staat op de brief.", {Kind.WAGE}),
        ("uw jaarloon", {Kind.WAGE}),
        ("Uw brutosalaris en nettowedde", {Kind.WAGE}),
        ("Hoeveel u verdiende", {Kind.WAGE}),
        ("U verdient 2.105,40 euro", {Kind.WAGE, Kind.AMOUNT}),
        ("Goede middag, uw dossier loopt nog.", set()),
        ("Uw rekeningnummer ontbreekt; registreer het via Mijn Burgerprofiel.", set()),
        ("Bel ons op 1700 of op 02 553 17 00, tussen 9 en 14.30 uur.", set()),
        ("De brief is van 15/01/2025. Ons kenmerk: JB-2024-217.", set()),
        ("U woont in Borgloon; het loont de moeite om u te belonen.", set()),
        ("Op 10 maart 2025 om 14 uur is alles nagekeken door 3 mensen in 2 dagen.", set()),
        ("Ondernemingsnummer 0316.380.841, artikel 6 van het decreet.", set()),
        ("De eurozone en Europa betalen niets uit.", set()),
        ("", set()),
    ],
)
def test_000_10_a_mail_is_warned_of_wage_amount_and_account(text: str, kinds: set[Kind]) -> None:
    assert {one.kind for one in check(text)} == kinds


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Ons cijfer is 2105.40", {Kind.WAGE}),
        ("Ons cijfer is 2 105,4", {Kind.WAGE}),
        ("Ons cijfer is 2105.4 per maand", {Kind.WAGE}),
        ("Ons cijfer is 437.5", {Kind.AMOUNT}),
        ("71096123456769 is het", {Kind.ACCOUNT}),
        ("0961 2345 6769", {Kind.ACCOUNT}),
        ("0961 2345 6768", set()),
        ("be71.0961.2345.6769", {Kind.ACCOUNT}),
        ("539 / 0075470 / 34", {Kind.ACCOUNT}),
        ("Ons cijfer is 2106", set()),
        ("nummer 12105.40", set()),
    ],
)
def test_the_files_own_figures_are_found_however_they_are_written(
    text: str, kinds: set[Kind]
) -> None:
    assert {one.kind for one in check(text, FILE)} == kinds


def test_a_warning_tells_where_and_never_what() -> None:
    text = "Dag. Rekening BE68 5390 0754 7034 is bekend."
    (warned,) = check(text)

    assert text[warned.start : warned.end] == "BE68 5390 0754 7034"
    assert "BE68" not in repr(warned)


@pytest.mark.parametrize("account", [None, "BE71096123456769"])
def test_the_standard_answer_holds_no_figure(account: str | None) -> None:
    answer = answer_of(JobbonusFile(wage=Decimal("2105.40"), amount=Decimal("437.50"),
                                    status="brief verzonden", account=account))  # fmt: skip

    assert check(answer, FILE) == ()
    assert ("nog niet" in answer) == (account is None)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("2.105,40", "2105.40"), ("2 105,4", "2105.4"), ("2105.40", "2105.40"), ("2.105", "2105"),
        ("2'105,40", "2105.40"), ("437,5", "437.5"), ("437", "437"), ("1.234.567", "1234567"),
    ],
)  # fmt: skip
def test_a_number_has_one_value_however_it_is_written(number: str, expected: str) -> None:
    assert value_of(number) == Decimal(expected)


def test_000_13_a_password_opens_nothing() -> None:
    with pytest.raises(AccessDenied):
        Clerk("82722401041", "password").errand()


# terms


@pytest.mark.parametrize(
    ("sent", "gone"),
    [
        (date(2025, 3, 10), date(2026, 3, 10)),
        (date(2024, 2, 29), date(2025, 2, 28)),
        (date(2023, 2, 28), date(2024, 2, 28)),
        (date(2024, 12, 31), date(2025, 12, 31)),
        (date(2025, 1, 1), date(2026, 1, 1)),
    ],
)
def test_000_10_twelve_months_end_on_the_same_day_or_the_months_last(
    sent: date, gone: date
) -> None:
    assert gone_on(sent) == gone


def test_other_terms_are_clamped_too() -> None:
    assert months_later(date(2025, 1, 31), 1) == date(2025, 2, 28)
    assert years_later(date(2024, 2, 29), 5) == date(2029, 2, 28)
    assert years_later(date(2024, 6, 30), 5) == date(2029, 6, 30)
