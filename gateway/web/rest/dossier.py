"""`/v1/inkomen/jobbonus-dossier`: the steps of a look into a file, on REST only (contract section 5)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import msgspec

from gateway.contracts.faults import Refusal, refuse
from gateway.contracts.reasons import Reason
from gateway.domain.citizen_question import CitizenQuestion
from gateway.domain.decision import Permit
from gateway.domain.field_filter import FilteredRecord
from gateway.domain.identification import StatedIdentity
from gateway.domain.questions import DossierQuestion, Question
from gateway.domain.request import Message, Reply, Request
from gateway.domain.services import DOSSIER, Service
from gateway.web.labels import labels
from gateway.web.rest.codec import CORRELATION, JSON, RestCodec
from gateway.web.rest.decoding import BodyInvalid, decode

ROOT = "/v1/inkomen/jobbonus-dossier/vragen"
_STEP = re.compile(rf"{ROOT}(?:/(?P<key>[^/]{{1,20}})/(?P<step>identificatie|dossier))?")
_METHOD = {None: "POST", "identificatie": "POST", "dossier": "GET"}
Short = Annotated[str, msgspec.Meta(max_length=120)]
Find = Callable[[str], CitizenQuestion | None]


class QuestionBody(msgspec.Struct, forbid_unknown_fields=True):
    """What a citizen asks; the words are read and not kept."""

    insz: str
    vraag: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    kanaal: Short


class Elements(msgspec.Struct, forbid_unknown_fields=True):
    """Elements of the file that the citizen must know."""

    bedrag: Short | None = None
    rekeningnummer: Short | None = None


class Address(msgspec.Struct, forbid_unknown_fields=True):
    """The citizen's address; each part that is stated counts."""

    straat: Short | None = None
    huisnummer: Short | None = None
    busnummer: Short | None = None
    postcode: Short | None = None
    gemeente: Short | None = None
    land: Short | None = None


class IdentityBody(msgspec.Struct, forbid_unknown_fields=True):
    """What the citizen states about themselves and about the file."""

    elementen: Elements
    naam: Short | None = None
    voornaam: Short | None = None
    adres: Address = msgspec.field(default_factory=Address)

    def identity(self) -> StatedIdentity:
        """The same, as the domain compares it."""
        address = msgspec.structs.asdict(self.adres)
        return StatedIdentity(
            name=self.naam,
            first_name=self.voornaam,
            address={key: value for key, value in address.items() if value is not None},
            amount=self.elementen.bedrag,
            account=self.elementen.rekeningnummer,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to: the collection (`step` is `None`), or a step of one question."""

    key: str | None
    step: str | None

    @property
    def method(self) -> str:
        """The one method that it answers."""
        return _METHOD[self.step]


def place_of(path: str) -> Place | None:
    """The place behind a path, or `None` where it is not one of these."""
    found = _STEP.fullmatch(path)
    return Place(found["key"], found["step"]) if found else None


@dataclass(frozen=True, slots=True)
class DossierCodec:
    """Implements `gateway.ports.MessageCodec` for one place and method."""

    rest: RestCodec
    place: Place
    method: str
    find: Find

    channel = "rest"

    def is_open(self, message: Message) -> bool:  # noqa: ARG002  a codec's form
        """No."""
        return False

    def read(self, message: Message) -> Request:
        """Read headers and body.

        Raises:
            RefusedFault: `read-only`, `too-large` or `message-invalid`.
        """
        if self.method != self.place.method:
            refuse_method(self.place.method)
        self.rest.require_size(message)
        return self.rest.request(message, DOSSIER, self._question)

    def _question(self, _: Service, body: bytes) -> Question:
        """A question that is not there is nobody's: what stands in its way is told by the facts."""
        if self.place.key is None:
            return DossierQuestion(insz=decode(_QUESTION, body).insz)
        known = self.find(self.place.key)
        stated = decode(_IDENTITY, body).identity() if self.place.step == "identificatie" else None
        if stated is None and body:
            raise BodyInvalid("a look has no body")
        insz = known.insz if known is not None else ""
        return DossierQuestion(insz=insz, question=self.place.key, identity=stated)

    def answer(self, request: Request, record: FilteredRecord) -> Reply:
        """The file, as far as it is listed."""
        return self.rest.reply(request, record, {"rekeningnummer": None, **record.data})

    def told(self, request: Request, members: Mapping[str, Any], permit: Permit) -> Reply:
        """The outcome of a step."""
        status = 201 if self.place.key is None else 200
        headers = ((CORRELATION, request.reference),)
        return Reply(status, JSON, (msgspec.json.encode(members),), headers, labels(permit))

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:
        """The problem document; nothing of a look is ever stored."""
        reply = self.rest.refuse(message, request, refusal)
        allowed = (("Allow", self.place.method),) if refusal.reason is Reason.READ_ONLY else ()
        headers = (*reply.headers, ("Cache-Control", "no-store"), *allowed)
        return Reply(reply.status, reply.media_type, reply.parts, headers)


def refuse_method(allowed: str) -> NoReturn:
    """Say that a file can only be read, on any wire.

    Raises:
        RefusedFault: `read-only`.
    """
    raise refuse(
        Reason.READ_ONLY,
        "a file can be looked into, and not changed",
        article="000, art. 6",
        remedy=f"use {allowed}",
    )


_QUESTION = msgspec.json.Decoder(QuestionBody)
_IDENTITY = msgspec.json.Decoder(IdentityBody)
STEP_BODIES = (QuestionBody, IdentityBody)
"""The bodies of the steps, for the description of the API."""
