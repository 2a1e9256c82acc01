"""How protocols are listed, over HTTP and by commands."""

from datetime import datetime
from typing import Any

from gateway.domain.bundle import Bundle
from gateway.domain.legal_day import legal_day
from gateway.domain.protocol_document import ProtocolDocument
from gateway.domain.standing import summary


def protocol_row(bundle: Bundle, document: ProtocolDocument, at: datetime) -> dict[str, Any]:
    """One line of `protocol list --json` (contract section 11).

    `until` is the day on which it ends for everybody, known from when notice is given.
    """
    whole = summary(bundle, document, at)
    return {
        "id": document.id,
        "name": document.name,
        "version": document.version,
        "state": whole.status.value,
        "from": day_of(whole.since),
        "until": day_of(whole.until),
    }


def day_of(at: datetime | None) -> str | None:
    """The day in Belgium of an instant, as text."""
    return legal_day(at).isoformat() if at else None
