"""What Zele's bank is told: which rows are paid, in what words, and a message that fits its schema (003)."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sepaxml.validation import try_valid_xml

from consumers.agencies.account_numbers import iban
from consumers.agencies.credit_transfer import Debtor, Order, OrderInvalid, Transfer, as_xml
from consumers.agencies.payment_list import (
    FileWrong,
    Judged,
    Standing,
    judge_rows,
    payee_name,
    year_of,
)
from consumers.agencies.sepa_text import sepa
from consumers.agencies.zele import debtor, next_weekday
from consumers.file_contents import Payee, Payment, PaymentFile
from tests.people import BRAM, INES, NOOR, SOFIE

SCHEMA = "pain.001.001.09"
ACCOUNT = "BE71096123456769"
AT = datetime(2025, 7, 5, 9, tzinfo=timezone(timedelta(hours=2)))
SIGNS = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*")


def a_row(
    child: str = NOOR,
    amount: str = "150.00",
    account: str | None = ACCOUNT,
    name: str = "Voorbeeld",
    first_name: str = "Sofie",
) -> Payment:
    paid = Payee(insz=SOFIE, name=name, first_name=first_name, account=account)
    return Payment(
        child=Payee(insz=child, name="Voorbeeld"), beneficiary=paid, amount=Decimal(amount)
    )


def a_file(*rows: Payment, day: date = date(2025, 7, 1), year: int = 2025) -> PaymentFile:
    return PaymentFile("zele-betaalbestand", day, 1, year, rows)


def standings(judged: Sequence[Judged]) -> list[Standing]:
    return [one.standing for one in judged]


def an_order(*transfers: Transfer) -> Order:
    return Order(
        "TOELAGE-2025-000001", AT, date(2025, 7, 7), Debtor("Gemeente Zele", ACCOUNT), transfers
    )


def a_transfer(key: str = "T-1", amount: str = "150.00", name: str = "Sofie Voorbeeld") -> Transfer:
    return Transfer(key, Decimal(amount), name, ACCOUNT, "toelage 2025")


def texts(message: bytes, name: str) -> list[str]:
    return [str(one.text) for one in etree.fromstring(message).iter(f"{{*}}{name}")]


def test_003_28_a_row_without_an_account_is_for_the_municipality_itself() -> None:
    judged = judge_rows(
        a_file(a_row(NOOR, account=None), a_row(BRAM), a_row(INES, account="")), set()
    )

    assert standings(judged) == [Standing.NO_ACCOUNT, Standing.ORDERED, Standing.NO_ACCOUNT]
    assert [one.standing.is_by_hand for one in judged] == [True, False, True]


def test_an_account_that_does_not_check_and_a_name_that_no_bank_takes_are_for_it_too() -> None:
    wrong, nameless = a_row(NOOR, account="BE72096123456769"), a_row(BRAM, name="💶", first_name="")

    judged = judge_rows(a_file(wrong, nameless), set())

    assert standings(judged) == [Standing.ACCOUNT_WRONG, Standing.NO_NAME]
    assert all(one.standing.is_by_hand for one in judged)


def test_003_15_a_child_is_paid_once_a_year_within_a_file_and_after_another() -> None:
    judged = judge_rows(a_file(a_row(NOOR), a_row(NOOR), a_row(BRAM)), {BRAM})

    assert standings(judged) == [Standing.ORDERED, Standing.PAID_BEFORE, Standing.PAID_BEFORE]


def test_a_child_that_was_seen_to_by_hand_is_not_paid_by_the_bank_as_well() -> None:
    judged = judge_rows(a_file(a_row(NOOR, account=None), a_row(NOOR)), set())

    assert standings(judged) == [Standing.NO_ACCOUNT, Standing.PAID_BEFORE]


@pytest.mark.parametrize("amount", ["75.00", "100.00", "150.00", "300.00"])
def test_the_four_amounts_are_paid(amount: str) -> None:
    assert standings(judge_rows(a_file(a_row(amount=amount)), set())) == [Standing.ORDERED]


@pytest.mark.parametrize("amount", ["0.00", "-75.00", "74.99", "3000.00", "150.001"])
def test_no_other_amount_is_and_the_child_may_still_get_its_own(amount: str) -> None:
    judged = judge_rows(a_file(a_row(amount=amount), a_row()), set())

    assert standings(judged) == [Standing.AMOUNT_UNKNOWN, Standing.ORDERED]


@pytest.mark.parametrize(
    ("day", "year"),
    [(date(2025, 7, 1), 2025), (date(2025, 7, 31), 2025), (date(2026, 1, 1), 2025)],
)
def test_july_is_of_this_year_and_january_of_the_last(day: date, year: int) -> None:
    assert year_of(day) == year
    assert len(judge_rows(a_file(a_row(), day=day, year=year), set())) == 1


@pytest.mark.parametrize(
    ("day", "year"), [(date(2025, 7, 1), 2024), (date(2026, 1, 1), 2026), (date(2025, 6, 30), 2025)]
)
def test_nothing_is_paid_of_a_file_of_another_year_or_month(day: date, year: int) -> None:
    with pytest.raises(FileWrong):
        judge_rows(a_file(a_row(), day=day, year=year), set())


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Zoë Çelik-Łukasz", "Zoe Celik-Lukasz"),
        ("Jürgen Weiß & Søn", "Jurgen Weiss + Son"),
        ("Ναταλία", "Natalia"),
        ("D’Hondt; ‘t Jolyn_1", "D'Hondt, 't Jolyn-1"),
        ("//a//b/", "a/b"),
        ("<b>\x00\n{}", "b"),
        ("e\u0301lise", "elise"),
        ("💶", ""),
    ],
)
def test_signs_that_banks_do_not_pass_on_become_signs_that_they_do(written: str, sent: str) -> None:
    assert sepa(written, 70) == sent


@given(st.text(max_size=200), st.integers(min_value=1, max_value=140))
def test_whatever_is_written_only_signs_of_banks_are_sent(written: str, longest: int) -> None:
    sent = sepa(written, longest)

    assert SIGNS.fullmatch(sent)
    assert len(sent) <= longest
    assert "//" not in sent
    assert sent == sent.strip(" /")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=5))
def test_a_name_of_any_signs_makes_a_message_that_fits(names: list[str]) -> None:
    rows = [a_row(str(n), name=name) for n, name in enumerate(names)]

    message = as_xml(an_order(*(a_transfer(name=payee_name(one)) for one in rows)))

    assert texts(message, "NbOfTxs")[0] == str(len(names))


def test_the_message_fits_its_schema_by_another_engine_and_its_sums_are_right() -> None:
    message = as_xml(an_order(a_transfer("T-1", "75.00"), a_transfer("T-2", "300.00")))

    try_valid_xml(message, SCHEMA)
    assert texts(message, "CtrlSum") == ["375.00", "375.00"]
    assert texts(message, "NbOfTxs") == ["2", "2"]
    assert texts(message, "InstdAmt") == ["75.00", "300.00"]
    assert texts(message, "BtchBookg") == ["true"]
    assert texts(message, "IBAN") == [ACCOUNT] * 3
    assert texts(message, "CreDtTm") == ["2025-07-05T09:00:00+02:00"]


@pytest.mark.parametrize(
    "transfer",
    [
        a_transfer(key="T" * 36),
        a_transfer(name=""),
        a_transfer(name="n" * 141),
        a_transfer(amount="-1.00"),
    ],
    ids=["key", "no name", "long name", "amount"],
)
def test_what_does_not_fit_the_schema_is_no_order_and_the_fault_names_nobody(
    transfer: Transfer,
) -> None:
    with pytest.raises(OrderInvalid) as fault:
        as_xml(an_order(transfer))

    assert "Sofie" not in str(fault.value)
    assert SCHEMA in str(fault.value)


def test_an_order_without_payments_is_none() -> None:
    with pytest.raises(OrderInvalid):
        as_xml(an_order())


def test_payments_are_not_printed_by_accident() -> None:
    assert repr(a_transfer()) == "Transfer(key='T-1')"


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("BE71 0961 2345 6769", ACCOUNT),
        ("be71096123456769", ACCOUNT),
        ("NL91ABNA0417164300", "NL91ABNA0417164300"),
        ("BE71096123456760", None),
        ("BE71096123456769 0", None),
        ("NL91ABNA041716430", None),
        ("ZZ71096123456769", None),
        ("BE7１096123456769", None),
        ("", None),
    ],
)
def test_an_account_number_is_right_or_none(written: str, known: str | None) -> None:
    assert iban(written) == known


def test_the_municipality_pays_from_an_account_that_checks() -> None:
    assert debtor("Gemeente Zéle", "BE49 9990 0000 0171") == Debtor(
        "Gemeente Zele", "BE49999000000171"
    )
    with pytest.raises(ValueError, match="no IBAN"):
        debtor("Gemeente Zele", "BE48999000000171")


@pytest.mark.parametrize(
    ("day", "paid"),
    [(4, 7), (5, 7), (6, 7), (7, 8)],
    ids=["friday", "saturday", "sunday", "monday"],
)
def test_a_bank_pays_on_the_next_weekday(day: int, paid: int) -> None:
    assert next_weekday(date(2025, 7, day)) == date(2025, 7, paid)
