"""One sender's registrations as columns: who is registered on a day is answered for all at once."""

from array import array
from collections.abc import Iterable
from datetime import date

import numpy as np

from gateway.domain.number_lists import listed, view
from gateway.domain.registration import Period

_OPEN = date.max.toordinal()


class RegisteredTable:
    """Numbers ascending, and beside each the first and last day of one of its periods."""

    def __init__(self, rows: Iterable[tuple[int, Period]]) -> None:
        numbers, begins, ends = array("Q"), array("I"), array("I")
        for number, period in rows:
            numbers.append(number)
            begins.append(period.begin.toordinal())
            ends.append(period.end.toordinal() if period.end else _OPEN)
        order = np.argsort(view(numbers), kind="stable")
        self._numbers = view(numbers)[order]
        self._begins = np.asarray(begins)[order]
        self._ends = np.asarray(ends)[order]

    def on(self, day: date) -> "array[int]":
        """Who is registered on a day, each once, ascending. Periods of one person never overlap."""
        today = day.toordinal()
        return listed(self._numbers[(self._begins <= today) & (today <= self._ends)])
