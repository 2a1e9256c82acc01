"""A SOAP client that an agency can copy: the same services, answers and refusals as over REST."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

import httpx
from lxml import etree

from consumers.answers import Answer
from consumers.closing import Closing
from consumers.contents import Advice, CareAllowance, Registered, Transactions
from consumers.errand import NO_ERRAND, Errand, Sender
from consumers.references import random_reference
from consumers.soap_envelope import Content, Operation, envelope
from consumers.soap_reading import Shape, read_repliek
from consumers.wire_http import HttpWire
from gateway.contracts.clock import Clock
from gateway.contracts.insz import Insz

T = TypeVar("T")
_MAGDA = "http://magda.vlaanderen.be"
_OLD = "http://webservice.{}dienst-02_00.repertorium-02_00.vip.vlaanderen.be"
CARE_ALLOWANCE = Operation(
    "GeefZorgtoeslag", "02.00", f"{_MAGDA}/gezin/soap/geefzorgtoeslag/v02_00"
)
TRANSACTIONS = Operation(
    "GeefJobbonusPlusVerrichtingen",
    "01.00",
    f"{_MAGDA}/werk/soap/geefjobbonusplusverrichtingen/v01_00",
)
ADVICE = Operation(
    "GeefInburgeringsadvies", "01.00", f"{_MAGDA}/inburgering/soap/geefinburgeringsadvies/v01_00"
)
REGISTER = Operation("RegistreerInschrijving", "02.00", _OLD.format("registreerinschrijving"))
DEREGISTER = Operation("RegistreerUitschrijving", "02.00", _OLD.format("registreeruitschrijving"))


class SoapClient(Closing):
    """Asks the gateway in the name of one unit. `path` is the common endpoint or a service's own."""

    def __init__(
        self,
        wire: HttpWire,
        sender: Sender,
        clock: Clock,
        new_reference: Callable[[], str] = random_reference,
        path: str = "/soap",
    ) -> None:
        self._wire, self._sender, self._clock = wire, sender, clock
        self._new_reference, self._path = new_reference, path

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
        """GeefZorgtoeslag 02.00 on a day, or in the period from `on` up to and with `until`."""
        wanted: Content = {
            "StatusAanvraag": _flag(wants_application),
            "Erkenningen": _flag(wants_recognitions),
        }
        period: Content = {"Begindatum": on.isoformat(), "Einddatum": _day(until)}
        criteria: Content = {
            "INSZ": str(insz),
            "Referentiedatum": on.isoformat() if until is None else None,
            "Periode": period if until is not None else None,
            "GewensteInformatie": wanted,
        }
        content: Content = {"Criteria": criteria, "Taal": "nl"}
        return self._ask(CARE_ALLOWANCE, content, _care_allowance, CareAllowance, errand)

    def transactions(
        self, insz: Insz | str, fiscal_year: int | None = None, errand: Errand = NO_ERRAND
    ) -> Answer[Transactions]:
        """GeefJobbonusPlusVerrichtingen 01.00, of one fiscal year or of all."""
        year = None if fiscal_year is None else str(fiscal_year)
        content: Content = {"Criteria": {"INSZ": str(insz), "FiscaalJaar": year}}
        return self._ask(TRANSACTIONS, content, _transactions, Transactions, errand)

    def advice(
        self,
        insz: Insz | str,
        opening_day: date,
        fund: str | None = None,
        errand: Errand = NO_ERRAND,
    ) -> Answer[Advice]:
        """GeefInburgeringsadvies 01.00; with `fund` the person must be its member."""
        criteria: Content = {
            "INSZ": str(insz),
            "Openingsdatum": opening_day.isoformat(),
            "Zorgkas": fund,
        }
        return self._ask(ADVICE, {"Criteria": criteria}, _advice, Advice, errand)

    def register(
        self, insz: Insz | str, begin: date, end: date | None = None
    ) -> Answer[Registered]:
        """RegistreerInschrijving 02.00; stating it again changes nothing."""
        period: Content = {"Begin": begin.isoformat(), "Einde": _day(end)}
        content: Content = {"Inschrijving": {**self._subject(insz), "Periode": period}}
        return self._ask(REGISTER, content, _registered, Registered, NO_ERRAND)

    def deregister(
        self, insz: Insz | str, begin: date | None = None, end: date | None = None
    ) -> Answer[Registered]:
        """RegistreerUitschrijving 02.00, whole or for a period."""
        period: Content | None = {"Begin": _day(begin), "Einde": _day(end)} if begin else None
        content: Content = {"Uitschrijving": {**self._subject(insz), "Periode": period}}
        return self._ask(DEREGISTER, content, _registered, Registered, NO_ERRAND)

    def _subject(self, insz: Insz | str) -> Content:
        sender = self._sender
        return {
            "Identificatie": sender.uri,
            "Hoedanigheid": sender.hoedanigheid,
            "INSZ": str(insz),
        }

    def _ask(
        self, operation: Operation, content: Content, shape: Shape, told: type[T], errand: Errand
    ) -> Answer[T]:
        """Every service over SOAP may be repeated: a registration twice is one registration."""
        reference, at = self._new_reference(), self._clock.now()
        message = envelope(operation, self._sender, errand, reference, at, content)
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        request = self._wire.request("POST", self._path, message, headers)

        def read(response: httpx.Response) -> Answer[T]:
            return read_repliek(response, shape, told, reference)

        return self._wire.ask(request, read, may_repeat=True)


