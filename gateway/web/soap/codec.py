"""The SOAP codec: Verzoek to request, filtered record to Repliek, refusal to exception or Fault."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from gateway.contracts.clock import Clock
from gateway.contracts.faults import Refusal
from gateway.contracts.quirks import Quirk, Quirks
from gateway.contracts.reasons import WIRE, Level, Reason
from gateway.domain.decision_terms import Candidate
from gateway.domain.field_filter import FilteredRecord
from gateway.domain.legal_day import in_brussels
from gateway.domain.request import ANYBODY, Message, Reply, Request
from gateway.web.labels import Labels, labels
from gateway.web.soap.content import Content
from gateway.web.soap.envelope import enveloped
from gateway.web.soap.exceptions import HOLE, annotations, exceptions, fault, warnings
from gateway.web.soap.layout import BARE_LAYOUTS, LAYOUTS
from gateway.web.soap.names import BY_SERVICE, SoapName
from gateway.web.soap.parse import SoapParser
from gateway.web.soap.schemas import Schemas
from gateway.web.soap.xml import escape

MEDIA_TYPE = "text/xml; charset=utf-8"
_HOLE = HOLE.encode()
_SUBJECT = frozenset({Reason.NOT_REGISTERED, Reason.NOTHING_PERMITTED, Reason.NO_DATA})
"""What sources show at level 2 and at level 3."""


class SoapCodec:
    """Implements `gateway.ports.MessageCodec`. `new_id` gives UUIDs, `limit` is in bytes."""

    channel = "soap"

    def __init__(
        self,
        clock: Clock,
        new_id: Callable[[], str],
        limit: int,
        fidelity: str = "sim",
        quirks: Quirks = frozenset(),
        schemas: Schemas | None = None,
    ) -> None:
        self._clock, self._new_id, self._quirks = clock, new_id, quirks
        self._annotated = fidelity == "sim"
        self._content = Content(LAYOUTS if self._annotated else BARE_LAYOUTS)
        self._parser = SoapParser(limit, schemas)
        self._sender = _sender(quirks)
        self._precision = "seconds" if Quirk.NO_MILLISECONDS in quirks else "milliseconds"

    def is_open(self, message: Message) -> bool:
        """As the Body's element tells."""
        return self._parser.is_open(message)

    def read(self, message: Message) -> Request:
        """Read a message.

        Raises:
            RefusedFault: `too-large`, `message-invalid` or `service-unknown`.
        """
        return self._parser.read(message)

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """The Repliek with its content, and beside it the warnings."""
        moment = self._moment()
        write = self._content.writer(request.service, record.permit.fields)
        withheld = _withheld(record.permit.candidate) if self._annotated else ""
        answer = (
            f"<Antwoorden><Antwoord><Referte>{escape(request.question_reference)}</Referte>"
            f"<Inhoud>{write(record.data)}</Inhoud>{warnings(record.notices, moment, request.service)}</Antwoord></Antwoorden>"
        )
        return self._reply(request, moment, withheld, answer, labels(record.permit))

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """The exception at its level; a Fault where nothing was read."""
        level = self._level(refusal.reason)
        if refusal.reason is Reason.MESSAGE_INVALID and level is Level.CONTEXT:
            request = self._parser.sketch(message)
        if request is None or level in (None, Level.FAULT):
            return self._fault(refusal)
        moment = self._moment()
        found = exceptions(refusal, moment, request.service, annotated=self._annotated)
        if level is Level.QUESTION:
            found = (
                f"<Antwoorden><Antwoord><Referte>{escape(request.question_reference)}</Referte>"
                f"{found}</Antwoord></Antwoorden>"
            )
        return self._reply(request, moment, "", found)

    def _reply(
        self, request: Request, moment: str, said: str, rest: str, labelled: Labels = ()
    ) -> Reply:
        name = BY_SERVICE[request.service.key]
        root = f"{name.service.name}Response"
        text = enveloped(
            f'<m:{root} xmlns:m="{name.namespace}"><Repliek><Context>'
            f"<Naam>{self._called(request, name)}</Naam><Versie>{name.version}</Versie>"
            f"<Bericht><Type>ANTWOORD</Type>{moment}{self._sender}"
            f"<Referte>{self._new_id()}</Referte></Afzender>{_receiver(request)}</Bericht>"
            f"{said}</Context>{rest}</Repliek></m:{root}>"
        )
        return _reply(200, text, labelled=labelled)

    def _called(self, request: Request, name: SoapName) -> str:
        """The service as the question called it, unless the platform's own habit is wanted."""
        if Quirk.QUALIFIED_NAME in self._quirks:
            return f"{name.domain}.{name.service.name}"
        return request.called or name.service.name

    def _level(self, reason: Reason) -> Level | None:
        if reason in _SUBJECT and Quirk.SUBJECT_AT_LEVEL_2 in self._quirks:
            return Level.CONTEXT
        if reason is Reason.MESSAGE_INVALID and Quirk.SCHEMA_AT_LEVEL_2 in self._quirks:
            return Level.CONTEXT
        return WIRE[reason].level

    def _fault(self, refusal: Refusal) -> Reply:
        status = 200 if Quirk.FAULT_STATUS_200 in self._quirks else 500
        is_server = Quirk.FAULT_CODE_SERVER in self._quirks
        text = fault(refusal, annotated=self._annotated, is_server=is_server)
        return _reply(status, text, self._headers(refusal))

    def _headers(self, refusal: Refusal) -> Labels:
        if refusal.retry_after is not None and self._annotated:
            return (("Retry-After", str(refusal.retry_after)),)
        return ()

    def _moment(self) -> str:
        return _rendered(self._clock.now(), self._precision)


