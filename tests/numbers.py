"""Test numbers by the thousand."""

from gateway.contracts.insz import check_digits


def some_numbers(count: int) -> list[str]:
    """So many different valid test numbers of people born before 2000."""
    numbers = []
    for index in range(count):
        year, month, day = 50 + index % 45, 61 + index // 45 % 12, 1 + index // 540 % 28
        nine = (year * 10_000 + month * 100 + day) * 1_000 + 1 + index // 15_120
        numbers.append(f"{nine:09d}{check_digits(nine, born_from_2000=False):02d}")
    return numbers


def many_numbers(count: int) -> list[str]:
    """The same without bound: the serial runs on where the days are used up."""
    numbers = []
    for index in range(count):
        year, rest = 40 + index % 60, index // 60
        month, rest = 61 + rest % 12, rest // 12
        day, serial = 1 + rest % 28, 1 + rest // 28
        nine = (year * 10_000 + month * 100 + day) * 1_000 + serial
        numbers.append(f"{nine:09d}{check_digits(nine, born_from_2000=False):02d}")
    return numbers
