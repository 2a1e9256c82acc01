"""The words between gateway and sources: queries out, strictly read envelopes back."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from gateway.adapters.sources.payment_messages import payment_record
from gateway.contracts.faults import Ground, Refusal, RefusedFault, SourceFault, refuse
from gateway.contracts.insz import bare
from gateway.contracts.reasons import Reason
from gateway.domain.field_filter import Notice, SourceRecord
from gateway.domain.file_questions import PaymentFileQuestion
from gateway.domain.questions import (
    AdviceQuestion,
    CareAllowanceQuestion,
    Question,
    StatisticsQuestion,
    TransactionQuestion,
)
from gateway.domain.request import Request
from gateway.domain.services import PAYMENT_FILE, Service
from gateway.domain.statistics import suppressed, years_of

SOURCE_OF_FLOW: Mapping[str, str] = {
    "zorgtoeslag": "opgroeien",
    "jobbonusplus-verrichtingen": "wewis",
    "inburgering-advies": "agii",
    "jobbonus-dossier": "vlabel",
    "jobbonusplus-statistiek": "wewis",
    "zele-betaalbestand": "vutg",
}
_NUMBER_FIELDS = ("insz", "persoon.insz")
Points = Annotated[int, msgspec.Meta(ge=0, le=36)]
Money = Annotated[str, msgspec.Meta(pattern=r"^-?\d{1,7}\.\d{2}$")]


class Period(msgspec.Struct):
    """A recognised period; an open end is `null`."""

    begin: date
    einde: date | None = None


class Description(msgspec.Struct):
    """Words of the source, in the language that was asked or in its own."""

    tekst: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    taal: Literal["nl", "fr", "de", "en"]


class Legislation(msgspec.Struct):
    """The law that was applied."""

    code: Annotated[int, msgspec.Meta(ge=0, le=100)]
    omschrijving: Description | None = None


class Recognition(msgspec.Struct):
    """What the gateway relies on in a recognition; further members are left alone and cut later.

    Points are told or not, but never out of range (`magda.md` 2.1).
    """

    periode: Period
    pijler1: Annotated[int, msgspec.Meta(ge=0, le=6)] | None = None
    pijler2: Annotated[int, msgspec.Meta(ge=0, le=12)] | None = None
    pijler3: Annotated[int, msgspec.Meta(ge=0, le=18)] | None = None
    subpijlers2: dict[Literal["1", "2", "3", "4"], Points] | None = None
    subpijlers3: dict[Literal["1", "2", "3"], Points] | None = None
    totaal: Points | None = None
    wetgeving: Legislation | None = None


class CareAllowanceRecord(msgspec.Struct):
    """The record behind GeefZorgtoeslag."""

    insz: str
    erkenningen: Annotated[list[Recognition], msgspec.Meta(max_length=10)]


class TransactionLine(msgspec.Struct):
    """LAW: 001 art. 3 a fixes the measure's one value and the two tranches."""

    maatregel: Literal["Jobbonus plus"]
    fiscaalJaar: int  # noqa: N815  the wire's name
    bedragtype: Literal[1, 2]
    verrichtingbedrag: Money
    effectieveVerrichtingsdatum: date  # noqa: N815  idem


class TransactionRecord(msgspec.Struct):
    """The record behind GeefJobbonusPlusVerrichtingen."""

    insz: str
    verrichtingen: list[TransactionLine]


class AdviceRecord(msgspec.Struct):
    """The record behind GeefInburgeringsadvies; a reason belongs to a duty that is not fulfilled."""

    insz: str
    openingsdatum: date
    plicht: Literal["geen", "vlaams", "brussel"]
    voldaan: bool | None = None
    reden: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None

    def __post_init__(self) -> None:
        """LAW: 002 art. 3, gegeven 4."""
        if (self.reden is not None) != (self.plicht == "vlaams" and self.voldaan is False):
            raise ValueError("a reason stands beside a duty that is not fulfilled, and only there")


class CellLine(msgspec.Struct):
    """One figure: how many people, and what was paid less what was recovered."""

    fiscaalJaar: int  # noqa: N815  the wire's name
    bedragtype: Literal[1, 2]
    aantal: Annotated[int, msgspec.Meta(ge=0)]
    verrichtingbedrag: Annotated[str, msgspec.Meta(pattern=r"^-?\d{1,12}\.\d{2}$")]


class CellRecord(msgspec.Struct):
    """The record behind the anonymous statistics; `jaar` is the source's year."""

    cellen: list[CellLine]
    jaar: int


class DossierPerson(msgspec.Struct):
    """Whose file it is."""

    insz: str
    naam: str
    voornaam: str
    adres: dict[str, str | None]


