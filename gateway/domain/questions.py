"""The questions that can be asked: what they ask for, about whom, and what is wrong with their content.

A question holds the words of the message as they came; `problems` judges them, and that verdict is
given only after the law has had its say (contract section 4).
"""

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.contracts.faults import Ground
from gateway.contracts.quickly_made import quickly_made
from gateway.contracts.reasons import Reason
from gateway.domain.claim import Claim
from gateway.domain.content_checks import (
    LANGUAGE,
    MISSING_BEGIN,
    NO_GROUP,
    Today,
    as_day,
    day_problems,
    fiscal_year_problems,
    form_problems,
    insz_problems,
    period_problems,
    problem,
)
from gateway.domain.identification import StatedIdentity
from gateway.domain.services import (
    ADVICE_PATHS,
    CARE_ALLOWANCE,
    CARE_ALLOWANCE_PATHS,
    DOSSIER,
    STATISTICS_PATHS,
    TRANSACTION_PATHS,
)

PERSON_KIND = "PERS"
"""The one kind of subject that can be registered; enterprises (`OND`) are refused."""
LANGUAGES = frozenset({"nl", "fr", "de", "en"})
_RECOGNITION_FIELDS = CARE_ALLOWANCE_PATHS.keys() - {"insz", "statusAanvraag"}
_APPLICATION = frozenset({"insz", "statusAanvraag"})
_RECOGNITIONS = frozenset({"insz", *_RECOGNITION_FIELDS})
_CARE_ALLOWANCE_GROUPS = {
    (False, False): frozenset({"insz"}),
    (True, False): _APPLICATION,
    (False, True): _RECOGNITIONS,
    (True, True): _APPLICATION | _RECOGNITIONS,
}
_TRANSACTION_FIELDS, _ADVICE_FIELDS = frozenset(TRANSACTION_PATHS), frozenset(ADVICE_PATHS)
_NO_OPTION: frozenset[str] = frozenset()


@quickly_made
@dataclass(frozen=True)
class Subject:
    """Whom a question is about, and what else facts are looked up by: a fund, a citizen's question."""

    insz: str
    fund: str | None = None
    question: str | None = None


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

    def claims(self) -> tuple[Claim, ...]:
        """The senders that the content itself names, where it names any."""
        ...

    def stated(self) -> frozenset[str]:
        """The options that it names (`zorgkas`)."""
        ...

    def day(self) -> date | None:
        """The day that it is about, where the law looks at that day too."""
        ...

    def subject(self) -> Subject:
        """Whom it is about."""
        ...


class PlainQuestion:
    """What most questions have in common: they claim no sender, name no option and no legal day."""

    __slots__ = ()
    insz: str

    def claims(self) -> tuple[Claim, ...]:
        """Nothing."""
        return ()

    def stated(self) -> frozenset[str]:
        """Nothing."""
        return _NO_OPTION

    def day(self) -> date | None:
        """None."""
        return None

    def subject(self) -> Subject:
        """The person."""
        return Subject(self.insz)


@quickly_made
@dataclass(frozen=True, kw_only=True)
class CareAllowanceQuestion(PlainQuestion):
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
            *(() if self.wants_application or self.wants_recognitions else (NO_GROUP,)),
            *(() if self.language in LANGUAGES else (LANGUAGE,)),
        )

    def _date_problems(self, today: Today) -> tuple[Ground, ...]:
        if self.reference_date is not None:
            return day_problems(self.reference_date, "referentiedatum", today.day)
        begin, end = self.begin or "", self.end or ""
        return day_problems(begin, "periode.begin", today.day) or period_problems(begin, end)

    def asked(self) -> frozenset[str]:
        """The INSZ and the fields of every group that was asked."""
        return _CARE_ALLOWANCE_GROUPS[self.wants_application, self.wants_recognitions]


