"""The JSON bodies of the REST services, as strict types that become questions (contract section 5)."""

from typing import Any, Literal

import msgspec

from gateway.domain.platform_questions import (
    AvailabilityQuestion,
    DisclosuresQuestion,
    Moments,
)
from gateway.domain.questions import (
    AdviceQuestion,
    CareAllowanceQuestion,
    Question,
    RegistrationQuestion,
    StatisticsQuestion,
    TransactionQuestion,
)
from gateway.domain.services import (
    ADVICE,
    AUDIT_FLOW,
    AUDIT_LOG,
    CARE_ALLOWANCE,
    DEREGISTER_0201,
    REGISTER_0201,
    STATISTICS,
    STATUS,
    STATUS_FLOW,
    TRANSACTIONS,
    Service,
)
from gateway.web.rest.decoding import BodyInvalid, decode


class Period(msgspec.Struct, forbid_unknown_fields=True):
    """`{"begin": "yyyy-mm-dd", "einde": "yyyy-mm-dd"}`; an open end is `null`."""

    begin: str
    einde: str | None = None


class Groups(msgspec.Struct, forbid_unknown_fields=True):
    """Which groups of GeefZorgtoeslag are wanted."""

    statusAanvraag: bool = False  # noqa: N815  the wire's name
    erkenningen: bool = True


class CareAllowanceBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/gezin/zorgtoeslag/bevraging`."""

    insz: str
    referentiedatum: str | None = None
    periode: Period | None = None
    gewensteInformatie: Groups = msgspec.field(default_factory=Groups)  # noqa: N815  idem
    taal: str = "nl"

    def question(self) -> Question:
        """The question; exactly one of date and period must be given."""
        if (self.referentiedatum is None) == (self.periode is None):
            raise BodyInvalid("give either `referentiedatum` or `periode`", "referentiedatum")
        if self.periode is not None and self.periode.einde is None:
            raise BodyInvalid("`periode` needs `einde`", "periode.einde")
        return CareAllowanceQuestion(
            insz=self.insz,
            reference_date=self.referentiedatum,
            begin=self.periode.begin if self.periode else None,
            end=self.periode.einde if self.periode else None,
            wants_application=self.gewensteInformatie.statusAanvraag,
            wants_recognitions=self.gewensteInformatie.erkenningen,
            language=self.taal,
        )


class TransactionBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/werk/jobbonusplus-verrichtingen/bevraging`."""

    insz: str
    fiscaalJaar: int | None = None  # noqa: N815  the wire's name

    def question(self) -> Question:
        """The question."""
        return TransactionQuestion(insz=self.insz, fiscal_year=self.fiscaalJaar)


class AdviceBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/inburgering/advies/bevraging`; a care fund that is named must have the person as member."""

    insz: str
    openingsdatum: str
    zorgkas: str | None = None

    def question(self) -> Question:
        """The question."""
        return AdviceQuestion(insz=self.insz, opening_day=self.openingsdatum, fund=self.zorgkas)


class StatisticsBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/werk/jobbonusplus-statistiek/bevraging`."""

    fiscaalJaar: int | None = None  # noqa: N815  the wire's name

    def question(self) -> Question:
        """The question."""
        return StatisticsQuestion(fiscal_year=self.fiscaalJaar)


class RegistrationBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/repertorium/inschrijvingen`."""

    insz: str
    periode: Period

    def question(self) -> Question:
        """The question."""
        return RegistrationQuestion(
            insz=self.insz, begin=self.periode.begin, end=self.periode.einde
        )


class DeregistrationBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/repertorium/uitschrijvingen`; without a period the whole registration goes."""

    insz: str
    periode: Period | None = None

    def question(self) -> Question:
        """The question."""
        period = self.periode
        return RegistrationQuestion(
            insz=self.insz,
            begin=period.begin if period else None,
            end=period.einde if period else None,
            removes=True,
        )


class Stretch(msgspec.Struct, forbid_unknown_fields=True):
    """From one moment to another, `yyyy-mm-dd` or more precisely; an open end is `null`."""

    begin: str
    einde: str | None = None


class AuditBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/auditlogging/bevraging`: what the asker itself was told of a person."""

    insz: str
    periode: Stretch | None = None
    dienst: str | None = None
    soort: Literal["bevraging", "bestand"] | None = None
    referte: str | None = None
    beslissing: str | None = None
    omschrijvingen: bool = False

    def question(self) -> Question:
        """The question."""
        period = self.periode
        return DisclosuresQuestion(
            flow=AUDIT_FLOW,
            insz=self.insz,
            described=self.omschrijvingen,
            period=Moments(begin=period.begin, end=period.einde) if period else None,
            service=self.dienst,
            kinds=frozenset({self.soort}) if self.soort else None,
            reference=self.referte,
            decision=self.beslissing,
        )


_Body = (
    CareAllowanceBody
    | TransactionBody
    | AdviceBody
    | StatisticsBody
    | RegistrationBody
    | DeregistrationBody
    | AuditBody
)
BODY_OF: dict[str, type[_Body]] = {
    CARE_ALLOWANCE.key: CareAllowanceBody,
    TRANSACTIONS.key: TransactionBody,
    ADVICE.key: AdviceBody,
    STATISTICS.key: StatisticsBody,
    REGISTER_0201.key: RegistrationBody,
    DEREGISTER_0201.key: DeregistrationBody,
    AUDIT_LOG.key: AuditBody,
}
PATHS: dict[str, Service] = {
    "/v1/gezin/zorgtoeslag/bevraging": CARE_ALLOWANCE,
    "/v1/werk/jobbonusplus-verrichtingen/bevraging": TRANSACTIONS,
    "/v1/inburgering/advies/bevraging": ADVICE,
    "/v1/werk/jobbonusplus-statistiek/bevraging": STATISTICS,
    "/v1/repertorium/inschrijvingen": REGISTER_0201,
    "/v1/repertorium/uitschrijvingen": DEREGISTER_0201,
    "/v1/auditlogging/bevraging": AUDIT_LOG,
}
READ_PATHS: dict[str, Service] = {"/v1/diensten": STATUS}
"""What is read and has no body."""


class BodyReader:
    """Decoders for every body, made once."""

    def __init__(self) -> None:
        self._decoder: dict[str, msgspec.json.Decoder[Any]] = {
            key: msgspec.json.Decoder(body) for key, body in BODY_OF.items()
        }

    def read(self, service: Service, body: bytes) -> Question:
        """The question in a body.

        Raises:
            BodyInvalid: not JSON, a member that is missing, unknown, doubled or of a wrong type.
        """
        if service.key == STATUS.key:
            return _status(body)
        question: Question = decode(self._decoder[service.key], body).question()
        return question


def _status(body: bytes) -> Question:
    if body:
        raise BodyInvalid("what is read has no body")
    return AvailabilityQuestion(flow=STATUS_FLOW)
