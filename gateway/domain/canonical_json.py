"""Canonical JSON (RFC 8785) for values that have one obvious form; everything else is refused."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json import encoder
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
    return "".join(_PIECES(value, 0)).encode()


def members(words: Mapping[str, Any]) -> Sequence[bytes]:
    """The members of an object's canonical text one by one, in its order; `joined` puts them together."""
    return [
        (key + (_QUOTED(word) if type(word := words[name]) is str else _text(word))).encode()
        for name, key in _keys(tuple(words))
    ]


def joined(texts: Sequence[bytes]) -> bytes:
    """The canonical bytes of the object that has these members."""
    return b"{" + b",".join(texts) + b"}"


@lru_cache(maxsize=100)
def _keys(names: tuple[str, ...]) -> Sequence[tuple[str, str]]:
    return [(name, f"{_text(name)}:") for name in sorted(names)]


class Template:
    """Words that many values have in common, with their canonical text worked out once.

    `encode` puts others among them, each in its place by name; what it gives is `encode(words | others)`
    to the byte. The words must have a canonical form.
    """

    __slots__ = ("_forms", "words")

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.words = words
        self._forms: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}

    def encode(self, others: Mapping[str, Any]) -> bytes:
        """The canonical bytes of the words and these others, none of which has the name of a word."""
        names = tuple(others)
        found = self._forms.get(names)
        if found is None:
            found = self._forms[names] = self._form(names)
        form, order = found
        texts = [
            _QUOTED(word) if type(word := others[name]) is str else _text(word) for name in order
        ]
        return (form % tuple(texts)).encode()

    def _form(self, names: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """The text with a hole for each name, and the names in the order of their holes."""
        if not self.words.keys().isdisjoint(names):
            raise ValueError("a word stands twice")
        texts = {name: _text(value).replace("%", "%%") for name, value in self.words.items()}
        texts |= dict.fromkeys(names, "%s")
        order = sorted(texts)
        members = (f"{_text(name).replace('%', '%%')}:{texts[name]}" for name in order)
        holes = tuple(name for name in order if name in names)
        return "{" + ",".join(members) + "}", holes


def _text(value: Any) -> str:
    if type(value) is str:
        return _QUOTED(value)
    return "null" if value is None else "".join(_PIECES(value, 0))


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
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)
_QUOTED = encoder.encode_basestring
_PIECES = encoder.c_make_encoder(  # type: ignore[attr-defined]  # stubs lag
    markers=None,
    default=_ENCODER.default,
    encoder=_QUOTED,
    indent=None,
    key_separator=":",
    item_separator=",",
    sort_keys=True,
    skipkeys=False,
    allow_nan=False,
)
"""What `_ENCODER.iterencode` makes anew for every value."""
