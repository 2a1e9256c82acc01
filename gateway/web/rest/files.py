"""Files on request over REST: a small body in, and where to fetch the file out (contract section 8)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from gateway.contracts.faults import Refusal
from gateway.domain.field_filter import FilteredRecord
from gateway.domain.file_questions import OnwardListQuestion, PaymentFileQuestion
from gateway.domain.questions import Question
from gateway.domain.request import Message, Reply, Request
from gateway.domain.services import MEMBERS_LIST, PAYMENT_FILE, Service
from gateway.web.rest.codec import CORRELATION, JSON, RestCodec
from gateway.web.rest.decoding import decode

PATHS: dict[str, Service] = {
    "/v1/gezin/betaalbestand/aanvragen": PAYMENT_FILE,
    "/v1/inburgering/jaarlijst/doorgiften": MEMBERS_LIST,
}


class PaymentFileBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/gezin/betaalbestand/aanvragen`: the window says what is meant."""

    def question(self) -> Question:
        """The question."""
        return PaymentFileQuestion()


class OnwardListBody(msgspec.Struct, forbid_unknown_fields=True):
    """`/v1/inburgering/jaarlijst/doorgiften`: the list of 1 January of this year."""

    jaar: Annotated[int, msgspec.Meta(ge=2000, le=2999)]

    def question(self) -> Question:
        """The question."""
        return OnwardListQuestion(year=self.jaar)


FILE_BODIES: dict[str, type[PaymentFileBody | OnwardListBody]] = {
    PAYMENT_FILE.key: PaymentFileBody,
    MEMBERS_LIST.key: OnwardListBody,
}
_DECODERS: dict[str, msgspec.json.Decoder[Any]] = {
    key: msgspec.json.Decoder(body) for key, body in FILE_BODIES.items()
}


@dataclass(frozen=True, slots=True)
class FileCodec:
    """Implements `gateway.ports.MessageCodec` for requests that are answered with files."""

    rest: RestCodec

    channel = "rest"

    def is_open(self, message: Message) -> bool:  # noqa: ARG002  a codec's form
        """No."""
        return False

    def read(self, message: Message) -> Request:
        """Read headers and body.

        Raises:
            RefusedFault: `too-large` or `message-invalid`.
        """
        assert message.service is not None
        self.rest.require_size(message)
        return self.rest.request(message, message.service, _question)

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """Never reached: a file's content does not leave this way."""
        return self.rest.answer(request, record)

    def told(self, request: Request, members: Mapping[str, Any], status: int) -> Reply:
        """Where the file is."""
        return Reply(
            status, JSON, (msgspec.json.encode(members),), ((CORRELATION, request.reference),)
        )

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """The problem document."""
        return self.rest.refuse(message, request, refusal)


def _question(service: Service, body: bytes) -> Question:
    question: Question = decode(_DECODERS[service.key], body).question()
    return question
