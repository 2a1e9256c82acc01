"""From a SOAP message to a request: envelope, service, schema, and then the words in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.contracts.faults import RefusedFault, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.protocol_document import Authentication
from gateway.domain.questions import (
    PERSON_KIND,
    AdviceQuestion,
    CareAllowanceQuestion,
    PlainQuestion,
    Question,
    RegistrationQuestion,
    TransactionQuestion,
)
from gateway.domain.request import Message, Request
from gateway.domain.services import PERSON
from gateway.web.soap.names import BODY, BY_ROOT, ENVELOPE, HEADER, SoapName
from gateway.web.soap.platform_parse import PLATFORM_QUESTIONS
from gateway.web.soap.schemas import Schemas
from gateway.web.soap.wss.opened import Opened
from gateway.web.soap.xml import SafeXml, XmlInvalid

_ON = "1"
_LONGEST_URI, _LONGEST_REFERENCE = 120, 36
_LARGEST_OF_STRANGERS = 16_384
_PURPOSE, _CASE, _AUTHENTICATION = "Doel", "Dossier", "Authenticatie"


@dataclass(frozen=True, slots=True)
class PersonQuestion(PlainQuestion):
    """GeefPersoon: a name that is known and that no protocol opens; nothing in it is looked at."""

    insz: str = ""

    def problems(self, _today: object) -> tuple[()]:
        """Never judged."""
        return ()

    def asked(self) -> frozenset[str]:
        """Nothing that could be given."""
        return frozenset()


class SoapParser:
    """Parser and schemas, made once. `limit` is in bytes; those of one event loop may share schemas."""

    def __init__(self, limit: int, schemas: Schemas | None = None) -> None:
        self._limit = limit
        self._xml = SafeXml()
        self._schemas = schemas or Schemas()

    def is_open(self, message: Message) -> bool:
        """Whether a small message asks for what is open to anybody; of a stranger no more is read."""
        if len(message.body) > _LARGEST_OF_STRANGERS:
            return False
        try:
            return _service_of(_content(self._envelope(message))).service.is_open
        except RefusedFault:
            return False

    def read(self, message: Message) -> Request:
        """The request in a message, opened already or not.

        Raises:
            RefusedFault: `too-large`, `message-invalid` or `service-unknown`.
        """
        if len(message.body) > self._limit:
            raise refuse(
                Reason.TOO_LARGE,
                f"the message is larger than {self._limit} bytes",
                remedy="ask one question a message",
            )
        root = _content(self._envelope(message))
        name = _service_of(root)
        defect = self._schemas.defect(name.service.key, root)
        if defect is not None:
            raise _invalid(defect, "compare with the schema (`?wsdl`)")
        _require_context(root, name)
        return _request(root, name)

    def sketch(self, message: Message) -> Request | None:
        """Service and sender of a message that breaks its schema; `None` where even those do not stand there."""
        try:
            root = _content(self._envelope(message))
            return _sketched(root, _service_of(root))
        except RefusedFault:
            return None

    def _envelope(self, message: Message) -> etree._Element:
        if isinstance(message.opened, Opened):
            return message.opened.envelope
        try:
            return self._xml.parse(message.body)
        except XmlInvalid as error:
            raise _invalid(str(error), "send a SOAP 1.1 envelope in UTF-8") from None


def _content(envelope: etree._Element) -> etree._Element:
    if envelope.tag != ENVELOPE:
        raise _invalid("the root is no SOAP 1.1 Envelope", "send a SOAP 1.1 envelope")
    parts = [part for part in envelope if part.tag != HEADER]
    if len(parts) != 1 or parts[0].tag != BODY or len(parts[0]) != 1:
        raise _invalid("an Envelope holds one Body with one element", "ask one question")
    return parts[0][0]


def _service_of(root: etree._Element) -> SoapName:
    name = BY_ROOT.get(str(root.tag))
    if name is None:
        raise refuse(
            Reason.SERVICE_UNKNOWN,
            "no service has this element and namespace as its request",
            remedy="GET /soap?wsdl names every service",
        )
    return name


def _require_context(root: etree._Element, name: SoapName) -> None:
    """Context must speak of the same service as the element does; the domain may stand before it."""
    context = root[0][0]
    stated = context[0].text or ""
    if stated not in (name.service.name, f"{name.domain}.{name.service.name}"):
        raise _invalid("Context/Naam names another service than the Body", "make both agree")
    if context[1].text != name.version:
        raise refuse(
            Reason.SERVICE_UNKNOWN,
            "Context/Versie is not the version of this namespace",
            remedy=f"state {name.version}",
        )


def _request(root: etree._Element, name: SoapName) -> Request:
    context, question = root[0][0], root[0][1][0]
    sender = {element.tag: element.text or "" for element in context[2][2]}
    said = _annotations(context)
    return Request(
        service=name.service,
        question=_QUESTIONS[name.service.key](question[1]),
        reference=sender["Referte"],
        question_reference=question[0].text or "",
        uri=sender["Identificatie"],
        hoedanigheid=sender.get("Hoedanigheid"),
        enduser=sender.get("Gebruiker"),
        purpose=said.get(_PURPOSE),
        case=said.get(_CASE),
        authentication=_authentication(said.get(_AUTHENTICATION)),
        called=context[0].text,
    )


def _sketched(root: etree._Element, name: SoapName) -> Request | None:
    """NOTE: what is mirrored must itself fit the schema of an answer."""
    sender = {
        str(one.tag): one.text or "" for one in root.iterfind("Verzoek/Context/Bericht/Afzender/*")
    }
    uri, reference = sender.get("Identificatie", ""), sender.get("Referte", "")
    if not (0 < len(uri) <= _LONGEST_URI and 0 < len(reference) <= _LONGEST_REFERENCE):
        return None
    return Request(
        service=name.service,
        question=PersonQuestion(),
        reference=reference,
        question_reference="",
        uri=uri,
    )


def _annotations(context: etree._Element) -> Mapping[str, str]:
    annotations = next(context.iterchildren("Annotaties"), None)
    if annotations is None:
        return {}
    return {one[0].text or "": one[1].text or "" for one in annotations}


def _authentication(text: str | None) -> Authentication | None:
    if text is None:
        return None
    try:
        return Authentication(text)
    except ValueError:
        raise _invalid(
            "Annotatie Authenticatie has an unknown value",
            "use one of " + ", ".join(Authentication),
        ) from None


def _care_allowance(content: etree._Element) -> Question:
    criteria = content[0]
    wanted = criteria[2]
    when = criteria[1]
    is_period = when.tag == "Periode"
    return CareAllowanceQuestion(
        insz=criteria[0].text or "",
        reference_date=None if is_period else when.text or "",
        begin=when[0].text or "" if is_period else None,
        end=when[1].text or "" if is_period else None,
        wants_application=wanted[0].text == _ON,
        wants_recognitions=wanted[1].text == _ON,
        language=content[1].text or "",
    )


def _transactions(content: etree._Element) -> Question:
    criteria = content[0]
    year = criteria.findtext("FiscaalJaar")
    if year is not None and not (year.isascii() and year.isdigit() and len(year) <= 4):  # noqa: PLR2004  yyyy
        raise _invalid("FiscaalJaar is no year", "write yyyy")
    return TransactionQuestion(
        insz=criteria[0].text or "", fiscal_year=int(year) if year is not None else None
    )


def _advice(content: etree._Element) -> Question:
    criteria = content[0]
    return AdviceQuestion(
        insz=criteria[0].text or "",
        opening_day=criteria[1].text or "",
        fund=criteria.findtext("Zorgkas"),
    )


def _registration(content: etree._Element) -> Question:
    registration = content[0]
    period = registration.find("Periode")
    subjects = registration.findall("BetrokkenSubject/Subjecten/Subject")
    kinds = [registration.findtext("BetrokkenSubject/Type") or PERSON_KIND]
    kinds += [subject.findtext("Type") or "" for subject in subjects]
    return RegistrationQuestion(
        insz=registration.findtext("INSZ") or _key_of(subjects),
        begin=period.findtext("Begin") if period is not None else None,
        end=period.findtext("Einde") if period is not None else None,
        removes=registration.tag == "Uitschrijving",
        uri=registration[0].text or "",
        hoedanigheid=registration[1].text or "",
        subject_kind=next((kind for kind in kinds if kind != PERSON_KIND), PERSON_KIND),
        subject_count=len(subjects) if subjects else 1,
    )


def _key_of(subjects: list[etree._Element]) -> str:
    return (subjects[0].findtext("Sleutel") or "") if subjects else ""


_QUESTIONS: Mapping[str, Callable[[etree._Element], Question]] = {
    "GeefZorgtoeslag-02.00": _care_allowance,
    "GeefJobbonusPlusVerrichtingen-01.00": _transactions,
    "GeefInburgeringsadvies-01.00": _advice,
    "RegistreerInschrijving-02.00": _registration,
    "RegistreerInschrijving-02.01": _registration,
    "RegistreerUitschrijving-02.00": _registration,
    "RegistreerUitschrijving-02.01": _registration,
    **PLATFORM_QUESTIONS,
    PERSON.key: lambda _: PersonQuestion(),
}


def _invalid(detail: str, remedy: str) -> Exception:
    return refuse(Reason.MESSAGE_INVALID, detail, remedy=remedy)
