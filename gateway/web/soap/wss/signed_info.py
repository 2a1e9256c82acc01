"""SignedInfo: what was signed and how, held against the Body and the Timestamp in their places."""

from base64 import b64decode
from binascii import Error as NoBase64
from dataclasses import dataclass
from hmac import compare_digest

from lxml import etree

from gateway.web.soap.wss.algorithms import Digest, Method, digest_of, method_of
from gateway.web.soap.wss.canonical import DEFAULT, Canonical, canonical_of
from gateway.web.soap.wss.flaw import SignatureFlaw, require
from gateway.web.soap.wss.layout import Layout, ids_of
from gateway.web.soap.wss.names import (
    C14N_METHOD,
    DIGEST_METHOD,
    DIGEST_VALUE,
    ENVELOPED,
    REFERENCE,
    SIGNATURE_METHOD,
    TRANSFORM,
    TRANSFORMS,
)

_HEAD = [C14N_METHOD, SIGNATURE_METHOD]
_MOST_REFERENCES = 2


@dataclass(frozen=True, slots=True)
class SignedPart:
    """A reference: the element that it means, how to digest that, and the digest that was signed."""

    element: etree._Element
    canonical: Canonical
    digest: Digest
    value: bytes


@dataclass(frozen=True, slots=True)
class SignedInfo:
    """What a SignedInfo says."""

    canonical: Canonical
    method: Method
    parts: tuple[SignedPart, ...]

    @property
    def is_weak(self) -> bool:
        """Whether SHA-1 has a part in it."""
        return self.method.is_weak or any(part.digest.is_weak for part in self.parts)


def read_signed_info(layout: Layout) -> SignedInfo:
    """What was signed, and how. It signs the Body, a Timestamp if there is one, and nothing else.

    Raises:
        SignatureFlaw: it says something else, or says it with algorithms that are not read.
    """
    info = layout.signed_info
    tags = [child.tag for child in info]
    require(tags[:2] == _HEAD and set(tags[2:]) == {REFERENCE} and len(tags) <= 2 + _MOST_REFERENCES,
             "SignedInfo names its algorithms, and then references")  # fmt: skip
    require(len(info[1]) == 0, "a signature algorithm takes no parameters")
    wanted = [layout.body] if layout.timestamp is None else [layout.body, layout.timestamp]
    parts = tuple(_part(reference, wanted) for reference in list(info)[2:])
    meant = [part.element for part in parts]
    require(len({id(one) for one in meant}) == len(meant), "something is referred to twice")
    require(layout.body in meant, "the Body is not signed")
    require(layout.timestamp is None or layout.timestamp in meant, "the Timestamp is not signed")
    return SignedInfo(canonical_of(info[0]), method_of(info[1].get("Algorithm")), parts)


def check_digests(info: SignedInfo) -> None:
    """Let the message pass if it is what was signed.

    Raises:
        SignatureFlaw: a part was changed.
    """
    for part in info.parts:
        found = part.digest.of(part.canonical.bytes_of(part.element)).digest()
        require(compare_digest(found, part.value), "the message is not what was signed")


def bytes_of(element: etree._Element) -> bytes:
    """The bytes that an element holds as base64.

    Raises:
        SignatureFlaw: it holds something else.
    """
    text = "".join((element.text or "").split())
    try:
        return b64decode(text, validate=True) if len(element) == 0 else b""
    except (NoBase64, ValueError):
        raise SignatureFlaw("a value is no base64") from None


def _part(reference: etree._Element, wanted: list[etree._Element]) -> SignedPart:
    children = list(reference)
    transforms = list(children.pop(0)) if children and children[0].tag == TRANSFORMS else []
    require([child.tag for child in children] == [DIGEST_METHOD, DIGEST_VALUE],
             "a Reference holds transforms, a digest algorithm and a digest")  # fmt: skip
    method, value = children
    require(len(method) == 0, "a digest algorithm takes no parameters")
    return SignedPart(
        element=_meant(reference.get("URI"), wanted),
        canonical=_transformed(transforms),
        digest=digest_of(method.get("Algorithm")),
        value=bytes_of(value),
    )


def _meant(uri: str | None, wanted: list[etree._Element]) -> etree._Element:
    for element in wanted:
        if uri is not None and uri[:1] == "#" and uri[1:] in ids_of(element):
            return element
    raise SignatureFlaw("a Reference means something else than the Body or the Timestamp")


def _transformed(transforms: list[etree._Element]) -> Canonical:
    """NOTE(wire): .NET names `enveloped-signature`, though no Signature stands in what it signs."""
    require(all(one.tag == TRANSFORM for one in transforms), "Transforms holds something else")
    if transforms and transforms[0].get("Algorithm") == ENVELOPED and len(transforms[0]) == 0:
        transforms = transforms[1:]
    require(len(transforms) <= 1, "a Reference has more transforms than are read")
    return canonical_of(transforms[0]) if transforms else DEFAULT
