"""Numbers drawn from a seed: the same for a seed, a topic and an index, on any machine and in any order.

A counter goes through a mixing function (SplitMix64, Steele, Lea and Flood 2014), so that a fact about one
person can be drawn without those before it, and about all of them at once in a column.
"""

from hashlib import blake2b
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.int64]
Index = Any
"""One index (`int`) or a column of them; what is worked out from it has the same shape."""
_MASK = (1 << 64) - 1
_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


class Draws:
    """Draws of one seed. `draws(topic, index, below)` is a number from 0 up to, not including, `below`."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._keys: dict[str, int] = {}

    @overload
    def __call__(self, topic: str, index: int, below: int) -> int: ...
    @overload
    def __call__(self, topic: str, index: Column, below: int) -> Column: ...
    def __call__(self, topic: str, index: Index, below: int) -> Index:
        """The draw of an index, or of each in a column; `below` is under 2**31."""
        key = self._keys.get(topic)
        if key is None:
            key = self._keys[topic] = self._key(topic)
        if isinstance(index, int):
            return (_mixed((key + index * _STEP) & _MASK) >> 32) * below >> 32
        return _mixed_column(index.astype(np.uint64), key, below)

    def _key(self, topic: str) -> int:
        digest = blake2b(f"{self._seed}/{topic}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big")


def _mixed(x: int) -> int:
    x = (x ^ x >> 30) * _FIRST & _MASK
    x = (x ^ x >> 27) * _SECOND & _MASK
    return x ^ x >> 31


def _mixed_column(x: NDArray[np.uint64], key: int, below: int) -> Column:
    """The same in place: a column of a million needs no further one of its size but one."""
    x *= np.uint64(_STEP)
    x += np.uint64(key)
    for shift, factor in ((30, _FIRST), (27, _SECOND)):
        x ^= x >> np.uint64(shift)
        x *= np.uint64(factor)
    x ^= x >> np.uint64(31)
    x >>= np.uint64(32)
    x *= np.uint64(below)
    x >>= np.uint64(32)
    return x.view(np.int64)
