"""The number: kinds, check digits before and from 2000, and what it never shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.be import nn

from gateway.contracts.insz import Insz, InszInvalid, InszKind, check_digits, parse_insz


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("12631400209", InszKind.TEST),
        ("90712301137", InszKind.TEST),
        ("12660112308", InszKind.TEST),
        ("74612515608", InszKind.TEST),
        ("90.71.23-011.37", InszKind.TEST),
    ],
)
def test_test_numbers_of_both_centuries_are_read(text: str, kind: InszKind) -> None:
    assert parse_insz(text).kind is kind


@pytest.mark.parametrize("month", [20, 32, 40, 52])
def test_bis_numbers_are_read(month: int) -> None:
    nine = int(f"85{month}00000")

    insz = parse_insz(f"{nine:09d}{check_digits(nine, born_from_2000=False):02d}")

    assert insz.kind is InszKind.BIS


@pytest.mark.parametrize(
    "text",
    ["", "1263140020", "126314002099", "1263140020x", "12631400208", "12931400209", "１2631400209"],
)
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(InszInvalid) as caught:
        parse_insz(text)

    assert not text or text not in str(caught.value)


def test_neither_repr_nor_fault_shows_the_digits() -> None:
    insz: Insz = parse_insz("12631400209")

    assert "12631400209" not in repr(insz)
    assert str(insz) == "12631400209"


@given(
    year=st.integers(0, 20),
    month=st.integers(1, 12),
    day=st.integers(1, 28),
    serial=st.integers(1, 997),
    from_2000=st.booleans(),
)
def test_the_check_digits_are_those_of_an_independent_library(
    *, year: int, month: int, day: int, serial: int, from_2000: bool
) -> None:
    nine = f"{year:02d}{month:02d}{day:02d}{serial:03d}"
    number = f"{nine}{check_digits(int(nine), born_from_2000=from_2000):02d}"

    assert nn.is_valid(number)
    assert parse_insz(number).kind is InszKind.NATIONAL
