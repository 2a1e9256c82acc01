"""How steps are told to whoever traces them; nobody does unless a setting says so."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

Words = Mapping[str, str | int]


class Span(Protocol):
    """One step that runs."""

    def tell(self, words: Words) -> None:
        """What became of it, in words that are about nobody."""
        ...


class Tracer(Protocol):
    """Makes spans; those made inside another are its children."""

    def span(self, name: str) -> AbstractContextManager[Span]:
        """A step with this name, from here to the end of the block."""
        ...

    def close(self) -> None:
        """Hand over what waits."""
        ...
