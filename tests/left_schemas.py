"""Holds a SOAP answer against the schema that its caller is given at this instant."""

import re
from functools import lru_cache

from lxml import etree

from gateway.domain.rights import Left, best_candidate, left_by
from gateway.domain.services import SERVICES, Service
from gateway.simulation.space import Space
from gateway.web.soap.layout import LAYOUTS
from gateway.web.soap.names import SOAP_NAMES
from gateway.web.soap.place import Place, kept
from gateway.web.soap.schemas import whole_schema

BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_BY_RESPONSE = {f"{name.root}Response": name.service.key for name in SOAP_NAMES}


@lru_cache(maxsize=500)
def compiled(key: str, left: Left | None) -> etree.XMLSchema:
    """The schema, with these fields left of its answer."""
    return etree.XMLSchema(etree.fromstring(whole_schema(key, left).encode()))


def left_to(space: Space, unit: str, service: Service) -> Left:
    """What is left of a service to a unit now, without asking the gateway (which would enter it)."""
    gateway = space.gateway
    law, now = gateway.protocols.bundle(), space.clock.now()
    return left_by(best_candidate(law, space.callers[unit], service, now, gateway.usage.used))


def assert_fits(space: Space, unit: str, content: bytes) -> None:
    """The answer fits the whole schema's frame and what the law leaves of it; a Fault is not looked at."""
    answer = etree.fromstring(content).find(BODY)
    assert answer is not None
    key = _BY_RESPONSE.get(str(answer[0].tag))
    if key is not None:
        left = left_to(space, unit, SERVICES[key])
        schema = compiled(key, left)
        assert schema.validate(answer[0]), (unit, key, schema.error_log)
        assert_no_trace(SERVICES[key], left, answer[0])


def assert_no_trace(service: Service, left: Left, response: etree._Element) -> None:
    """Inside `Antwoorden` nothing names an element or field that may not leave (contract section 6)."""
    for answers in response.iter("Antwoorden"):
        words = set(re.findall(r"[\w.]+", etree.tostring(answers, encoding="unicode")))
        assert not words & hidden(service, left), (service.key, words & hidden(service, left))


def hidden(service: Service, left: Left) -> set[str]:
    """Names of fields and elements of a service that these fields do not leave."""
    places = LAYOUTS.get(service.name, ())
    stay = _elements(kept(places, service.paths.branches(left.fields)))
    return (_elements(places) - stay) | (set(service.paths) - set(left.fields))


def _elements(places: tuple[Place, ...]) -> set[str]:
    return {name for p in places for name in (p.element, *_elements(p.parts))}
