"""Instants as callers state them: with an offset, and in years that every calendar here can reckon with."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

_FIRST_YEAR, _LAST_YEAR = 1900, 2999


def _in_our_time(at: datetime) -> datetime:
    if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        raise ValueError(f"an instant lies in the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
