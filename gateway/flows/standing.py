"""The version of a protocol that stands now, or a refusal that says where to look."""

from datetime import datetime

from gateway.contracts.faults import refuse
from gateway.contracts.reasons import Reason
from gateway.domain.bundle import Bundle
from gateway.domain.protocol_document import ProtocolDocument


def standing_version(bundle: Bundle, protocol: str, at: datetime) -> ProtocolDocument:
    """The version at an instant.

    Raises:
        RefusedFault: `service-unknown` where there is no such protocol.
    """
    document = bundle.version(protocol, at)
    if document is None:
        raise refuse(
            Reason.SERVICE_UNKNOWN,
            "there is no protocol with this id",
            remedy="GET /v1/protocollen lists them",
        )
    return document
