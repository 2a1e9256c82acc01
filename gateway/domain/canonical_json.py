"""Canonical JSON (RFC 8785) for values that have one obvious form; everything else is refused."""

import json
from typing import Any

_LARGEST = 2**53 - 1


def canonical(value: Any) -> bytes:
    """The canonical bytes of a value of strings, small integers, booleans, lists and ASCII keys.

    Raises:
        TypeError: a float, a big integer, a key that is not ASCII text, or another type.
    """
    require_canonical(value)
    return encode(value)


def encode(value: Any) -> bytes:
    """The same for a value that is known to have a canonical form: nothing is checked again."""
    return _ENCODE(value).encode()


def require_canonical(value: Any) -> None:
    """Let a value pass that has one obvious form.

    Raises:
        TypeError: as `canonical` says.
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is list or kind is tuple:
            waiting.extend(one)
        elif kind is dict:
            if not all(type(key) is str and key.isascii() for key in one):
                raise TypeError("keys are ASCII text")
            waiting.extend(one.values())
        elif kind is int:
            if abs(one) > _LARGEST:
                raise TypeError("integers beyond 2**53 have no canonical form here")
        elif kind not in _PLAIN:
            raise TypeError(f"{kind.__name__} has no canonical form here")


_PLAIN = frozenset({str, bool, type(None)})
_ENCODE = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
