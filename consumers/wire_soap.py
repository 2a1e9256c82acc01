"""A SOAP client that an agency can copy: Verzoek out, Repliek in, exceptions as values."""

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

import httpx
from lxml import etree

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_CARE = "http://magda.vlaanderen.be/gezin/soap/geefzorgtoeslag/v02_00"
_TRANSACTIONS = "http://magda.vlaanderen.be/werk/soap/geefjobbonusplusverrichtingen/v01_00"
_REGISTER = (
    "http://webservice.registreerinschrijvingdienst-02_00.repertorium-02_00.vip.vlaanderen.be"
)


@dataclass(frozen=True, slots=True)
class SoapException:
    """One Uitzondering, or a Fault (then `code` is empty)."""

    code: str
    kind: str
    text: str
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SoapAnswer:
    """What came back: the content element (if any), exceptions of every level, header values."""

    status: int
    content: etree._Element | None
    exceptions: Sequence[SoapException]
    annotations: Mapping[str, str]
    decision: str | None
    protocol: str | None

    def texts(self, path: str) -> list[str]:
        """The texts at a path below the content."""
        if self.content is None:
            return []
        return [element.text or "" for element in self.content.findall(path)]


class SoapClient:
    """Asks the gateway in the name of one unit: by its bearer token, its certificate (`tls`), or both."""

    def __init__(
        self,
        url: str,
        token: str | None,
        uri: str,
        hoedanigheid: str,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._uri, self._hoedanigheid = url, uri, hoedanigheid
        self._sent = 0
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(
            headers=headers, verify=tls or True, timeout=30.0, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def care_allowance(self, insz: str, reference_date: str) -> SoapAnswer:
        """GeefZorgtoeslag 02.00 at a reference date."""
        content = (
            f"<Criteria><INSZ>{escape(insz)}</INSZ>"
            f"<Referentiedatum>{escape(reference_date)}</Referentiedatum>"
            "<GewensteInformatie><StatusAanvraag>0</StatusAanvraag>"
            "<Erkenningen>1</Erkenningen></GewensteInformatie></Criteria><Taal>nl</Taal>"
        )
        return self._ask("GeefZorgtoeslag", "02.00.0000", _CARE, content)

    def transactions(self, insz: str) -> SoapAnswer:
        """GeefJobbonusPlusVerrichtingen 01.00."""
        content = f"<Criteria><INSZ>{escape(insz)}</INSZ></Criteria>"
        return self._ask("GeefJobbonusPlusVerrichtingen", "01.00.0000", _TRANSACTIONS, content)

    def register(self, insz: str, begin: str) -> SoapAnswer:
        """RegistreerInschrijving 02.00 with an open end."""
        content = (
            f"<Inschrijving><Identificatie>{escape(self._uri)}</Identificatie>"
            f"<Hoedanigheid>{escape(self._hoedanigheid)}</Hoedanigheid>"
            f"<INSZ>{escape(insz)}</INSZ><Periode><Begin>{escape(begin)}</Begin></Periode>"
            "</Inschrijving>"
        )
        return self._ask("RegistreerInschrijving", "02.00.0000", _REGISTER, content)

    def _ask(self, operation: str, version: str, namespace: str, content: str) -> SoapAnswer:
        body = self._envelope(operation, version, namespace, content)
        response = self._http.post(self._url, content=body.encode())
        return _read(response)

    def _envelope(self, operation: str, version: str, namespace: str, content: str) -> str:
        self._sent += 1
        reference = uuid5(UUID(int=0), f"{self._uri}/{self._sent}")
        return (
            f'<soapenv:Envelope xmlns:soapenv="{_ENVELOPE}" xmlns:m="{namespace}">'
            f"<soapenv:Header/><soapenv:Body><m:{operation}><Verzoek><Context>"
            f"<Naam>{operation}</Naam><Versie>{version}</Versie><Bericht><Type>VRAAG</Type>"
            "<Tijdstip><Datum>2025-03-10</Datum><Tijd>08:00:00.000</Tijd></Tijdstip>"
            f"<Afzender><Identificatie>{escape(self._uri)}</Identificatie>"
            f"<Referte>{reference}</Referte>"
            f"<Hoedanigheid>{escape(self._hoedanigheid)}</Hoedanigheid></Afzender></Bericht>"
            f"</Context><Vragen><Vraag><Referte>{reference}</Referte><Inhoud>{content}</Inhoud>"
            f"</Vraag></Vragen></Verzoek></m:{operation}></soapenv:Body></soapenv:Envelope>"
        )


def _read(response: httpx.Response) -> SoapAnswer:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(response.content, parser)
    faults = [_fault(element) for element in root.iter(f"{{{_ENVELOPE}}}Fault")]
    found = [_exception(element) for element in root.iter("Uitzondering")]
    return SoapAnswer(
        response.status_code,
        root.find(".//Antwoord/Inhoud"),
        (*faults, *found),
        _annotations(root.find(".//Context/Annotaties")),
        response.headers.get("sim-decision"),
        response.headers.get("sim-protocol"),
    )


def _fault(element: etree._Element) -> SoapException:
    detail = element.find("detail")
    words = {str(one.tag): one.text or "" for one in detail} if detail is not None else {}
    return SoapException("", "Fault", element.findtext("faultstring") or "", words)


def _exception(element: etree._Element) -> SoapException:
    return SoapException(
        element.findtext("Identificatie") or "",
        element.findtext("Type") or "",
        element.findtext("Diagnose") or "",
        _annotations(element.find("Annotaties")),
    )


def _annotations(element: etree._Element | None) -> Mapping[str, str]:
    if element is None:
        return {}
    return {one.findtext("Naam") or "": one.findtext("Waarde") or "" for one in element}
