"""Room for the frames of deep calls.

Python keeps frames in pieces of 16 KiB. Where a loop stands near the end of one, each call in it gets a new piece from
the system and gives it back: a year run did so a hundred times a day that it lived.
"""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_SLOTS = 16_500
"""So many take a piece of 256 KiB, and half of it is left."""


def with_room(call: Callable[[], T]) -> T:
    """Call, with room in one piece for the frames of all that is called from there.

    A frame that is larger than a piece gets a larger one; those that come after it find room behind it.
    """
    return call()


with_room.__code__ = with_room.__code__.replace(co_stacksize=_SLOTS)
