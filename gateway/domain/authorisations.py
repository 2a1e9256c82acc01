"""Under which protocols a unit receives data at an instant: what GeefMachtigingen tells."""

from collections.abc import Iterable
from datetime import datetime

from gateway.domain.bundle import Bundle
from gateway.domain.decision_platform import agreement_grounds
from gateway.domain.decision_terms import Ask
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.request import Caller


def authorisations(
    bundle: Bundle, units: Iterable[Caller], at: datetime
) -> tuple[ProtocolDocument, ...]:
    """The protocols that are agreed with at least one of these units, by number.

    It says with whom data are shared, and not that this moment's question would be answered: for that
    there are the rights of the unit.
    """
    found = {
        document.id: document
        for unit in units
        for document in bundle.received_by(unit.party, at)
        if _is_agreed(bundle, document, unit, at)
    }
    return tuple(document for _, document in sorted(found.items()))


def _is_agreed(bundle: Bundle, document: ProtocolDocument, unit: Caller, at: datetime) -> bool:
    asks = (
        Ask(party=unit.party, unit=unit.unit, flow=flow, fields=frozenset())
        for flow in document.flows
        if document.is_consumer(unit.party, flow)
    )
    return any(
        not agreement_grounds(bundle, document, document.flows[ask.flow], ask, at) for ask in asks
    )
