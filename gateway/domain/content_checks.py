"""What can be wrong with the content of a question: numbers, dates, periods, languages."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from gateway.contracts.faults import Ground
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.contracts.quickly_made import quickly_made
from gateway.contracts.reasons import Reason

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,3})?)?)?", re.ASCII)
_EARLIEST, _LATEST = "0000-00-00T00:00:00.000", "9999-12-31T23:59:59.999"


@quickly_made
@dataclass(frozen=True)
class Today:
    """What content is judged against: the Belgian day, and whether only test numbers may be asked."""

    day: date
    test_numbers_only: bool = True


def problem(reason: Reason, element: str, detail: str, remedy: str = "") -> Ground:
    """The ground that an element of the content is wrong; without `remedy` the detail says it."""
    return Ground(reason=reason, element=element, detail=detail, remedy=remedy or detail)


NO_GROUP = problem(
    Reason.NO_GROUP_ASKED,
    "gewensteInformatie",
    "neither `statusAanvraag` nor `erkenningen` is asked",
    "set at least one of both",
)
LANGUAGE = problem(Reason.LANGUAGE_UNKNOWN, "taal", "use nl, fr, de or en")
MISSING_BEGIN = problem(Reason.PERIOD_INVALID, "periode.begin", "a registration needs a begin")


def insz_problems(text: str, today: Today) -> tuple[Ground, ...]:
    """What is wrong with a person's number."""
    try:
        insz = parse_insz(text)
    except InszInvalid as error:
        return (problem(Reason.INSZ_INVALID, "insz", str(error), "send a valid number"),)
    if today.test_numbers_only and insz.kind is not InszKind.TEST:
        return (
            problem(
                Reason.NOT_A_TEST_NUMBER,
                "insz",
                "this simulator accepts test numbers only (month 61-72)",
                "use a test number; /_sim/personas lists some",
            ),
        )
    return ()


def form_problems(text: str, element: str) -> tuple[Ground, ...]:
    """What is wrong with the form of a day."""
    if as_day(text) is not None:
        return ()
    return (problem(Reason.DATE_INVALID, element, "not a calendar day", "write yyyy-mm-dd"),)


def day_problems(text: str, element: str, today: date) -> tuple[Ground, ...]:
    """What is wrong with a day that may not be to come."""
    day = as_day(text)
    if day is None:
        return form_problems(text, element)
    if day > today:
        return (problem(Reason.DATE_IN_FUTURE, element, "the day is still to come"),)
    return ()


def fiscal_year_problems(year: int | None, today: Today) -> tuple[Ground, ...]:
    """What is wrong with a fiscal year, if one is named."""
    if year is None or year <= today.day.year:
        return ()
    return (problem(Reason.DATE_IN_FUTURE, "fiscaalJaar", "the year is still to come"),)


def period_problems(begin: str, end: str) -> tuple[Ground, ...]:
    """What is wrong with the end of a period whose begin was judged."""
    first, last = as_day(begin), as_day(end)
    if last is None:
        return form_problems(end, "periode.einde")
    if first is not None and first > last:
        return (problem(Reason.PERIOD_INVALID, "periode", "the period ends before it begins"),)
    return ()


def as_day(text: str) -> date | None:
    """The calendar day that a text writes as `yyyy-mm-dd`, or `None`.

    Python also reads weeks, such as `2025-W11-1`, which no source does.
    """
    if len(text) != len("2025-03-10") or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def as_moment(text: str, *, is_last: bool = False) -> datetime | None:
    """The local time that a text writes as `yyyy-mm-dd[ HH:MM[:SS[.mmm]]]`, or `None`.

    What it leaves open is filled up to the first moment that fits, or the last.
    """
    if _MOMENT.fullmatch(text) is None:
        return None
    filler = _LATEST if is_last else _EARLIEST
    try:
        return datetime.fromisoformat(text + filler[len(text) :])
    except ValueError:
        return None
