"""Whether a citizen may see an entry yet: open, unless the text of the protocol says otherwise.

LAW: AVG art. 23. The word stands in the entry, so what counts is the text of then.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gateway.domain.bundle import Bundle
from gateway.domain.legal_day import period_later
from gateway.domain.services import PLATFORM


def disclosure_word(bundle: Bundle | None, protocol: str | None, flow: str | None) -> str:
    """`open`, `deferred:P6M` or `withheld`, as the version says of the flow."""
    if bundle is None or flow is None or protocol in (None, PLATFORM):
        return "open"
    documents = (one for one in bundle.by_flow.get(flow, ()) if one.ref == protocol)
    return next((one.flows[flow].disclosure for one in documents), "open")


def is_visible(leaf: Mapping[str, Any], now: datetime) -> bool:
    """Whether an entry may be shown to whom it is about."""
    kind, _, period = str(leaf.get("disclosure", "open")).partition(":")
    if kind == "deferred":
        return period_later(datetime.fromisoformat(leaf["at"]), period) <= now
    return kind == "open"
