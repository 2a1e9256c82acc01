"""Long lists of numbers as arrays: what two of them share, and how one is written.

A list is an `array("Q")`, ascending, each number once; numpy works on its memory in place.
"""

from array import array
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
_AT_ONCE = 50_000
_FOUR = 10_000
_WIDTH = 14
"""A comma, two quotes and eleven digits."""
_DIGITS = np.frombuffer("".join(f"{n:04d}" for n in range(_FOUR)).encode(), np.uint8).reshape(-1, 4)
"""How every group of four digits is written."""


def view(numbers: "array[int]") -> Numbers:
    """The same numbers for numpy; nothing is copied."""
    return np.asarray(numbers, np.uint64)


def listed(numbers: Numbers) -> "array[int]":
    """A list of its own."""
    made = array("Q")
    made.frombytes(np.ascontiguousarray(numbers).data.cast("B"))
    return made


def common(one: "array[int]", other: "array[int]") -> "array[int]":
    """The numbers in both."""
    few, many = sorted((view(one), view(other)), key=len)
    if not len(few):
        return array("Q")
    places = np.searchsorted(many, few)
    np.minimum(places, len(many) - 1, out=places)
    return listed(few[many[places] == few])


def together(lists: "Iterable[array[int]]") -> "array[int]":
    """The numbers in any."""
    return listed(np.unique(np.concatenate([np.empty(0, np.uint64), *map(view, lists)])))


def written(numbers: "array[int]") -> Iterator[bytes]:
    """The numbers as JSON strings with commas between, in pieces."""
    every = view(numbers)
    for first in range(0, len(every), _AT_ONCE):
        piece = _written(every[first : first + _AT_ONCE])
        yield piece if first else piece[1:]


def _written(numbers: Numbers) -> bytes:
    """Each number with a comma before it."""
    text = np.empty((len(numbers), _WIDTH), np.uint8)
    text[:] = np.frombuffer(b',"00000000000"', np.uint8)
    rest = numbers // _FOUR
    high = rest // _FOUR
    text[:, 2:5] = _DIGITS[high, 1:]
    text[:, 5:9] = _DIGITS[rest - high * _FOUR]
    text[:, 9:13] = _DIGITS[numbers - rest * _FOUR]
    return text.tobytes()
