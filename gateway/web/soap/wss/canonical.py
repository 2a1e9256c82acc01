"""Canonical XML: the two algorithms that this profile knows, over one element in its place."""

from dataclasses import dataclass

from lxml import etree

from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.names import EXCLUSIVE, INCLUSIVE, INCLUSIVE_NAMESPACES

_XML = "{http://www.w3.org/XML/1998/namespace}"
_MOST_PREFIXES = 50
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


@dataclass(frozen=True, slots=True)
class Canonical:
    """An algorithm, and the prefixes that exclusive canonicalisation is to treat inclusively."""

    is_exclusive: bool
    prefixes: tuple[str, ...] = ()

    def bytes_of(self, element: etree._Element) -> bytes:
        """The canonical form of the element and all within it.

        Raises:
            SignatureFlaw: it has none that this profile knows.
        """
        try:
            return etree.tostring(
                element if self.is_exclusive else _alone(element),
                method="c14n",
                exclusive=self.is_exclusive,
                with_comments=False,
                inclusive_ns_prefixes=self.prefixes or None,
            )
        except etree.C14NError:
            raise SignatureFlaw("the message has no canonical form") from None


DEFAULT = Canonical(is_exclusive=False)
"""What XML Signature takes where a reference names no canonicalisation."""


def canonical_of(method: etree._Element) -> Canonical:
    """The algorithm that a CanonicalizationMethod or Transform names.

    Raises:
        SignatureFlaw: another one.
    """
    algorithm = method.get("Algorithm")
    if algorithm == INCLUSIVE and len(method) == 0:
        return DEFAULT
    if algorithm == EXCLUSIVE:
        return Canonical(is_exclusive=True, prefixes=_prefixes(method))
    raise SignatureFlaw(
        "canonicalisation and transforms other than exclusive and inclusive C14N without comments"
        " are not read"
    )


def _prefixes(method: etree._Element) -> tuple[str, ...]:
    """NOTE(wire): libxml2 does not know `#default` for what it says; an empty prefix does the same."""
    if len(method) == 0:
        return ()
    if len(method) > 1 or method[0].tag != INCLUSIVE_NAMESPACES or len(method[0]):
        raise SignatureFlaw("a canonicalisation holds nothing but InclusiveNamespaces")
    named = (method[0].get("PrefixList") or "").split()
    if len(named) > _MOST_PREFIXES:
        raise SignatureFlaw("InclusiveNamespaces lists too many prefixes")
    return tuple("" if one == "#default" else one for one in named)


def _alone(element: etree._Element) -> etree._Element:
    """The element as the root of a document of its own, with every namespace that it stands in.

    NOTE: libxml2's inclusive algorithm, over an element within a document, takes a default namespace
    from above for none two levels down. Only of a whole document is it right.

    Raises:
        SignatureFlaw: it inherits more than namespaces.
    """
    if _inherits(element):
        raise SignatureFlaw("inclusive canonicalisation below an `xml:` attribute is not read")
    return etree.fromstring(etree.tostring(element, encoding="utf-8", with_tail=False), _PARSER)


def _inherits(element: etree._Element) -> bool:
    """Whether an ancestor has `xml:lang` or the like, which inclusive canonicalisation passes on."""
    return any(
        str(name).startswith(_XML)
        for ancestor in element.iterancestors()
        for name in ancestor.attrib
    )
