"""The REST codec: headers and JSON to a request, a filtered record to JSON."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gateway.contracts.faults import Ground, Refusal, RefusedFault, refuse
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.field_filter import FilteredRecord, Notice
from gateway.domain.protocol_document import Authentication
from gateway.domain.questions import Question
from gateway.domain.request import Message, Reply, Request
from gateway.domain.services import ADVICE, PLATFORM_FIELDS, REGISTRATION_FLOW, Service
from gateway.web.labels import labels
from gateway.web.rest.bodies import BodyReader
from gateway.web.rest.decoding import BodyInvalid
from gateway.web.rest.problems import problem

JSON = "application/json"
CORRELATION = "x-correlation-id"
_LONGEST_REFERENCE = 64
_ENDUSER_DIGITS = 11


class RestCodec:
    """Implements `gateway.ports.MessageCodec`. `new_id` gives UUIDs, `limit` is in bytes."""

    channel = "rest"

    def __init__(self, new_id: Callable[[], str], limit: int, fidelity: str = "sim") -> None:
        self._new_id, self._limit, self._fidelity = new_id, limit, fidelity
        self._bodies = BodyReader()
        self._encode = msgspec.json.Encoder().encode

    def is_open(self, message: Message) -> bool:
        """As the path tells."""
        return message.service is not None and message.service.is_open

    def read(self, message: Message) -> Request:
        """Read headers and body.

        Raises:
            RefusedFault: `too-large` or `message-invalid`.
        """
        assert message.service is not None
        self.require_size(message)
        return self.request(message, message.service, self._bodies.read)

    def require_size(self, message: Message) -> None:
        """Let a message pass that is not too large.

        Raises:
            RefusedFault: `too-large`.
        """
        if len(message.body) > self._limit:
            raise refuse(
                Reason.TOO_LARGE,
                f"the body is larger than {self._limit} bytes",
                remedy="ask one question a message",
            )

    def request(
        self, message: Message, service: Service, read: Callable[[Service, bytes], Question]
    ) -> Request:
        """The request that headers and a question make; `read` makes the question of the body.

        Raises:
            RefusedFault: `message-invalid`.
        """
        headers = message.headers
        try:
            question = read(service, message.body)
            reference = self._reference(headers)
            return Request(
                service=service,
                question=question,
                reference=reference,
                question_reference=reference,
                uri=headers.get("x-magda-sender-id"),
                hoedanigheid=headers.get("x-magda-sender-qualitycode"),
                enduser=_enduser(headers.get("x-magda-enduser-id")),
                purpose=headers.get("sim-purpose"),
                case=headers.get("sim-case"),
                authentication=_authentication(headers.get("sim-authentication")),
            )
        except BodyInvalid as error:
            raise _invalid(error) from None

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """The answer's JSON: what the record holds, and what was withheld under which article."""
        members: dict[str, Any] = {"referte": request.reference, **record.data}
        if request.service.flow == REGISTRATION_FLOW:
            members["uitzonderingen"] = self._notices(record)
        elif self._fidelity == "sim" and request.service.flow not in PLATFORM_FIELDS:
            members |= _withheld(request, record)
        return self.reply(request, record, members)

    def reply(self, request: Request, record: FilteredRecord, members: Mapping[str, Any]) -> Reply:
        """The answer of these members: the reference echoed, warnings, and how long it may be kept."""
        headers: tuple[tuple[str, str], ...] = ((CORRELATION, request.reference),)
        if record.notices and request.service.flow != REGISTRATION_FLOW:
            listed = self._encode(self._notices(record)).decode("ascii", "replace")
            headers = (*headers, ("x-magda-exceptions", listed))
        return Reply(200, JSON, (self._encode(members),), headers, labels(record.permit))

    def _notices(self, record: FilteredRecord) -> list[dict[str, Any]]:
        own = self._fidelity == "sim"
        return [_notice(one) | (_own_words(one) if own else {}) for one in record.notices]

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """The problem document, with the correlation id echoed."""
        reply = problem(refusal, self._new_id(), fidelity=self._fidelity)
        reference = request.reference if request else message.headers.get(CORRELATION)
        if reference is None or not _is_printable(reference):
            return reply
        headers = (*reply.headers, (CORRELATION, reference))
        return Reply(reply.status, reply.media_type, reply.parts, headers)

    def _reference(self, headers: Mapping[str, str]) -> str:
        reference = headers.get(CORRELATION)
        if reference is None:
            return self._new_id()
        if not _is_printable(reference):
            raise _header(CORRELATION, f"is 1-{_LONGEST_REFERENCE} printable characters")
        return reference


def _is_printable(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_REFERENCE and text.isascii() and text.isprintable()


def _enduser(text: str | None) -> str | None:
    if text is None or (len(text) == _ENDUSER_DIGITS and text.isascii() and text.isdigit()):
        return text
    raise _header("X-Magda-Enduser-ID", "is eleven digits")


def _authentication(text: str | None) -> Authentication | None:
    if text is None:
        return None
    try:
        return Authentication(text)
    except ValueError:
        known = ", ".join(Authentication)
        raise _header("Sim-Authentication", f"is one of {known}") from None


def _header(name: str, rule: str) -> BodyInvalid:
    return BodyInvalid(f"`{name}` {rule}", name, "header")


def _invalid(error: BodyInvalid) -> RefusedFault:
    ground = Ground(
        reason=Reason.MESSAGE_INVALID,
        element=error.element,
        part=error.part,
        detail=str(error),
        remedy="/docs shows the body of every service",
    )
    return RefusedFault(Refusal((ground,)))


def _notice(notice: Notice) -> dict[str, Any]:
    wire = WIRE[notice.reason]
    return {"code": wire.code, "soort": "WAARSCHUWING", "diagnose": wire.text}


def _own_words(notice: Notice) -> dict[str, str]:
    """The reason, and the field that it tells of."""
    told = {} if notice.about is None else {"veld": notice.about}
    return {"reden": notice.reason.value, **told}


def _withheld(request: Request, record: FilteredRecord) -> Mapping[str, Any]:
    """What was asked and is not listed; an advice, which gives all that there is, says it if so only."""
    chosen = record.permit.candidate
    if not chosen.withheld and request.service.key == ADVICE.key:
        return {}
    told: msgspec.Raw | None = chosen.worked_out.get(_withheld)
    if told is None:
        listed = [{"veld": one.name, "artikel": one.article} for one in chosen.withheld]
        told = chosen.worked_out[_withheld] = msgspec.Raw(msgspec.json.encode(listed))
    return {"achtergehouden": told}
