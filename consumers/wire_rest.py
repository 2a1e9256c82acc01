"""A REST client that an agency can copy: one method a service, typed answers, refusals as values."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import httpx
import msgspec

from consumers.answers import Answer
from consumers.closing import Closing
from consumers.contents import (
    Advice,
    CareAllowance,
    GivenFile,
    GivenFiles,
    Identified,
    JobbonusFile,
    PassedOn,
    Proven,
    Question,
    Registered,
    RequestedFile,
    Statistics,
    Transactions,
)
from consumers.errand import NO_ERRAND, Errand, Sender
from consumers.platform_contents import Disclosures, Rights
from consumers.references import random_reference
from consumers.rest_reading import read_answer
from consumers.wire_http import HttpWire
from gateway.contracts.insz import Insz

T = TypeVar("T")
_FILES = "/v1/inkomen/jobbonus-dossier/vragen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a citizen states to be known by: something of themselves and something of the file."""

    name: str | None = None
    first_name: str | None = None
    address: dict[str, str] | None = None
    amount: Decimal | None = None
    account: str | None = None

    def members(self) -> dict[str, Any]:
        """The body of an identification."""
        amount = None if self.amount is None else f"{self.amount:.2f}"
        elements = _present(bedrag=amount, rekeningnummer=self.account)
        person = _present(naam=self.name, voornaam=self.first_name, adres=self.address)
        return {**person, "elementen": elements}


