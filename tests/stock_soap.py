"""A stock SOAP client, built from the WSDL that the gateway publishes."""

from typing import Any

import zeep
from requests import Session

from tests.running import RunningSpace


def zeep_client(
    space: RunningSpace,
    unit: str,
    path: str,
    *,
    strict: bool = True,
    described_to: str | None = "me",
) -> Any:
    """The client, built from what is described to the unit itself, or with `None` to anybody.

    Without `strict` it forgives what the law leaves out of the full schema.
    """
    session = Session()
    session.trust_env = False
    own = {"Authorization": f"Bearer {space.credential(unit)['token']}"}
    session.headers.update(own if described_to else {})
    make: Any = zeep
    transport = make.Transport(session=session)
    settings = make.Settings(strict=strict)
    client = make.Client(f"{space.http}{path}?wsdl", transport=transport, settings=settings)
    session.headers.update(own)
    return client


def verzoek(
    space: RunningSpace, unit: str, name: str, version: str, content: dict[str, Any]
) -> dict[str, Any]:
    """Context and Vragen of one question, as zeep takes them."""
    one = space.credential(unit)
    sender = {
        "Identificatie": one["uri"],
        "Referte": "z-1",
        "Hoedanigheid": one["hoedanigheid"],
    }
    moment = {"Datum": "2025-03-10", "Tijd": "08:00:00.000"}
    message = {"Type": "VRAAG", "Tijdstip": moment, "Afzender": sender}
    context = {"Naam": name, "Versie": f"{version}.0000", "Bericht": message}
    return {"Context": context, "Vragen": {"Vraag": {"Referte": "z-1", "Inhoud": content}}}