class DossierRecord(msgspec.Struct):
    """The record behind the look into a jobbonus file."""

    persoon: DossierPerson
    loon: Money
    bedrag: Money
    berekening: str
    status: str
    brief: dict[str, str | None]
    rekeningnummer: str | None = None


class Envelope(msgspec.Struct):
    """What a source says it found; `record` is read by its own type."""

    status: Literal["found", "none", "unknown", "cancelled", "replaced"]
    record: msgspec.Raw = msgspec.Raw(b"null")
    replaced_by: str | None = None


class SourceReader:
    """Decoders, made once."""

    def __init__(self) -> None:
        self._envelope = msgspec.json.Decoder(Envelope).decode
        self._check = {
            "zorgtoeslag": msgspec.json.Decoder(CareAllowanceRecord).decode,
            "jobbonusplus-verrichtingen": msgspec.json.Decoder(TransactionRecord).decode,
            "jobbonus-dossier": msgspec.json.Decoder(DossierRecord).decode,
            "jobbonusplus-statistiek": msgspec.json.Decoder(CellRecord).decode,
            "inburgering-advies": msgspec.json.Decoder(AdviceRecord).decode,
        }
        self._plain = msgspec.json.Decoder(dict[str, Any]).decode

    def read(self, request: Request, body: bytes) -> SourceRecord:
        """The record in a source's answer.

        Raises:
            SourceFault: `source-garbled`.
            RefusedFault: `no-data`, `insz-unknown` or `insz-cancelled`.
        """
        service = request.service
        assert service.flow is not None
        try:
            envelope = self._envelope(body)
            if envelope.status == "found" and service.flow == PAYMENT_FILE.flow:
                return SourceRecord(payment_record(envelope.record), service.paths)
            if envelope.status in ("found", "replaced"):
                self._check[service.flow](envelope.record)
                data = self._plain(envelope.record)
                if isinstance(request.question, StatisticsQuestion):
                    return _figures(request.question, data, service)
                notices = _notices(envelope, request)
                return SourceRecord(data, service.paths, notices)
        except (msgspec.DecodeError, ValueError):
            raise source_trouble(Reason.SOURCE_GARBLED, service) from None
        raise _nothing(envelope.status)


def query_of(question: Question) -> dict[str, Any]:
    """The question as the source takes it; its dates were judged before."""
    return {"insz": bare(question.insz) if question.insz else "", **_more(question)}


def _more(question: Question) -> dict[str, Any]:
    """What a question says beside the person."""
    said: dict[str, Any] = {}
    match question:
        case CareAllowanceQuestion(reference_date=None):
            said = {"begin": question.begin, "end": question.end, "language": question.language}
        case CareAllowanceQuestion(reference_date=day):
            said = {"begin": day, "end": day, "language": question.language}
        case StatisticsQuestion() | TransactionQuestion():
            said = {"fiscal_year": question.fiscal_year}
        case PaymentFileQuestion():
            said = {"year": question.year, "municipality": question.municipality}
        case AdviceQuestion():
            said = {"day": question.opening_day}
        case _:
            pass
    return said


def source_trouble(reason: Reason, service: Service) -> SourceFault:
    """The fault that the source behind a service is silent, busy or garbled."""
    detail = f"the source behind `{service.key}` {_TROUBLE[reason]}"
    ground = Ground(reason=reason, detail=detail, remedy="ask again later, with the same reference")
    return SourceFault(Refusal((ground,)))


_TROUBLE = {
    Reason.SOURCE_SILENT: "did not answer in time",
    Reason.SOURCE_BUSY: "is busy",
    Reason.SOURCE_GARBLED: "answered something that cannot be read",
}


def _notices(envelope: Envelope, request: Request) -> tuple[Notice, ...]:
    if envelope.status != "replaced" or envelope.replaced_by is None:
        return ()
    numbers = (("Oud INSZ", request.question.insz), ("Nieuw INSZ", envelope.replaced_by))
    number = next(name for name in _NUMBER_FIELDS if name in request.service.paths)
    return (Notice(Reason.INSZ_REPLACED, numbers, about=number),)


def _figures(question: StatisticsQuestion, data: dict[str, Any], service: Service) -> SourceRecord:
    """The figures without small cells: those go no further than this reader."""
    years = years_of(question.fiscal_year, data["jaar"])
    cells = suppressed(data["cellen"], years)
    return SourceRecord({"cellen": cells}, service.paths, is_anonymous=True)


def _nothing(status: str) -> RefusedFault:
    reason, detail = {
        "none": (Reason.NO_DATA, "nothing to answer this question with"),
        "unknown": (Reason.INSZ_UNKNOWN, "the source knows nobody by this number"),
        "cancelled": (Reason.INSZ_CANCELLED, "the number was cancelled"),
    }[status]
    return refuse(reason, detail, remedy="check the number and the dates asked")
