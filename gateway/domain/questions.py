"""The questions that can be asked: what they ask for, about whom, and what is wrong with their content.

A question holds the words of the message as they came; `problems` judges them, and that verdict is
given only after the law has had its say (contract section 4).
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.contracts.faults import Ground
from gateway.contracts.insz import InszInvalid, InszKind, parse_insz
from gateway.contracts.reasons import Reason
from gateway.domain.services import CARE_ALLOWANCE_PATHS, TRANSACTION_PATHS

LANGUAGES = frozenset({"nl", "fr", "de", "en"})
_RECOGNITION_FIELDS = CARE_ALLOWANCE_PATHS.keys() - {"insz", "statusAanvraag"}


@dataclass(frozen=True, slots=True)
class Today:
    """What content is judged against: the Belgian day, and whether only test numbers may be asked."""

    day: date
    test_numbers_only: bool = True


class Question(Protocol):
    """One question about one person."""

    @property
    def insz(self) -> str:
        """The number as it was sent."""
        ...

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """What is wrong with the content."""
        ...

    def asked(self) -> frozenset[str]:
        """The field names that an answer would hold if nothing were withheld."""
        ...

    def claims(self) -> tuple[str | None, str | None]:
        """The URI and hoedanigheid that the content itself states, where it states any."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CareAllowanceQuestion:
    """GeefZorgtoeslag: recognitions at a reference date or in a period."""

    insz: str
    reference_date: str | None = None
    begin: str | None = None
    end: str | None = None
    wants_application: bool = False
    wants_recognitions: bool = True
    language: str = "nl"

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """INSZ, dates, groups and language."""
        return (
            *insz_problems(self.insz, today),
            *self._date_problems(today),
            *([] if self.wants_application or self.wants_recognitions else [_NO_GROUP]),
            *([] if self.language in LANGUAGES else [_LANGUAGE]),
        )

    def _date_problems(self, today: Today) -> tuple[Ground, ...]:
        if self.reference_date is not None:
            return _day_problems(self.reference_date, "referentiedatum", today.day)
        begin, end = self.begin or "", self.end or ""
        return _day_problems(begin, "periode.begin", today.day) or _period_problems(begin, end)

    def asked(self) -> frozenset[str]:
        """The INSZ and the fields of every group that was asked."""
        names = {"insz"}
        if self.wants_application:
            names.add("statusAanvraag")
        if self.wants_recognitions:
            names |= _RECOGNITION_FIELDS
        return frozenset(names)

    def claims(self) -> tuple[str | None, str | None]:
        """Nothing."""
        return None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionQuestion:
    """GeefJobbonusPlusVerrichtingen: payments and recoveries, of one fiscal year or of all."""

    insz: str
    fiscal_year: int | None = None

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """INSZ and year."""
        return (*insz_problems(self.insz, today), *self._year_problems(today))

    def _year_problems(self, today: Today) -> tuple[Ground, ...]:
        if self.fiscal_year is None or self.fiscal_year <= today.day.year:
            return ()
        return (_problem(Reason.DATE_IN_FUTURE, "fiscaalJaar", "the year is still to come"),)

    def asked(self) -> frozenset[str]:
        """Every field of the service."""
        return frozenset(TRANSACTION_PATHS)

    def claims(self) -> tuple[str | None, str | None]:
        """Nothing."""
        return None, None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationQuestion:
    """RegistreerInschrijving and RegistreerUitschrijving: a person's file, open for a period."""

    insz: str
    begin: str | None
    end: str | None = None
    removes: bool = False
    uri: str | None = None
    hoedanigheid: str | None = None
    subject_kind: str = "PERS"
    subject_count: int = 1

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """Subject, INSZ and period; a registration may start in the future."""
        return (
            *self._subject_problems(),
            *insz_problems(self.insz, today),
            *self._period_problems(),
        )

    def _subject_problems(self) -> tuple[Ground, ...]:
        found = []
        if self.subject_count != 1:
            found.append(_problem(Reason.TOO_MANY_SUBJECTS, "subjecten", "give one subject"))
        if self.subject_kind != "PERS":
            found.append(_problem(Reason.SUBJECT_KIND_REFUSED, "type", "only PERS is accepted"))
        return tuple(found)

    def _period_problems(self) -> tuple[Ground, ...]:
        if self.begin is None:
            return () if self.removes else (_MISSING_BEGIN,)
        return _form_problems(self.begin, "periode.begin") or (
            () if self.end is None else _period_problems(self.begin, self.end)
        )

    def asked(self) -> frozenset[str]:
        """The result."""
        return frozenset({"resultaat"})

    def claims(self) -> tuple[str | None, str | None]:
        """Who the registration says it is for."""
        return self.uri, self.hoedanigheid


def _problem(reason: Reason, element: str, detail: str, remedy: str = "") -> Ground:
    return Ground(reason=reason, element=element, detail=detail, remedy=remedy or detail)


_NO_GROUP = _problem(
    Reason.NO_GROUP_ASKED,
    "gewensteInformatie",
    "neither `statusAanvraag` nor `erkenningen` is asked",
    "set at least one of both",
)
_LANGUAGE = _problem(Reason.LANGUAGE_UNKNOWN, "taal", "use nl, fr, de or en")
_MISSING_BEGIN = _problem(Reason.PERIOD_INVALID, "periode.begin", "a registration needs a begin")


def insz_problems(text: str, today: Today) -> tuple[Ground, ...]:
    """What is wrong with a person's number."""
    try:
        insz = parse_insz(text)
    except InszInvalid as error:
        return (_problem(Reason.INSZ_INVALID, "insz", str(error), "send a valid number"),)
    if today.test_numbers_only and insz.kind is not InszKind.TEST:
        return (
            _problem(
                Reason.NOT_A_TEST_NUMBER,
                "insz",
                "this simulator accepts test numbers only (month 61-72)",
                "use a test number; /_sim/personas lists some",
            ),
        )
    return ()


def _form_problems(text: str, element: str) -> tuple[Ground, ...]:
    if _day(text) is not None:
        return ()
    return (_problem(Reason.DATE_INVALID, element, "not a calendar day", "write yyyy-mm-dd"),)


def _day_problems(text: str, element: str, today: date) -> tuple[Ground, ...]:
    day = _day(text)
    if day is None:
        return _form_problems(text, element)
    if day > today:
        return (_problem(Reason.DATE_IN_FUTURE, element, "the day is still to come"),)
    return ()


def _period_problems(begin: str, end: str) -> tuple[Ground, ...]:
    first, last = _day(begin), _day(end)
    if last is None:
        return _form_problems(end, "periode.einde")
    if first is not None and first > last:
        return (_problem(Reason.PERIOD_INVALID, "periode", "the period ends before it begins"),)
    return ()


def _day(text: str) -> date | None:
    if len(text) != len("2025-03-10"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
