"""Certificates and keys as messages carry them: X.509, a PKIPath of them, or a bare key."""

from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from gateway.web.soap.wss.algorithms import PublicKey
from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.names import DS_NS, DSIG11_NS

_RSA_BITS = range(2048, 8193)
_LARGEST_EXPONENT = 2**32
_LARGEST = 32_768
_LONGEST_PATH = 6
_CURVES = {"urn:oid:1.2.840.10045.3.1.7": SECP256R1(), "urn:oid:1.3.132.0.34": SECP384R1(),
           "urn:oid:1.3.132.0.35": SECP521R1()}  # fmt: skip
_CURVE_NAMES = frozenset(curve.name for curve in _CURVES.values())
_SEQUENCE = 0x30
_LONG_FORM = 0x80


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key it is: `value` is what the directory knows it by, a certificate or a key (DER)."""

    value: bytes
    key: PublicKey
    is_path: bool = False

    @property
    def spki(self) -> bytes:
        """The public key (DER)."""
        return self.key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signer_of_certificate(text: str) -> Signer:
    """The signer behind a certificate (base64 of DER).

    Raises:
        SignatureFlaw: it cannot be read.
    """
    der = _decoded(text)
    return Signer(der, _key_of(_certificate(der)))


def signer_of_certificates(texts: Sequence[str]) -> Signer:
    """The signer among certificates in any order: the one that issued none of the others.

    Raises:
        SignatureFlaw: they cannot be read, or it is not clear which one.
    """
    ders = [_decoded(text) for text in texts]
    found = [_certificate(der) for der in ders]
    issuers = [one.issuer for one in found if one.issuer != one.subject]
    leaves = [i for i, one in enumerate(found) if one.subject not in issuers]
    if len(leaves) != 1 or len(found) > _LONGEST_PATH:
        raise SignatureFlaw("it is not clear which of the certificates signs")
    return Signer(ders[leaves[0]], _key_of(found[leaves[0]]))


def signer_of_path(text: str) -> Signer:
    """The signer at the end of a PKIPath: from the authority to the signer, each issued by the one before.

    Raises:
        SignatureFlaw: it cannot be read, is too long, or is in another order.
    """
    ders = _members(_decoded(text))
    path = [_certificate(der) for der in ders]
    if any(below.issuer != above.subject for above, below in pairwise(path)):
        raise SignatureFlaw(
            "a PKIPath goes from the authority to the signer, each issuing the next"
        )
    return Signer(ders[-1], _key_of(path[-1]), is_path=True)


def signer_of_key(key_value: etree._Element) -> Signer:
    """The signer behind a KeyValue.

    Raises:
        SignatureFlaw: it cannot be read.
    """
    if len(key_value) != 1:
        raise SignatureFlaw("a KeyValue holds one key")
    read = _KEYS.get(str(key_value[0].tag))
    if read is None:
        raise SignatureFlaw("keys other than RSA and those on curves are not read")
    try:
        key = _usable(read(key_value[0]))
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureFlaw("the KeyValue cannot be read") from None
    return Signer(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), key)


def _rsa_key(value: etree._Element) -> PublicKey:
    modulus, exponent = (
        int.from_bytes(_decoded(value.findtext(f"{{{DS_NS}}}{name}") or ""), "big")
        for name in ("Modulus", "Exponent")
    )
    return RSAPublicNumbers(exponent, modulus).public_key()


def _curve_key(value: etree._Element) -> PublicKey:
    named = value.find(f"{{{DSIG11_NS}}}NamedCurve")
    curve = _CURVES.get(named.get("URI") or "") if named is not None else None
    if curve is None:
        raise SignatureFlaw("curves other than P-256, P-384 and P-521 are not read")
    point = _decoded(value.findtext(f"{{{DSIG11_NS}}}PublicKey") or "")
    return EllipticCurvePublicKey.from_encoded_point(curve, point)


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError:
        raise SignatureFlaw("a certificate cannot be read") from None


def _key_of(certificate: x509.Certificate) -> PublicKey:
    try:
        return _usable(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise SignatureFlaw("the key of the certificate cannot be read") from None


def _usable(key: object) -> PublicKey:
    """The key, if it is neither too weak nor so large that checking it would cost too much."""
    if isinstance(key, RSAPublicKey):
        exponent = key.public_numbers().e
        if key.key_size in _RSA_BITS and exponent <= _LARGEST_EXPONENT:
            return key
        raise SignatureFlaw("RSA keys have 2048 bits at least and 8192 at most")
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVE_NAMES:
        return key
    raise SignatureFlaw("keys other than RSA, P-256, P-384 and P-521 are not read")


def _decoded(text: str) -> bytes:
    if len(text) > _LARGEST:
        raise SignatureFlaw("a token is too large")
    try:
        return b64decode("".join(text.split()), validate=True)
    except (NoBase64, ValueError):
        raise SignatureFlaw("a token is no base64") from None


def _members(der: bytes) -> list[bytes]:
    """The certificates in a PKIPath, a DER sequence of them."""
    start, end = _sequence(der, 0)
    if end != len(der):
        raise SignatureFlaw("a PKIPath ends where its length says")
    found: list[bytes] = []
    while start < end:
        _, after = _sequence(der, start)
        found.append(der[start:after])
        start = after
    if start != end or not 0 < len(found) <= _LONGEST_PATH:
        raise SignatureFlaw(f"a PKIPath holds from one to {_LONGEST_PATH} certificates")
    return found


def _sequence(der: bytes, at: int) -> tuple[int, int]:
    """Where the content of the DER sequence at a place begins and ends."""
    header = der[at : at + 2]
    if len(header) < 2 or header[0] != _SEQUENCE:  # noqa: PLR2004  tag and length
        raise SignatureFlaw("a PKIPath is a sequence of certificates")
    if header[1] < _LONG_FORM:
        return at + 2, at + 2 + header[1]
    start = at + 2 + header[1] - _LONG_FORM
    return start, start + int.from_bytes(der[at + 2 : start], "big")


_KEYS: Mapping[str, Callable[[etree._Element], PublicKey]] = {
    f"{{{DS_NS}}}RSAKeyValue": _rsa_key,
    f"{{{DSIG11_NS}}}ECKeyValue": _curve_key,
}
