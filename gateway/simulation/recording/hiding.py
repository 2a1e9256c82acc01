"""Takes out of what is written down whatever opens a door of the space, also where it is spelled otherwise."""

import html
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from gateway.domain.request import Proof, ProofKind
from gateway.simulation.space import Space
from gateway.simulation.units import UNITS

HIDDEN = "(hidden)"
_WORD = re.compile(r"[A-Za-z0-9_.-]{20,}")
"""What a token looks like; those that were given out are kept as digests, so each word is asked about."""
_SIGNED = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
"""A token over OAuth, also one that was given up, or an assertion that somebody could still show."""
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ENCODED = "base64"


class Hiding:
    """Hides tokens, passwords and keys of one space, and tokens and log-ins that it gave out since."""

    def __init__(self, space: Space) -> None:
        self._space, keyring = space, space.keyring
        self._fixed = [space.control_token, space.source_key]
        self._fixed += [
            make(unit.key) for unit in UNITS for make in (keyring.token, keyring.password)
        ]

    def hidden(self, words: Mapping[str, Any]) -> dict[str, Any]:
        """The same words; bytes that hold a secret are not kept at all."""
        told = {name: self._value(value) for name, value in words.items()}
        if _ENCODED in told and self._opens(b64decode(told[_ENCODED]).replace(b"\0", b"")):
            del told[_ENCODED]
            told["body"] = HIDDEN
        return told

    def _value(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.hidden(value)
        if isinstance(value, list):
            return [self._value(one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        """A secret is taken out; where it is written in another way, nothing of the text is kept."""
        text = _SIGNED.sub(HIDDEN, text)
        for secret in self._secrets_in(text):
            text = text.replace(secret, HIDDEN)
        is_left = any(True for plain in _readings(text) for _ in self._secrets_in(plain))
        return HIDDEN if is_left else text

    def _opens(self, content: bytes) -> bool:
        return any(True for _ in self._secrets_in(content.decode("latin-1")))

    def _secrets_in(self, text: str) -> Iterator[str]:
        yield from (secret for secret in self._fixed if secret in text)
        yield from _SIGNED.findall(text)
        yield from (word for word in set(_WORD.findall(text)) if self._is_token(word))

    def _is_token(self, word: str) -> bool:
        gateway = self._space.gateway
        caller = gateway.credentials.find(Proof(ProofKind.TOKEN, word.encode()))
        return caller is not None or gateway.logins.who(word) is not None


def _readings(text: str) -> Iterator[str]:
    """What a text may stand for: in an address, in JSON, in XML."""
    if "%" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if "&" in text:
        yield html.unescape(text)