def _care_allowance(inner: etree._Element) -> Mapping[str, Any]:
    found = inner.iterfind("Zorgtoeslag/Erkenningen/Erkenning")
    return {
        "insz": inner.findtext("Zorgtoeslag/INSZ"),
        "erkenningen": [_recognition(one) for one in found],
    }


def _recognition(one: etree._Element) -> Mapping[str, Any]:
    points = one.find("ResultaatErkenningKind/Pijlers")
    period = one.find("StatusErkenning/PeriodeErkenning")
    members = {
        "datumBeslissing": one.findtext("StatusErkenning/DatumBeslissing"),
        **({} if points is None else _lowered(points)),
    }
    if period is not None:
        days = {"begin": period.findtext("Begindatum"), "einde": period.findtext("Einddatum")}
        members["periode"] = days
    return members


def _transactions(inner: etree._Element) -> Mapping[str, Any]:
    found = inner.iterfind("Verrichtingen/Verrichting")
    return {
        "insz": inner.findtext("Verrichtingen/INSZ"),
        "verrichtingen": [
            {
                "maatregel": one.findtext("Maatregel"),
                "fiscaalJaar": one.findtext("FiscaalJaar"),
                "bedragtype": one.findtext("BedragType"),
                "verrichtingbedrag": one.findtext("VerrichtingBedrag"),
                "effectieveVerrichtingsdatum": one.findtext("EffectieveVerrichtingDatum"),
            }
            for one in found
        ],
    }


def _advice(inner: etree._Element) -> Mapping[str, Any]:
    return {
        "insz": inner.findtext("Advies/INSZ"),
        "openingsdatum": inner.findtext("Advies/Openingsdatum"),
        "advies": inner.findtext("Advies/Resultaat"),
        "reden": inner.findtext("Advies/Reden"),
    }


def _registered(inner: etree._Element) -> Mapping[str, Any]:
    return {"resultaat": inner.findtext("Resultaat")}


def _lowered(points: etree._Element) -> dict[str, Any]:
    """Pijler1, Pijler2, Pijler3 and Totaal under REST's names; sub-pillars are passed over."""
    return {str(one.tag).lower(): one.text for one in points if len(one) == 0}


def _flag(value: bool) -> str:  # noqa: FBT001  it is the value
    return "1" if value else "0"


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
