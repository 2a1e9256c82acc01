"""KeyInfo: whose key signed, said in one of the ways that clients say it."""

from collections.abc import Callable

from lxml import etree

from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.layout import Layout, ids_of
from gateway.web.soap.wss.names import (
    BASE64,
    DIRECT_REFERENCE,
    KEY_IDENTIFIER,
    KEY_VALUE,
    PKI_PATH,
    TOKEN_REFERENCE,
    X509_CERTIFICATE,
    X509_DATA,
    X509_V3,
)
from gateway.web.soap.wss.tokens import (
    Signer,
    signer_of_certificate,
    signer_of_certificates,
    signer_of_key,
    signer_of_path,
)

_KEPT = 256
_TOKENS: dict[str, Callable[[str], Signer]] = {
    X509_V3: signer_of_certificate,
    PKI_PATH: signer_of_path,
}


class KeyInfoReader:
    """Reads KeyInfo, and remembers the tokens that it saw: a client sends the same with each message."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], Signer] = {}

    def signer(self, layout: Layout) -> Signer:
        """Whose key a signature claims to be made with.

        Raises:
            SignatureFlaw: nobody's, several's, or said in a way that is not read.
        """
        said = [child.tag for child in layout.key_info]
        if said == [TOKEN_REFERENCE]:
            return self._of_reference(layout.key_info[0], layout.token)
        if said in ([X509_DATA], [KEY_VALUE], [KEY_VALUE, X509_DATA], [X509_DATA, KEY_VALUE]):
            return self._of_data(layout.key_info)
        raise SignatureFlaw(
            "KeyInfo holds a SecurityTokenReference, or X509Data and KeyValue, and nothing else"
        )

    def _of_reference(self, reference: etree._Element, token: etree._Element | None) -> Signer:
        if len(reference) != 1:
            raise SignatureFlaw("a SecurityTokenReference holds one reference")
        inner = reference[0]
        if inner.tag == DIRECT_REFERENCE:
            return self._of_token(inner, token)
        if inner.tag == KEY_IDENTIFIER and inner.get("ValueType") == X509_V3:
            return self._read(X509_V3, inner)
        if inner.tag == X509_DATA:
            return self._of_certificates(inner)
        raise SignatureFlaw(
            "a SecurityTokenReference refers to the BinarySecurityToken or holds the certificate"
        )

    def _of_token(self, reference: etree._Element, token: etree._Element | None) -> Signer:
        uri = reference.get("URI") or ""
        if token is None or uri[:1] != "#" or uri[1:] not in ids_of(token):
            raise SignatureFlaw("the reference means no BinarySecurityToken of the Security header")
        kind = token.get("ValueType") or X509_V3
        if kind not in _TOKENS or reference.get("ValueType", kind) != kind:
            raise SignatureFlaw("tokens other than X509v3 and X509PKIPathv1 are not read")
        return self._read(kind, token)

    def _of_data(self, key_info: etree._Element) -> Signer:
        data, value = key_info.find(X509_DATA), key_info.find(KEY_VALUE)
        if data is None:
            assert value is not None
            return signer_of_key(value)
        signer = self._of_certificates(data)
        if value is not None and signer_of_key(value).value != signer.spki:
            raise SignatureFlaw("KeyValue and X509Data are of two keys")
        return signer

    def _of_certificates(self, data: etree._Element) -> Signer:
        found = data.findall(X509_CERTIFICATE)
        if not found:
            raise SignatureFlaw("X509Data holds the certificate itself")
        if len(found) == 1:
            return self._read(X509_V3, found[0])
        return signer_of_certificates([one.text or "" for one in found])

    def _read(self, kind: str, holder: etree._Element) -> Signer:
        if holder.get("EncodingType", BASE64) != BASE64 or len(holder):
            raise SignatureFlaw("tokens are written as base64")
        name = (kind, holder.text or "")
        signer = self._seen.get(name)
        if signer is None:
            signer = _TOKENS[kind](name[1])
            if len(self._seen) >= _KEPT:
                self._seen.clear()
            self._seen[name] = signer
        return signer
