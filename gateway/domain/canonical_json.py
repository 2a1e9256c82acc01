"""Canonical JSON (RFC 8785) for values that have one obvious form; everything else is refused."""

import json
from collections.abc import Mapping, Sequence
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
    """The members of an object's canonical text one by one, in its order; `joined` puts them together.

    All are written at once, unless one of them has parts itself.
    """
    apart = "".join(_APART(words, 0))[1:-1].encode().split(_PART)
    if len(apart) == len(words):
        return apart
    return [f"{_text(name)}:{_text(words[name])}".encode() for name in sorted(words)]


def joined(texts: Sequence[bytes]) -> bytes:
    """The canonical bytes of the object that has these members."""
    return b"{" + b",".join(texts) + b"}"


class Template:
    """Words that many values have in common, with their canonical text worked out once.

    `encode` puts others among them, each in its place by name; what it gives is `encode(words | others)`
    to the byte. The words must have a canonical form.
    """

    __slots__ = ("_forms", "words")

    def __init__(self, words: Mapping[str, Any]) -> None:
        self.words = words
        self._forms: dict[tuple[str, ...], bytes] = {}

    def encode(self, others: Mapping[str, Any]) -> bytes:
        """The canonical bytes of the words and these others, none of which has the name of a word."""
        names = tuple(others)
        form = self._forms.get(names)
        if form is None:
            form = self._forms[names] = self._form(names)
        return form % tuple(members(others))

    def _form(self, names: tuple[str, ...]) -> bytes:
        """The text with a hole for the member of each name."""
        if not self.words.keys().isdisjoint(names):
            raise ValueError("a word stands twice")
        texts = {
            name: f"{_text(name)}:{_text(value)}".replace("%", "%%")
            for name, value in self.words.items()
        }
        texts |= dict.fromkeys(names, "%b")
        return f"{{{','.join(texts[name] for name in sorted(texts))}}}".encode()


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
_PART = b"\0"
"""Stands between members and items where they are taken apart: inside of a text it is escaped."""


def _pieces_of(part: str) -> Any:
    """What `_ENCODER.iterencode` makes anew for every value."""
    return encoder.c_make_encoder(  # type: ignore[attr-defined]  # stubs lag
        markers=None,
        default=_ENCODER.default,
        encoder=_QUOTED,
        indent=None,
        key_separator=":",
        item_separator=part,
        sort_keys=True,
        skipkeys=False,
        allow_nan=False,
    )


_PIECES, _APART = _pieces_of(","), _pieces_of(_PART.decode())
