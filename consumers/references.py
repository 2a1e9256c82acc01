"""Correlation ids: one for every question, the same again where a question is repeated."""

import secrets
from collections.abc import Callable
from itertools import count
from uuid import UUID, uuid5


def random_reference() -> str:
    """A reference that nobody used before (a version 4 UUID)."""
    return str(UUID(bytes=secrets.token_bytes(16), version=4))


def numbered(name: str) -> Callable[[], str]:
    """References that come in the same order again, for a story that must be the same twice."""
    numbers = count(1)
    return lambda: str(uuid5(UUID(int=0), f"{name}/{next(numbers)}"))
