"""The questions to the platform itself: whose authorisations, which disclosures, does it answer."""

from dataclasses import dataclass
from datetime import datetime

from gateway.contracts.faults import Ground
from gateway.contracts.reasons import Reason
from gateway.domain.claim import Claim
from gateway.domain.content_checks import Today, as_moment, insz_problems, problem
from gateway.domain.legal_day import in_brussels
from gateway.domain.questions import PlainQuestion
from gateway.domain.services import PLATFORM_FIELDS

PERSON_KEY = "INSZ"
"""The one kind of key that the log can be searched by."""


class PlatformQuestion(PlainQuestion):
    """What these have in common: everything that the service gives is asked."""

    __slots__ = ()
    flow: str

    def asked(self) -> frozenset[str]:
        """Every field of the service."""
        return PLATFORM_FIELDS[self.flow]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationsQuestion(PlatformQuestion):
    """GeefMachtigingen: under which protocols these units of one's own party receive data."""

    flow: str
    units: tuple[Claim, ...]
    insz: str = ""

    def problems(self, today: Today) -> tuple[Ground, ...]:  # noqa: ARG002  a question's form
        """Nothing can be wrong but the sender, and that is not content."""
        return ()

    def claims(self) -> tuple[Claim, ...]:
        """The units asked about."""
        return self.units


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """A stretch of Belgian clock time as it was sent, both ends included; without `end` it goes on."""

    begin: str
    end: str | None = None

    def holds(self, at: datetime) -> bool:
        """Whether an instant lies in it."""
        begin, end = self._ends()
        local = in_brussels(at).replace(tzinfo=None)
        return begin is not None and begin <= local and (end is None or local <= end)

    def problems(self) -> tuple[Ground, ...]:
        """What is wrong with it."""
        begin, end = self._ends()
        if begin is None:
            return (_no_moment("periode.begin"),)
        if self.end is not None and end is None:
            return (_no_moment("periode.einde"),)
        if end is not None and begin > end:
            what = "the period ends before it begins"
            return (problem(Reason.PERIOD_INVALID, "periode", what),)
        return ()

    def _ends(self) -> tuple[datetime | None, datetime | None]:
        return as_moment(self.begin), None if self.end is None else as_moment(
            self.end, is_last=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosuresQuestion(PlatformQuestion):
    """GeefAuditLogging: what this sender itself was told of a person, narrowed by what is given.

    `service` is a name, `version` `02.00`; `kinds` are `bevraging` and `bestand`; `reference` is the
    asker's own of that time, `decision` ours (`D-18`).
    """

    flow: str
    insz: str
    key_kind: str = PERSON_KEY
    described: bool = False
    period: Moments | None = None
    sender: Claim | None = None
    service: str | None = None
    version: str | None = None
    kinds: frozenset[str] | None = None
    reference: str | None = None
    decision: str | None = None

    def problems(self, today: Today) -> tuple[Ground, ...]:
        """Kind of key, INSZ and period."""
        period = self.period.problems() if self.period else ()
        if self.key_kind != PERSON_KEY:
            return (_KEY_KIND, *period)
        return (*insz_problems(self.insz, today), *period)

    def claims(self) -> tuple[Claim, ...]:
        """Whose disclosures are asked for."""
        return () if self.sender is None else (self.sender,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityQuestion(PlatformQuestion):
    """IsBeschikbaar and GeefWebserviceStatus: `asked_at` is the asker's own clock, and comes back."""

    flow: str
    asked_at: str | None = None
    insz: str = ""

    def problems(self, today: Today) -> tuple[Ground, ...]:  # noqa: ARG002  a question's form
        """None."""
        return ()


_KEY_KIND = problem(
    Reason.SUBJECT_KIND_REFUSED, "sleutel.type", f"the log is searched by {PERSON_KEY} only"
)


def _no_moment(element: str) -> Ground:
    return problem(
        Reason.DATE_INVALID, element, "not a moment", "write yyyy-mm-dd[ HH:MM[:SS[.mmm]]]"
    )
