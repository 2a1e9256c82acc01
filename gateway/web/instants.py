"""Instants as callers state them: with an offset, and in years that every calendar here can reckon with."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_DAY = len("2025-03-10")


def _as_text(stated: Any) -> Any:
    """ISO 8601 only: seconds since 1970, as a number or as its digits, are taken for a slip."""
    if isinstance(stated, datetime):
        return stated
    if not isinstance(stated, str) or "T" not in stated[_DAY:].upper().replace(" ", "T"):
        raise ValueError("an instant is written like 2025-03-10T08:00:00+01:00")
    return stated


def _in_our_time(at: datetime) -> datetime:
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"an instant lies in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return at


Instant = Annotated[AwareDatetime, BeforeValidator(_as_text), AfterValidator(_in_our_time)]
