"""Counts the numbers of an uploaded file: each person once, suspects refused, repeats told by line."""

from array import array

import numpy as np
from numpy.typing import NDArray

from gateway.adapters.json_scan import Hopeless
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.mutation import Lines, LineStatus
from gateway.domain.number_lists import Numbers, listed

_SHORTEST_RECORD = len('{"insz":"00000000000"}')
_LINE_BITS = 27
"""What a number of eleven digits leaves of 64 bits: the line on which it stands."""
_LINE = np.uint64((1 << _LINE_BITS) - 1)
MOST_RECORDS = int(_LINE)
_MODULUS, _FROM_2000, _LAST_DAY = 97, 2_000_000_000 % 97, 31
_TEST_MONTHS = frozenset(range(60, 73))
_MONTHS = _TEST_MONTHS.union(range(13), range(20, 33), range(40, 53))
_REPEATED = (LineStatus.MERGED, None, "staat al in dit bestand")


class NumberTally:
    """What is known of the records so far.

    An accepted number is kept as one word, the number above the line it stands on: sorting brings
    repeats together with the first of them in front.
    """

    def __init__(self, size: int, *, test_numbers_only: bool) -> None:
        months = _TEST_MONTHS if test_numbers_only else _MONTHS
        self._no_month = np.array([month not in months for month in range(100)])
        self._kept = np.empty(size // _SHORTEST_RECORD + 1, np.uint64)
        self._count = 0
        self._lines = Lines()
        self.received = 0

    def add_many(self, numbers: Numbers) -> None:
        """Count a run of well-formed records."""
        first = self.received + 1
        self._receive(len(numbers))
        suspects = _suspects(numbers, self._no_month)
        words = (numbers << _LINE_BITS) + np.arange(first, self.received + 1, dtype=np.uint64)
        if suspects.any():
            for word in words[suspects].tolist():
                self._reject(word & MOST_RECORDS, _why_not(word >> _LINE_BITS))
            words = words[~suspects]
        self._kept[self._count : self._count + len(words)] = words
        self._count += len(words)

    def add(self, number: int) -> None:
        """Count one well-formed record."""
        self.add_many(np.array([number], np.uint64))

    def reject_next(self, reason: Reason) -> None:
        """Count a record and refuse it."""
        self._receive(1)
        self._reject(self.received, reason)

    def close(self) -> "tuple[array[int], Lines]":
        """The accepted numbers, each once and ascending, and the lines of all others. Once only."""
        words = self._kept[: self._count]
        words.sort()
        again = np.flatnonzero((words[1:] ^ words[:-1]) <= _LINE) + 1
        if len(again):
            repeats = array("I")
            repeats.frombytes((words[again] & _LINE).astype(np.uintc).tobytes())
            self._lines.extend(repeats, _REPEATED)
            words = np.delete(words, again)
        words >>= _LINE_BITS
        return listed(words), self._lines.in_order()

    def _receive(self, count: int) -> None:
        self.received += count
        if self.received > MOST_RECORDS:
            raise Hopeless(f"more than {MOST_RECORDS} records")

    def _reject(self, line: int, reason: Reason) -> None:
        self._lines.add(line, (LineStatus.REJECTED, WIRE[reason].code, reason.value))


def _suspects(numbers: Numbers, no_month: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which fail the checks of `parse_insz`, made on whole arrays."""
    nine = (numbers // 100).astype(np.uint32)
    check = _MODULUS - (numbers - nine * np.uint64(100)).astype(np.int32)
    rest = (nine - nine // _MODULUS * _MODULUS).astype(np.int32)
    day = nine // 1_000
    month = day // 100
    wrong = (check != rest) & (check != (rest + _FROM_2000) % _MODULUS)
    no_date = no_month[month - month // 100 * 100] | (day - month * 100 > _LAST_DAY)
    suspects: NDArray[np.bool_] = wrong | no_date
    return suspects


def _why_not(number: int) -> Reason:
    try:
        kind = parse_insz(f"{number:011d}").kind
    except InszInvalid:
        return Reason.INSZ_INVALID
    return Reason.INSZ_INVALID if kind is InszKind.TEST else Reason.NOT_A_TEST_NUMBER
