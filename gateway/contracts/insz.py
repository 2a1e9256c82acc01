"""The Belgian social-security number (INSZ): form, check digits and kind, parsed once and trusted afterwards.

Source: `magda.md` section 6.1. A number is eleven digits: birth date `yymmdd`, a serial of three and
two check digits. The month tells the kind: 0-12 national register, 20-32 and 40-52 BIS, 60-72 test.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.contracts.quickly_made import quickly_made

LENGTH = 11
_MODULUS = 97
_LAST_DAY = "31"
_BORN_FROM_2000 = 2_000_000_000
_MONTHS_OF_KIND = (("national", 0, 12), ("bis", 20, 32), ("bis", 40, 52), ("test", 60, 72))


class InszKind(StrEnum):
    """What sort of number it is; only test numbers are ever generated here."""

    NATIONAL = "national"
    BIS = "bis"
    TEST = "test"


_KIND_OF_MONTH = {
    month: InszKind(kind)
    for kind, first, last in _MONTHS_OF_KIND
    for month in range(first, last + 1)
}


class InszInvalid(ValueError):
    """The text is no INSZ; the message never repeats the number."""


@quickly_made
@dataclass(frozen=True, order=True)
class Insz:
    """A number that passed its checks. `str()` gives the digits, `repr()` never does."""

    value: str
    kind: InszKind

    def __str__(self) -> str:
        return self.value

    def __repr__(self) -> str:
        return f"Insz(***{self.kind})"


def check_digits(nine: int, *, born_from_2000: bool) -> int:
    """The two check digits (1-97) of the first nine digits."""
    base = nine + _BORN_FROM_2000 if born_from_2000 else nine
    return _MODULUS - base % _MODULUS


def kind_of_month(month: int) -> InszKind:
    """The kind that the month digits tell.

    Raises:
        InszInvalid: no kind of number has this month.
    """
    kind = _KIND_OF_MONTH.get(month)
    if kind is not None:
        return kind
    raise InszInvalid("the third and fourth digit are no month of a national, BIS or test number")


def has_valid_check_digits(value: int) -> bool:
    """Whether eleven digits, read as one whole number, end in their own check digits."""
    nine, check = divmod(value, 100)
    rest = _MODULUS - check
    return nine % _MODULUS == rest or (nine + _BORN_FROM_2000) % _MODULUS == rest


def bare(text: str) -> str:
    """The text without the dots, dashes and spaces that people write in a number."""
    return text if text.isdigit() else text.translate(_SEPARATORS)


def has_form(text: str) -> bool:
    """Whether the text is eleven digits and nothing else."""
    return len(text) == LENGTH and text.isascii() and text.isdigit()


def parse_insz(text: str) -> Insz:
    """Read eleven digits; dots, dashes and spaces between them are allowed.

    Raises:
        InszInvalid: not eleven digits, an impossible month or day, or wrong check digits.
    """
    digits = text if len(text) == LENGTH else bare(text)
    if not has_form(digits):
        raise InszInvalid("an INSZ is eleven digits")
    kind = kind_of_month(int(digits[2:4]))
    if digits[4:6] > _LAST_DAY:
        raise InszInvalid("the fifth and sixth digit are no day")
    if not has_valid_check_digits(int(digits)):
        raise InszInvalid("the last two digits are not the check digits of the first nine")
    return Insz(digits, kind)


_SEPARATORS = str.maketrans("", "", ".- ")
