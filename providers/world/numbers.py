"""Invented numbers: test numbers of persons (month + 60) and account numbers, with their check digits."""

from datetime import date

from gateway.contracts.insz import check_digits

_TEST_MONTH = 60
_CENTURY, _TURN = 1900, 2000
_BANK = "096"


def test_number(born: date, serial: int) -> str:
    """A test number for this birth date (month + 60) with its check digits."""
    nine = f"{born:%y}{born.month + _TEST_MONTH}{born:%d}{serial:03d}"
    return f"{nine}{_check(nine, born.year):02d}"


def read_test_number(insz: str) -> tuple[date, int] | None:
    """The birth date and serial in a test number; `None` for any other text.

    The check digits tell the century: no nine digits have the same ones in both.
    """
    if len(insz) != 11 or not (insz.isascii() and insz.isdigit()):  # noqa: PLR2004  the form
        return None
    for century in (_CENTURY, _TURN):
        if _check(insz[:9], century) == int(insz[9:]):
            born = _day(century + int(insz[:2]), int(insz[2:4]) - _TEST_MONTH, int(insz[4:6]))
            return None if born is None else (born, int(insz[6:9]))
    return None


def account_number(index: int) -> str:
    """An invented account number with its check digits."""
    number = f"{_BANK}{index:07d}"
    national = f"{number}{int(number) % 97 or 97:02d}"
    check = 98 - int(f"{national}111400") % 97
    return f"BE{check:02d}{national}"


def _check(nine: str, year: int) -> int:
    return check_digits(int(nine), born_from_2000=year >= _TURN)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
