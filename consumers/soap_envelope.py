"""The SOAP message that MAGDA expects: Verzoek with Context, one Vraag and its Inhoud."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from lxml import etree

from consumers.errand import Errand, Sender

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_BRUSSELS = ZoneInfo("Europe/Brussels")
Content = Mapping[str, "str | Content | None"]
"""Elements by name, in the order of the schema; those that are `None` are left out."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A service as it is called on the wire. Namespaces come from the WSDL; no rule derives them."""

    name: str
    version: str
    namespace: str


def envelope(
    operation: Operation,
    sender: Sender,
    errand: Errand,
    reference: str,
    at: datetime,
    content: Content,
) -> bytes:
    """The whole message. The reference stands at both places, as the reference client has it."""
    root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
    etree.SubElement(root, f"{{{ENVELOPE}}}Header")
    body = etree.SubElement(root, f"{{{ENVELOPE}}}Body")
    called = etree.SubElement(
        body, f"{{{operation.namespace}}}{operation.name}", nsmap={"m": operation.namespace}
    )
    question: Content = {"Vraag": {"Referte": reference, "Inhoud": content}}
    context = _context(operation, sender, errand, reference, at)
    _grow(called, {"Verzoek": {"Context": context, "Vragen": question}})
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _context(
    operation: Operation, sender: Sender, errand: Errand, reference: str, at: datetime
) -> Content:
    local = at.astimezone(_BRUSSELS)
    day, time = local.strftime("%Y-%m-%d"), local.strftime("%H:%M:%S.000")
    return {
        "Naam": operation.name,
        "Versie": f"{operation.version}.0000",
        "Bericht": {
            "Type": "VRAAG",
            "Tijdstip": {"Datum": day, "Tijd": time},
            "Afzender": {
                "Identificatie": sender.uri,
                "Referte": reference,
                "Hoedanigheid": sender.hoedanigheid,
                "Gebruiker": errand.clerk,
            },
        },
        "Annotaties": _annotations(errand),
    }


def _annotations(errand: Errand) -> Content | None:
    stated = (
        ("Doel", errand.purpose),
        ("Dossier", errand.case),
        ("Authenticatie", errand.authentication),
    )
    said = {f"Annotatie/{name}": {"Naam": name, "Waarde": value} for name, value in stated if value}
    return said or None


def _grow(parent: etree._Element, content: Content) -> None:
    """Put elements under a parent; what follows a slash only keeps equal names apart."""
    for name, value in content.items():
        if value is None:
            continue
        child = etree.SubElement(parent, name.partition("/")[0])
        if isinstance(value, str):
            child.text = value
        else:
            _grow(child, value)
