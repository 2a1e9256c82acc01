"""The words in a message to the platform's own services (`magda.md` 2.11 and 5.2)."""

from collections.abc import Callable, Mapping

from lxml import etree

from gateway.domain.claim import Claim
from gateway.domain.disclosure import CONSULTED, FILED
from gateway.domain.platform_questions import (
    AuthorisationsQuestion,
    AvailabilityQuestion,
    DisclosuresQuestion,
    Moments,
)
from gateway.domain.questions import Question
from gateway.domain.services import (
    AUDIT_FLOW,
    AUTHORISATIONS_FLOW,
    AVAILABILITY_FLOW,
    STATUS_FLOW,
)

_ON = "1"
_BUILD = ".0000"


def _authorisations(content: etree._Element) -> Question:
    units = tuple(_sender(one, is_party_wide=True) for one in content[0])
    return AuthorisationsQuestion(flow=AUTHORISATIONS_FLOW, units=units)


def _disclosures(content: etree._Element) -> Question:
    criteria = content[0]
    sender, service = criteria.find("Afnemer"), criteria.find("Dienst")
    named = service.findtext("Naam") if service is not None else None
    version = service.findtext("Versie") if service is not None else None
    return DisclosuresQuestion(
        flow=AUDIT_FLOW,
        key_kind=criteria[0][0].text or "",
        insz=criteria[0][1].text or "",
        described=criteria.findtext("ExterneOmschrijvingen") == _ON,
        period=_period(criteria.find("Periode")),
        sender=_sender(sender) if sender is not None else None,
        service=named.rpartition(".")[2] if named is not None else None,
        version=version.removesuffix(_BUILD) if version is not None else None,
        kinds=_kinds(service) if service is not None else None,
        reference=criteria.findtext("Referte/Intern"),
        decision=criteria.findtext("Referte/Extern"),
    )


def _sender(element: etree._Element, *, is_party_wide: bool = False) -> Claim:
    return Claim(
        element[0].text or "", element.findtext("Hoedanigheid"), is_party_wide=is_party_wide
    )


def _period(element: etree._Element | None) -> Moments | None:
    if element is None:
        return None
    return Moments(begin=element[0].text or "", end=element.findtext("Einde"))


def _kinds(service: etree._Element) -> frozenset[str]:
    asked = {CONSULTED: "Type/Webservice", FILED: "Type/Publicatie"}
    return frozenset(kind for kind, path in asked.items() if service.findtext(path) == _ON)


def _heartbeat(flow: str) -> Callable[[etree._Element], Question]:
    return lambda content: AvailabilityQuestion(flow=flow, asked_at=content[0].text or "")


PLATFORM_QUESTIONS: Mapping[str, Callable[[etree._Element], Question]] = {
    "GeefMachtigingen-02.00": _authorisations,
    "GeefAuditLogging-02.00": _disclosures,
    "IsBeschikbaar-02.00": _heartbeat(AVAILABILITY_FLOW),
    "GeefWebserviceStatus-02.00": _heartbeat(STATUS_FLOW),
}
