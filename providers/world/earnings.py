"""Work and jobbonus in a crowd: transactions of the self-employed, files of who is employed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from providers.world.draws import Column, Draws, Index
from providers.world.lives import NEVER
from providers.world.people import JobbonusFile, Transaction

AMOUNT = Decimal("600.00")
_SHARE, _SECOND_SHARE, _RECOVERED_SHARE = 20, 60, 8
_WORKING_FROM, _WORKING_TO = date(1960, 1, 1).toordinal(), date(2003, 1, 1).toordinal()
_FIRST_YEAR, _YEARS = 2022, 5
_NEW_YEARS = np.array([date(_FIRST_YEAR + n, 1, 1).toordinal() for n in range(_YEARS + 1)])
_A_YEAR_LATER, _ASKED_BACK_AFTER, _ASKED_BACK_WITHIN = 366, 60, 500
_SATURDAY, _WEEK = 5, 7
_FILES_PER_MILLE = 120
_WAGES_FROM, _WAGES_TO, _FULL_UP_TO = 120_000, 260_000, 190_000
_LEAST, _FULL = 2_000, 60_000
_STATES = ("betaald", "brief verzonden", "in behandeling")


@dataclass(frozen=True, slots=True)
class Movement:
    """A payment or, negative, a recovery; `day` is `NEVER` where there is none."""

    day: Index
    year: Index
    tranche: int
    sign: int


def movements(draws: Draws, person: Index, born: Index, until: Index) -> Sequence[Movement]:
    """What is paid to and recovered from somebody who lives `until` a day; nothing after it."""
    works = (born >= _WORKING_FROM) & (born < _WORKING_TO)
    starts = works & (draws("self-employed", person, 100) < _SHARE)
    nth = draws("first year", person, _YEARS)
    first = _workday(_NEW_YEARS[nth + 1] + draws("paid on", person, 365))
    goes_on = starts & (draws("second tranche", person, 100) < _SECOND_SHARE)
    wrong = starts & (draws("recovered", person, 100) < _RECOVERED_SHARE)
    second = _workday(first + _A_YEAR_LATER)
    back = _workday(first + _ASKED_BACK_AFTER + draws("back on", person, _ASKED_BACK_WITHIN))
    year = _FIRST_YEAR + nth
    return (
        Movement(_if(starts & (first < until), first), year, 1, 1),
        Movement(_if(goes_on & (second < until), second), year + 1, 2, 1),
        Movement(_if(wrong & (back < until), back), year, 1, -1),
    )


def transactions(found: Sequence[Movement]) -> tuple[Transaction, ...]:
    """The same of one person, in order of time."""
    real = sorted((one for one in found if one.day != NEVER), key=lambda one: int(one.day))
    return tuple(
        Transaction(
            fiscal_year=int(one.year),
            tranche=one.tranche,
            amount=one.sign * AMOUNT,
            effective=date.fromordinal(int(one.day)),
        )
        for one in real
    )


class Ledger:
    """Every movement of a crowd in columns, by day."""

    def __init__(self, people: Column, found: Sequence[Movement]) -> None:
        real = [np.asarray(one.day) != NEVER for one in found]
        days = np.concatenate([one.day[is_real] for one, is_real in zip(found, real, strict=True)])
        who = np.concatenate([people[is_real] for is_real in real])
        order = np.lexsort((who, days))
        self._days, self._who = days[order].astype(np.int32), who[order].astype(np.int32)
        cells = [_cells(one, is_real) for one, is_real in zip(found, real, strict=True)]
        self._cells = np.concatenate(cells)[order].astype(np.int32)

    def on(self, day: date) -> list[int]:
        """Who has a movement on a day, once for each."""
        low, high = (
            int(np.searchsorted(self._days, np.int32(day.toordinal()), side))
            for side in ("left", "right")
        )
        found: list[int] = self._who[low:high].tolist()
        return found

    def figures(self, day: date) -> Mapping[tuple[int, int], tuple[int, Decimal]]:
        """By fiscal year and tranche up to a day: how many people, and the net sum."""
        known = int(np.searchsorted(self._days, np.int32(day.toordinal()), "right"))
        cells, who = np.abs(self._cells[:known]), self._who[:known].astype(np.int64)
        signs = np.sign(self._cells[:known])
        told = {}
        for cell in map(int, np.unique(cells)):
            here = cells == cell
            people, net = len(np.unique(who[here])), int(signs[here].sum())
            told[divmod(cell, 10)] = people, net * AMOUNT
        return told


def jobbonus_file(draws: Draws, person: int, born: int) -> JobbonusFile | None:
    """The file of who is employed, if there is one."""
    works = _WORKING_FROM <= born < _WORKING_TO and draws("self-employed", person, 100) >= _SHARE
    if not works or draws("jobbonus", person, 1_000) >= _FILES_PER_MILLE:
        return None
    wage = _WAGES_FROM + 10 * draws("wage", person, (_WAGES_TO - _WAGES_FROM) // 10)
    cut = max(0, wage - _FULL_UP_TO) * 3 // 4
    amount = max(_LEAST, _FULL - cut)
    how = f"600,00 min 75 % van {_euro(wage - _FULL_UP_TO)}" if cut else "loon onder 1900 euro"
    return JobbonusFile(
        number=f"JB-2024-{100_000 + person}",
        wage=Decimal(wage) / 100,
        amount=Decimal(amount) / 100,
        sum=how,
        state=_STATES[draws("file state", person, len(_STATES))],
        letter=date(2024, 9, 2 + draws("letter", person, 28)),
    )


def _cells(one: Movement, is_real: Column) -> Column:
    """Year and tranche in one number, with the sign of the movement."""
    return np.asarray((one.year[is_real] * 10 + one.tranche) * one.sign)


def _workday(day: Index) -> Index:
    """The same day, or the Monday after."""
    weekday = (day + 6) % _WEEK
    return day + (weekday >= _SATURDAY) * (_WEEK - weekday)


def _if(holds: Index, day: Index) -> Index:
    return day * holds + NEVER * (1 - holds)


def _euro(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"
