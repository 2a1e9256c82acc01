"""Takes runs of clean records, `{"insz":"…"},`, at a stroke.

Most files are written by one program and repeat the same bytes between the digits: such a run is one
block of equal rows, and is taken by comparing and multiplying whole columns. A run whose white space
differs is taken by a regular expression. Whatever else there is, is for the caller.
"""

import mmap
import re

import numpy as np
from numpy.typing import NDArray

from gateway.domain.number_lists import Numbers

_RECORD = (
    rb'\s*\{[ \t\r\n]{0,64}"insz"[ \t\r\n]{0,64}:[ \t\r\n]{0,64}"([0-9]{11})"[ \t\r\n]{0,64}\}\s*,'
)
_ONE = re.compile(_RECORD)
_RUN = re.compile(rb"(?>" + _RECORD.replace(b"(", b"").replace(b")", b"") + rb"){1,512}+")
_NUMBER = re.compile(rb"[0-9]{11}")
_ZERO, _NINE = np.uint8(ord("0")), 9
_NONE: Numbers = np.empty(0, np.uint64)
_MOST_ROWS, _FEW_ROWS = 65_536, 64
_WIDEST_ROW = 256


def next_run(content: mmap.mmap, at: int) -> tuple[Numbers, int] | None:
    """The numbers of a run that begins here, and where it ends; `None` if the next record is not clean.

    A run has at most as many records as are quickly worked on; another may follow.
    """
    first = _ONE.match(content, at)
    if first is None:
        return None
    numbers, width = _equal_rows(content, first)
    if len(numbers) >= _FEW_ROWS:
        return numbers, at + len(numbers) * width
    run = _RUN.match(content, at)
    assert run is not None
    found = _NUMBER.findall(run[0])
    return np.fromiter(map(int, found), np.uint64, len(found)), run.end()


def _equal_rows(content: mmap.mmap, first: "re.Match[bytes]") -> tuple[Numbers, int]:
    """The numbers of the records that repeat the first one's bytes, and the width of each."""
    begin, width = first.start(), first.end() - first.start()
    digits = slice(first.start(1) - begin, first.end(1) - begin)
    rows = min((len(content) - begin) // width, _MOST_ROWS)
    if rows < _FEW_ROWS or width > _WIDEST_ROW:
        return _NONE, width
    block = np.frombuffer(content, np.uint8, rows * width, begin).reshape(rows, width)
    return _numbers(block[: _all_alike(block, digits), digits]), width


def _all_alike(block: NDArray[np.uint8], digits: slice) -> int:
    """How many rows repeat the first; it looks further only while they do."""
    looked, found = _FEW_ROWS, _alike(block[:_FEW_ROWS], digits)
    while found == looked < len(block):
        looked = min(looked * 8, len(block))
        found = _alike(block[:looked], digits)
    return found


def _alike(block: NDArray[np.uint8], digits: slice) -> int:
    """How many rows repeat the first, a digit for each digit."""
    same = block == block[0]
    same[:, digits] = block[:, digits] - _ZERO <= _NINE
    return len(block) if same.all() else int(same.all(axis=1).argmin())


def _numbers(digits: NDArray[np.uint8]) -> Numbers:
    """Rows of eleven digits as numbers."""
    columns = np.ascontiguousarray(digits.T) - _ZERO
    nine = columns[0].astype(np.uint32)
    for column in columns[1:_NINE]:
        nine *= 10
        nine += column
    check = columns[_NINE] * np.uint8(10) + columns[_NINE + 1]
    numbers: Numbers = nine.astype(np.uint64) * 100 + check
    return numbers
