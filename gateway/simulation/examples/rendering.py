"""Questions written down as they go over each wire."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from gateway.simulation.examples.shapes import JSON_TYPE, OF_KEY, XML_TYPE, Call, Example, Question
from gateway.web.soap.names import BY_SERVICE, ENVELOPE_NS

_REFERENCE = "11111111-1111-4111-8111-111111111111"
_INDENT = "  "


def as_json(body: Mapping[str, Any] | Sequence[Any]) -> str:
    """A body as it is pasted."""
    return json.dumps(body, ensure_ascii=False, indent=2)


def call(
    unit: str | None,
    path: str,
    body: Mapping[str, Any] | Sequence[Any] | None = None,
    **headers: str,
) -> Call:
    """A call over REST; without a body it reads."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is None:
        return Call(credential=unit, path=path, method="GET", headers=named)
    own = {"Content-Type": JSON_TYPE, **named}
    return Call(credential=unit, path=path, body=as_json(body), headers=own)


def rest(asked: Question) -> Example:
    """The question over REST."""
    stated = {
        "Sim-Purpose": asked.purpose,
        "Sim-Case": asked.case,
        "Sim-Authentication": asked.authentication,
        "X-Magda-Enduser-ID": asked.enduser,
    }
    headers = {name: value for name, value in stated.items() if value}
    sent = call(asked.unit, asked.path, asked.body, **headers)
    return Example(
        operation=asked.service.partition("-")[0], wire="rest", sent=sent, before=asked.before
    )


def soap(asked: Question, service: str | None = None) -> Example:
    """The question over SOAP, of this version where there are several."""
    key = service or asked.service
    sent = Call(
        credential=asked.unit,
        path=BY_SERVICE[key].path,
        body=_envelope(asked, key),
        headers={"Content-Type": XML_TYPE, "SOAPAction": '""'},
    )
    return Example(operation=key.partition("-")[0], wire="soap", sent=sent, before=asked.before)


def _envelope(asked: Question, key: str) -> str:
    name, unit = BY_SERVICE[key], OF_KEY[asked.unit]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE_NS}" xmlns:m="{name.namespace}">',
        "<soapenv:Body>",
        f"<m:{name.service.name}>",
        "<Verzoek>",
        "<Context>",
        f"<Naam>{name.service.name}</Naam>",
        f"<Versie>{name.version}</Versie>",
        "<Bericht>",
        "<Type>VRAAG</Type>",
        "<Tijdstip><Datum>2025-03-10</Datum><Tijd>08:00:00.000</Tijd></Tijdstip>",
        "<Afzender>",
        f"<Identificatie>{unit.uri}</Identificatie>",
        f"<Referte>{_REFERENCE}</Referte>",
        f"<Hoedanigheid>{unit.hoedanigheid}</Hoedanigheid>",
        f"<Gebruiker>{asked.enduser}</Gebruiker>",
        "</Afzender>",
        "</Bericht>",
        *_annotations(asked),
        "</Context>",
        "<Vragen>",
        "<Vraag>",
        f"<Referte>{_REFERENCE}</Referte>",
        "<Inhoud>",
        *asked.content.strip().splitlines(),
        "</Inhoud>",
        "</Vraag>",
        "</Vragen>",
        "</Verzoek>",
        f"</m:{name.service.name}>",
        "</soapenv:Body>",
        "</soapenv:Envelope>",
    ]
    return _indented(lines)


def _annotations(asked: Question) -> list[str]:
    stated = {"Doel": asked.purpose, "Dossier": asked.case, "Authenticatie": asked.authentication}
    words = [
        f"<Annotatie><Naam>{name}</Naam><Waarde>{escape(value)}</Waarde></Annotatie>"
        for name, value in stated.items()
        if value
    ]
    return ["<Annotaties>", *words, "</Annotaties>"] if words else []


def _indented(lines: list[str]) -> str:
    """Lines that open an element push the next ones in; those that close one take them back."""
    depth, written = 0, []
    for line in (line.strip() for line in lines):
        is_end = line.startswith("</")
        depth -= is_end
        written.append(_INDENT * depth + line)
        depth += not is_end and "</" not in line and not line.startswith("<?")
    return "\n".join(written)
