"""How what came differs from what was expected, told line by line and without a person's number."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from gateway.domain.legal_day import in_brussels

NUMBER = re.compile(r"\b\d{11}\b")


def differing(expected: Any, came: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where what came lacks or contradicts what was expected; it may hold more members than that."""
    if isinstance(expected, Mapping) and isinstance(came, Mapping):
        for key, value in expected.items():
            inner = f"{where}.{key}" if where else str(key)
            yield from differing(value, came.get(str(key)), inner)
    elif isinstance(expected, list) and isinstance(came, list) and len(expected) == len(came):
        for index, (value, other) in enumerate(zip(expected, came, strict=True)):
            yield from differing(value, other, f"{where}.{index}")
    elif plain(expected) != plain(came):
        yield where, expected, came


def plain(value: Any) -> Any:
    """Days and instants as the wire has them."""
    if isinstance(value, datetime):
        return in_brussels(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def shown(value: Any, names: Mapping[str, str]) -> str:
    """A value as it may be printed: people by the name that the scenario has for them."""
    text = str(plain(value))
    by_number = {number: key for key, number in names.items()}
    return NUMBER.sub(lambda found: by_number.get(found.group(), "somebody"), text)[:300]