@quickly_made
@dataclass(frozen=True, kw_only=True)
class TransactionQuestion(PlainQuestion):
    """GeefJobbonusPlusVerrichtingen: payments and recoveries, of one fiscal year or of all."""

    insz: str
    fiscal_year: int | None = None

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """INSZ and year."""
        return (
            *insz_problems(self.insz, today),
            *fiscal_year_problems(self.fiscal_year, today),
        )

    def asked(self) -> frozenset[str]:
        """Every field of the service."""
        return _TRANSACTION_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationQuestion(PlainQuestion):
    """RegistreerInschrijving and RegistreerUitschrijving: a person's file, open for a period."""

    insz: str
    begin: str | None
    end: str | None = None
    removes: bool = False
    uri: str | None = None
    hoedanigheid: str | None = None
    subject_kind: str = PERSON_KIND
    subject_count: int = 1

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """Subject, INSZ and period; a registration may start in the future."""
        subject = self._subject_problems()
        if self.subject_kind == PERSON_KIND:
            subject = (*subject, *insz_problems(self.insz, today))
        return (*subject, *self._period_problems())

    def _subject_problems(self) -> tuple[Ground, ...]:
        found = []
        if self.subject_count != 1:
            found.append(problem(Reason.TOO_MANY_SUBJECTS, "subjecten", "give one subject"))
        if self.subject_kind != PERSON_KIND:
            found.append(problem(Reason.SUBJECT_KIND_REFUSED, "type", "only PERS is accepted"))
        return tuple(found)

    def _period_problems(self) -> tuple[Ground, ...]:
        """A registration has a begin; what is taken back may start and end anywhere."""
        if self.begin is None and not self.removes:
            return (MISSING_BEGIN,)
        wrong = () if self.begin is None else form_problems(self.begin, "periode.begin")
        return wrong or (() if self.end is None else period_problems(self.begin or "", self.end))

    def asked(self) -> frozenset[str]:
        """The result."""
        return frozenset({"resultaat"})

    def claims(self) -> tuple[Claim, ...]:
        """Who the registration says it is for."""
        return () if self.uri is None else (Claim(self.uri, self.hoedanigheid),)


@quickly_made
@dataclass(frozen=True, kw_only=True)
class AdviceQuestion(PlainQuestion):
    """GeefInburgeringsadvies: does the person meet the integration duty on the opening day.

    `fund` is the care fund that it is asked for, if one is named.
    """

    insz: str
    opening_day: str
    fund: str | None = None

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """INSZ and opening day."""
        return (
            *insz_problems(self.insz, today),
            *day_problems(self.opening_day, "openingsdatum", today.day),
        )

    def asked(self) -> frozenset[str]:
        """Every field of the service."""
        return _ADVICE_FIELDS

    def stated(self) -> frozenset[str]:
        """Whether a fund is named."""
        return frozenset() if self.fund is None else frozenset({"zorgkas"})

    def day(self) -> date | None:
        """The opening day: the condition counts for openings from a day on."""
        return as_day(self.opening_day)

    def subject(self) -> Subject:
        """The person, and the fund."""
        return Subject(self.insz, self.fund)


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierQuestion(PlainQuestion):
    """A step towards a look into a jobbonus file: `question` is the citizen's (`V-1`), once there is one.

    `identity` is what the citizen stated about themselves and the file.
    """

    insz: str
    question: str | None = None
    identity: StatedIdentity | None = None

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """INSZ, where the message gives it; a question that is not there is a matter of facts."""
        return insz_problems(self.insz, today) if self.question is None else ()

    def asked(self) -> frozenset[str]:
        """Every field of the service."""
        return frozenset(DOSSIER.paths)

    def subject(self) -> Subject:
        """The person, and the citizen's question."""
        return Subject(self.insz, question=self.question)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticsQuestion(PlainQuestion):
    """Counts and sums of jobbonus plus, of one fiscal year or of all; about nobody."""

    fiscal_year: int | None = None
    insz: str = ""

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """The year."""
        return fiscal_year_problems(self.fiscal_year, today)

    def asked(self) -> frozenset[str]:
        """Every field of the service."""
        return frozenset(STATISTICS_PATHS)


def group_problems(flow: str, fields: frozenset[str]) -> tuple[Ground, ...]:
    """What is wrong with the fields asked of a service that gives them in groups."""
    groups = _RECOGNITION_FIELDS | {"statusAanvraag"}
    return (NO_GROUP,) if flow == CARE_ALLOWANCE.flow and not fields & groups else ()
