"""Holds a SOAP answer against the schema that its caller is given at this instant."""

from functools import lru_cache

from lxml import etree

from gateway.domain.rights import Left, best_candidate, left_by
from gateway.domain.services import SERVICES, Service
from gateway.simulation.space import Space
from gateway.web.soap.names import SOAP_NAMES
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
        schema = compiled(key, left_to(space, unit, SERVICES[key]))
        assert schema.validate(answer[0]), (unit, key, schema.error_log)
