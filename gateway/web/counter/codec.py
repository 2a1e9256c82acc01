"""The counter's wire: forms in, pages out; what is asked and answered is what the REST service has."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from gateway.contracts.faults import Refusal
from gateway.contracts.reasons import WIRE, Reason
from gateway.domain.citizen_question import CitizenQuestion
from gateway.domain.decision import Permit
from gateway.domain.field_filter import FilteredRecord
from gateway.domain.legal_day import in_brussels
from gateway.domain.questions import DossierQuestion, Question
from gateway.domain.request import Message, Reply, Request
from gateway.domain.services import DOSSIER, Service
from gateway.flows.audited import WITHOUT_CREDENTIAL
from gateway.web.counter import forms
from gateway.web.counter.pages import HOLE, OVER, Pages
from gateway.web.rest.codec import RestCodec
from gateway.web.rest.decoding import BodyInvalid
from gateway.web.rest.dossier import Place, refuse_method
from gateway.web.rest.problems import retry_after

Find = Callable[[str], CitizenQuestion | None]
_A_MINUTE = 60
_OF_QUESTION = frozenset({Reason.NOT_IDENTIFIED, Reason.SESSION_OVER})
"""Where the way on is the identification of the same question."""
_OF_FORM = frozenset(
    {Reason.MESSAGE_INVALID, Reason.INSZ_INVALID, Reason.NOT_A_TEST_NUMBER, Reason.TOO_LARGE}
)
"""Where the same form may be sent again."""


@dataclass(frozen=True, slots=True)
class CounterCodec:
    """Implements `gateway.ports.MessageCodec` for one page and visitor."""

    rest: RestCodec
    place: Place
    method: str
    pages: Pages
    find: Find
    now: Callable[[], datetime]

    channel = "page"

    def is_open(self, message: Message) -> bool:  # noqa: ARG002  a codec's form
        """No."""
        return False

    def read(self, message: Message) -> Request:
        """Read a form, or nothing where there is only to look.

        Raises:
            RefusedFault: `read-only`, `too-large` or `message-invalid`.
        """
        if self.method != self.place.method:
            refuse_method(self.place.method)
        self.rest.require_size(message)
        return self.rest.request(message, DOSSIER, self._question)

    def _question(self, _: Service, body: bytes) -> Question:
        """As over REST: a question that is not there is nobody's."""
        if self.place.key is None:
            return DossierQuestion(insz=forms.question(body).insz)
        known = self.find(self.place.key)
        is_look = self.place.step == "dossier"
        if is_look and body:
            raise BodyInvalid("a look has no body")
        return DossierQuestion(
            insz=known.insz if known is not None else "",
            question=self.place.key,
            identity=None if is_look else forms.identity(body).identity(),
        )

    def told(self, request: Request, members: Mapping[str, Any], permit: Permit) -> Reply:  # noqa: ARG002  a step's form
        """After a question its identification, after that the file; or the same no again."""
        if "vraag" in members:
            return self.pages.redirect(f"/vragen/{members['vraag']}")
        if members["geidentificeerd"]:
            return self.pages.redirect(f"{self._here}/dossier")
        error = {
            "title": self.pages.text("not_identified"),
            "advice": self.pages.text("not_identified_advice"),
        }
        return self._page("identify", {"error": error})

    def answer(self, request: Request, record: FilteredRecord) -> Reply:  # noqa: ARG002  a codec's form
        """The file and the letter, and how long they may still be seen."""
        known = self.find(self.place.key or "")
        assert known is not None
        assert known.identified_until is not None
        left = (known.identified_until - self.now()).total_seconds()
        until = in_brussels(known.identified_until)
        values = {
            "file": {"rekeningnummer": None, **record.data},
            "until": until,
            "minutes": ceil(left / _A_MINUTE),
            "refresh": {"seconds": ceil(left), "to": self.pages.place(self._here) + OVER},
            "protocol": record.permit.candidate.protocol,
            "decision": HOLE,
        }  # fmt: skip
        return self._page("dossier", values, here=f"{self._here}/dossier")

    def refuse(self, message: Message, request: Request | None, refusal: Refusal) -> Reply:  # noqa: ARG002  idem
        """A page that says no: the form again where it can be mended, else where to go from here."""
        page = self._refused(refusal)
        return replace(page, headers=(*page.headers, *retry_after(refusal)))

    def _refused(self, refusal: Refusal) -> Reply:
        reason = refusal.reason
        decision = None if reason is Reason.LOG_UNAVAILABLE else HOLE
        values = {"error": self.pages.error(reason), "decision": decision}
        status = WIRE[reason].status
        if reason in WITHOUT_CREDENTIAL:
            return self.pages.reply("login", values | {"signed_in": False}, status=status)
        if reason in _OF_FORM and self.place.step != "dossier":
            return self._page("identify" if self.place.key else "question", values, status)
        back = self._here if reason in _OF_QUESTION else ""
        protocol = refusal.protocol
        article = refusal.grounds[0].cited
        return self._page(
            "refused", values | {"back": back, "protocol": protocol, "article": article}, status
        )

    def _page(
        self, name: str, values: Mapping[str, Any], status: int = 200, here: str | None = None
    ) -> Reply:
        key = {"key": self.place.key} if self.place.key else {}
        place = self._here if here is None else here
        return self.pages.reply(name, key | dict(values), status=status, here=place)

    @property
    def _here(self) -> str:
        return f"/vragen/{self.place.key}" if self.place.key else ""