class RestClient(Closing):
    """Asks the gateway in the name of one unit. Without `sender` the credential tells who asks."""

    def __init__(
        self,
        wire: HttpWire,
        sender: Sender | None = None,
        new_reference: Callable[[], str] = random_reference,
    ) -> None:
        self._wire, self._sender, self._new_reference = wire, sender, new_reference

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def care_allowance(
        self,
        insz: Insz | str,
        on: date,
        until: date | None = None,
        *,
        wants_application: bool = False,
        wants_recognitions: bool = True,
        errand: Errand = NO_ERRAND,
    ) -> Answer[CareAllowance]:
        """GeefZorgtoeslag on a day, or in the period from `on` up to and with `until`."""
        wanted = {"statusAanvraag": wants_application, "erkenningen": wants_recognitions}
        when = (
            {"referentiedatum": on.isoformat()} if until is None else {"periode": _days(on, until)}
        )
        body = {"insz": str(insz), **when, "gewensteInformatie": wanted}
        return self._ask("/v1/gezin/zorgtoeslag/bevraging", body, CareAllowance, errand)

    def transactions(
        self, insz: Insz | str, fiscal_year: int | None = None, errand: Errand = NO_ERRAND
    ) -> Answer[Transactions]:
        """GeefJobbonusPlusVerrichtingen, of one fiscal year or of all."""
        body = _present(insz=str(insz), fiscaalJaar=fiscal_year)
        path = "/v1/werk/jobbonusplus-verrichtingen/bevraging"
        return self._ask(path, body, Transactions, errand)

    def statistics(
        self, fiscal_year: int | None = None, errand: Errand = NO_ERRAND
    ) -> Answer[Statistics]:
        """Anonymous jobbonus-plus figures."""
        body = _present(fiscaalJaar=fiscal_year)
        path = "/v1/werk/jobbonusplus-statistiek/bevraging"
        return self._ask(path, body, Statistics, errand)

    def advice(
        self,
        insz: Insz | str,
        opening_day: date,
        fund: str | None = None,
        errand: Errand = NO_ERRAND,
    ) -> Answer[Advice]:
        """GeefInburgeringsadvies; with `fund` the person must be its member."""
        body = _present(insz=str(insz), openingsdatum=opening_day.isoformat(), zorgkas=fund)
        return self._ask("/v1/inburgering/advies/bevraging", body, Advice, errand)

    def register(
        self, insz: Insz | str, begin: date, end: date | None = None
    ) -> Answer[Registered]:
        """State that this unit handles the person's file; stating it again changes nothing."""
        body = {"insz": str(insz), "periode": _days(begin, end)}
        return self._ask("/v1/repertorium/inschrijvingen", body, Registered, NO_ERRAND)

    def deregister(
        self, insz: Insz | str, begin: date | None = None, end: date | None = None
    ) -> Answer[Registered]:
        """Take the registration back, whole or for a period."""
        period = None if begin is None else _days(begin, end)
        body = _present(insz=str(insz), periode=period)
        return self._ask("/v1/repertorium/uitschrijvingen", body, Registered, NO_ERRAND)

    def pass_list_on(self, year: int) -> Answer[PassedOn]:
        """Have the yearly list of 002 split over the care funds; again: nothing goes out twice."""
        path = "/v1/inburgering/jaarlijst/doorgiften"
        return self._ask(path, {"jaar": year}, PassedOn, NO_ERRAND)

    def payment_file(self, errand: Errand = NO_ERRAND) -> Answer[RequestedFile]:
        """Request the payment file of 003; again in the same window: the same file."""
        return self._ask("/v1/gezin/betaalbestand/aanvragen", {}, RequestedFile, errand)

    def rights(self) -> Answer[Rights]:
        """What this unit may do now, and why not where it may not."""
        return self._ask("/v1/rechten", None, Rights, NO_ERRAND)

    def disclosures(self, insz: Insz | str) -> Answer[Disclosures]:
        """What this unit was told of a person, as the platform entered it."""
        return self._ask("/v1/auditlogging/bevraging", {"insz": str(insz)}, Disclosures, NO_ERRAND)

    def given_files(self) -> Answer[GivenFiles]:
        """Every file that was placed for this unit, so that a gap can be seen."""
        return self._ask("/v1/bestanden", None, GivenFiles, NO_ERRAND)

    def put_back(self, name: str) -> Answer[GivenFile]:
        """Have a file placed once more; it is the same file, however often it is asked for."""
        return self._ask(f"/v1/bestanden/{name}/herleveringen", {}, GivenFile, NO_ERRAND)

    def prove(
        self, protocol: str, document: str, reason: str, about: str | None = None
    ) -> Answer[Proven]:
        """Hand over the digest of a document as evidence under a protocol. Not repeated: each is an act."""
        body = _present(soort="bewijs", stuk=document, reden=reason, betreft=about)
        path = f"/v1/protocollen/{protocol}/gebeurtenissen"
        return self._ask(path, body, Proven, NO_ERRAND, may_repeat=False)

    def open_question(
        self, insz: Insz | str, question: str, channel: str, errand: Errand
    ) -> Answer[Question]:
        """Put a citizen's question. Not repeated: each time opens another one."""
        body = {"insz": str(insz), "vraag": question, "kanaal": channel}
        return self._ask(_FILES, body, Question, errand, may_repeat=False)

    def identify(self, key: str, stated: Stated, errand: Errand) -> Answer[Identified]:
        """Have what the citizen states compared. Not repeated: the third failure closes the question."""
        path = f"{_FILES}/{key}/identificatie"
        return self._ask(path, stated.members(), Identified, errand, may_repeat=False)

    def look(self, key: str, errand: Errand) -> Answer[JobbonusFile]:
        """See the file behind a question while the identification holds."""
        return self._ask(f"{_FILES}/{key}/dossier", None, JobbonusFile, errand)

    def _ask(
        self,
        path: str,
        body: dict[str, Any] | None,
        content: type[T],
        errand: Errand,
        *,
        may_repeat: bool = True,
    ) -> Answer[T]:
        reference = self._new_reference()
        headers = {"x-correlation-id": reference, **self._headers(errand)}
        method, sent = ("GET", None) if body is None else ("POST", msgspec.json.encode(body))
        request = self._wire.request(method, path, sent, headers)

        def read(response: httpx.Response) -> Answer[T]:
            return read_answer(response, content, reference)

        return self._wire.ask(request, read, may_repeat=may_repeat)

    def _headers(self, errand: Errand) -> dict[str, str]:
        sender = self._sender
        return {
            name: value
            for name, value in (
                ("Content-Type", "application/json"),
                ("X-Magda-Sender-ID", sender.uri if sender else None),
                ("X-Magda-Sender-QualityCode", sender.hoedanigheid if sender else None),
                ("X-Magda-Enduser-ID", errand.clerk),
                ("Sim-Purpose", errand.purpose),
                ("Sim-Case", errand.case),
                ("Sim-Authentication", errand.authentication),
            )
            if value is not None
        }


def _days(begin: date, end: date | None) -> dict[str, str | None]:
    return {"begin": begin.isoformat(), "einde": end.isoformat() if end else None}


def _present(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
