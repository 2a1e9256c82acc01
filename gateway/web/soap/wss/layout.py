"""Where the parts of a signed message stand: each is found by its place, and stands nowhere else.

INVARIANT: the Body here is the Body that the codec reads. No element is ever looked up by its Id, so
no second element with the same Id, and no moved one, can pass for it.
"""

from dataclasses import dataclass
from typing import cast

from lxml import etree

from gateway.web.soap.names import BODY, ENVELOPE, HEADER
from gateway.web.soap.wss.flaw import require
from gateway.web.soap.wss.names import (
    KEY_INFO,
    SECURITY,
    SIGNATURE,
    SIGNATURE_VALUE,
    SIGNED_INFO,
    TIMESTAMP,
    TOKEN,
    WSU_ID,
)

Element = etree._Element  # noqa: SLF001  its public name
_SIGNATURE_PARTS = [SIGNED_INFO, SIGNATURE_VALUE, KEY_INFO]
_IDS = etree.XPath(
    "//@*[local-name()='Id' or local-name()='ID' or local-name()='id']", smart_strings=False
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a signed message."""

    body: Element
    signed_info: Element
    value: Element
    key_info: Element
    timestamp: Element | None
    token: Element | None


def layout_of(envelope: Element) -> Layout | None:
    """The parts; `None` where nothing is signed.

    Raises:
        SignatureFlaw: something stands twice, or not in its place.
    """
    signatures = list(envelope.iter(SIGNATURE))
    if not signatures:
        return None
    require(len(signatures) == 1, "the message has more than one Signature")
    _require_plain(envelope)
    security = _security(envelope)
    (signature,) = signatures
    require(signature.getparent() is (envelope[0] if security is None else security),
             "the Signature stands outside the Security header")  # fmt: skip
    _require_unique_ids(envelope)
    return _layout(envelope[1], signature, security)


def ids_of(element: Element) -> frozenset[str]:
    """What a reference may call this element."""
    found = (element.get(WSU_ID), element.get("Id"))
    return frozenset(one for one in found if one)


def _require_plain(envelope: Element) -> None:
    """Header and Body in this order: no third part, and no text between them that nobody signed."""
    parts = [part.tag for part in envelope]
    flaw = "a signed Envelope holds one Header and after it one Body, and nothing else"
    require(envelope.tag == ENVELOPE and parts == [HEADER, BODY], flaw)
    header, body = envelope
    beside = (envelope.text, header.tail, body.tail)
    require(not any(text and not text.isspace() for text in beside), flaw)


def _security(envelope: Element) -> Element | None:
    """The one Security header. Without any, .NET's clients put the Signature into the Header itself."""
    found = list(envelope.iter(SECURITY))
    if not found:
        return None
    require(len(found) == 1, "the message has more than one Security header")
    require(found[0].getparent() is envelope[0], "Security stands outside the Header")
    return found[0]


def _require_unique_ids(envelope: Element) -> None:
    """Ids of the whole message, whatever they stand on: nobody must be able to take one for another."""
    found = cast("list[str]", _IDS(envelope))
    require(len(found) == len(set(found)), "an Id stands on more than one element")


def _layout(body: Element, signature: Element, security: Element | None) -> Layout:
    require([part.tag for part in signature] == _SIGNATURE_PARTS,
             "a Signature holds SignedInfo, SignatureValue and KeyInfo, and nothing else")  # fmt: skip
    return Layout(
        body=body,
        signed_info=signature[0],
        value=signature[1],
        key_info=signature[2],
        timestamp=_one(security, TIMESTAMP),
        token=_one(security, TOKEN),
    )


def _one(security: Element | None, tag: str) -> Element | None:
    found = [] if security is None else list(security.iterchildren(tag))
    require(len(found) <= 1, "the Security header holds something twice")
    return found[0] if found else None