def _sender(quirks: Quirks) -> str:
    """The platform as Afzender, up to its reference."""
    name = "" if Quirk.NO_SENDER_NAME in quirks else "<Naam>MagdaGateway</Naam>"
    return f"<Afzender><Identificatie>vip.vlaanderen.be</Identificatie>{name}"


@lru_cache(maxsize=1_000)
def _rendered(at: datetime, precision: str) -> str:
    """An instant as a Tijdstip; many messages are answered within one millisecond."""
    day, _, time = in_brussels(at).isoformat(timespec=precision).partition("T")
    return f"<Tijdstip><Datum>{day}</Datum><Tijd>{time.partition('+')[0]}</Tijd></Tijdstip>"


def _withheld(chosen: Candidate) -> str:
    """Annotaties that tell what was asked and is not listed, written once for a candidate."""
    text: str | None = chosen.worked_out.get(_withheld)
    if text is None:
        words = (("achtergehouden", f"{one.name} ({one.article})") for one in chosen.withheld)
        text = chosen.worked_out[_withheld] = annotations(words)
    return text


def _receiver(request: Request) -> str:
    """The sender, mirrored. Of one that was admitted all but reference and person is known."""
    mirror = _mirror.__wrapped__ if request.sender is ANYBODY else _mirror
    before, after = mirror(request.uri or "", request.hoedanigheid)
    enduser = f"<Gebruiker>{request.enduser}</Gebruiker>" if request.enduser else ""
    return f"{before}{escape(request.reference)}{after}{enduser}</Ontvanger>"


@lru_cache(maxsize=1_000)
def _mirror(uri: str, hoedanigheid: str | None) -> tuple[str, str]:
    """What stands before the reference, and what behind it."""
    quality = f"<Hoedanigheid>{escape(hoedanigheid)}</Hoedanigheid>" if hoedanigheid else ""
    before = f"<Ontvanger><Identificatie>{escape(uri)}</Identificatie><Referte>"
    return before, f"</Referte>{quality}"


def _reply(status: int, text: str, headers: Labels = (), labelled: Labels = ()) -> Reply:
    return Reply(status, MEDIA_TYPE, tuple(text.encode().split(_HOLE)), headers, labelled)
