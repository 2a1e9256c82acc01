"""Addresses of a space: left out of a recording, since each life has its own."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

HERE = "{here}"


@dataclass(frozen=True, slots=True)
class Named:
    """Under which addresses one request could mean us, and the one that it called."""

    base: str
    bases: Collection[str]

    def hidden(self, words: Any) -> Any:
        """A text, or a list of them, with `{here}` for an address of ours."""
        if isinstance(words, list):
            return [self.hidden(one) for one in words]
        if not isinstance(words, str):
            return words
        for base in sorted(self.bases, key=len, reverse=True):
            if words == base or words.startswith((f"{base}/", f"{base}?")):
                return HERE + words[len(base) :]
        return words

    def shown(self, words: Any) -> Any:
        """The same with the address that is called."""
        if isinstance(words, list):
            return [self.shown(one) for one in words]
        return self.base + words[len(HERE) :] if str(words).startswith(HERE) else words
