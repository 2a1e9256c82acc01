"""Signed SOAP messages in every style that clients have, and some that only attackers have.

Written from the standards and from what public clients send, with nothing of the gateway in it.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.running import RunningSpace

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DS = "http://www.w3.org/2000/09/xmldsig#"
DS11 = "http://www.w3.org/2009/xmldsig11#"
OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE, WSU = f"{OASIS}-wssecurity-secext-1.0.xsd", f"{OASIS}-wssecurity-utility-1.0.xsd"
EXC = "http://www.w3.org/2001/10/xml-exc-c14n#"
INC = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA1, RSA_SHA256 = f"{DS}rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
DIGEST_SHA1, DIGEST_SHA256 = f"{DS}sha1", "http://www.w3.org/2001/04/xmlenc#sha256"
X509, PATH = (f"{OASIS}-x509-token-profile-1.0#{name}" for name in ("X509v3", "X509PKIPathv1"))
BASE64 = f"{OASIS}-soap-message-security-1.0#Base64Binary"
NAMES = {"s": SOAP, "ds": DS, "wsse": WSSE, "wsu": WSU, "ec": EXC, "d11": DS11}
PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey
PARSER = etree.XMLParser(resolve_entities=False, no_network=True)
"""Keeps comments and PIs, as other people's parsers do."""


def q(name: str) -> str:
    """`ds:Signature` in Clark notation."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMES[prefix]}}}{local}"


@dataclass(frozen=True, slots=True)
class Signatory:
    """A key and its certificate, with what leads from it to the root (own one first)."""

    key: PrivateKey
    chain: Sequence[x509.Certificate]

    @property
    def der(self) -> bytes:
        return self.chain[0].public_bytes(Encoding.DER)

    @property
    def pem(self) -> str:
        return self.chain[0].public_bytes(Encoding.PEM).decode()

    @property
    def is_rsa(self) -> bool:
        return isinstance(self.key, RSAPrivateKey)

    @property
    def algorithm(self) -> str:
        return RSA_SHA256 if self.is_rsa else ECDSA_SHA256

    def sign(self, algorithm: str, signed: bytes) -> bytes:
        if isinstance(self.key, RSAPrivateKey):
            kind = SHA1() if algorithm == RSA_SHA1 else SHA256()
            return self.key.sign(signed, PKCS1v15(), kind)
        numbers = decode_dss_signature(self.key.sign(signed, ECDSA(SHA256())))
        half = (self.key.curve.key_size + 7) // 8
        return b"".join(number.to_bytes(half, "big") for number in numbers)


def signatory_of(certificate: str, key: str, ca: str) -> Signatory:
    """What the files of a space say."""
    chain = x509.load_pem_x509_certificates(Path(certificate).read_bytes())
    root = x509.load_pem_x509_certificate(Path(ca).read_bytes())
    made = load_pem_private_key(Path(key).read_bytes(), None)
    assert isinstance(made, RSAPrivateKey | EllipticCurvePrivateKey)
    return Signatory(made, (*chain, root))


def unit_signatory(space: RunningSpace, unit: str) -> Signatory:
    """A unit's own, on a curve."""
    one = space.credential(unit)
    return signatory_of(one["certificate"], one["private_key"], space.ready["ca"])


def issued_signatory(space: RunningSpace, unit: str, **order: Any) -> tuple[Signatory, str]:
    """Another one, ordered from the space's authority; with its serial number."""
    answer = space.control("POST", "/keys", {"credential": unit, **order})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    found = signatory_of(made["certificate"], made["private_key"], space.ready["ca"])
    return found, made["serial"]


def stranger(name: str = "vreemd", *, rsa: int = 0, curve: Any = None) -> Signatory:
    """A certificate that nobody issued but its owner."""
    key: PrivateKey = new_rsa_key(65537, rsa) if rsa else new_curve_key(curve or SECP256R1())
    return Signatory(key, (certificate(name, key, name, key),))


def issued_by(issuer: Signatory, name: str, key: PrivateKey | None = None) -> Signatory:
    """A certificate that a signatory issued, whether it may or not."""
    own = key or new_curve_key(SECP256R1())
    above = issuer.chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return Signatory(own, (certificate(name, own, str(above), issuer.key), *issuer.chain))


def certificate(name: str, key: PrivateKey, issuer: str, issuing: PrivateKey) -> x509.Certificate:
    subject, above = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer)
    )
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=36_500))
    )
    return builder.sign(issuing, SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a client signs. `signed` names what it signs, beside what it leaves unsigned."""

    algorithm: str = ""
    digest: str = DIGEST_SHA256
    c14n: str = EXC
    body_c14n: str | None = EXC
    prefixes: str | None = None
    body_prefixes: str | None = None
    enveloped: bool = False
    token: str = "x509v3"
    plain_id: bool = False
    in_header: bool = False
    prefix: str | None = "ds"
    created: datetime | None = None
    expires: datetime | None = None
    signs_timestamp: bool = True
    fraction: str = "%Y-%m-%dT%H:%M:%S.%fZ"


CONNECTOR = Style(
    algorithm=RSA_SHA1, digest=DIGEST_SHA1, token="pkipath", prefixes="soapenv", body_prefixes=""
)
"""The reference Java connector: RSA-SHA1, PKIPath, Body only, exclusive canonicalisation."""
DOTNET = Style(
    c14n=INC,
    body_c14n=INC,
    enveloped=True,
    token="both",
    plain_id=True,
    in_header=True,
    prefix=None,
)
"""A .NET client that the real platform accepts: plain XML Signature in the Header, no token."""
RUBY = Style(algorithm=RSA_SHA1, digest=DIGEST_SHA1)
"""A Ruby client: RSA-SHA1 with an X.509 token."""


def sign(envelope: bytes, who: Signatory, style: Style | None = None) -> bytes:
    """The envelope, signed."""
    return etree.tostring(signed(etree.fromstring(envelope, PARSER), who, style))


def signed(root: etree._Element, who: Signatory, style: Style | None = None) -> etree._Element:
    """The same on the tree, in place."""
    style = style or Style()
    style = replace(style, algorithm=style.algorithm or who.algorithm)
    header, body = root.find(q("s:Header")), root.find(q("s:Body"))
    assert body is not None
    if header is None:
        header = etree.Element(q("s:Header"))
        root.insert(0, header)
    holder = header if style.in_header else _security(header)
    body.set("Id" if style.plain_id else q("wsu:Id"), "Body")
    if style.token in ("x509v3", "pkipath", "path backwards"):
        holder.append(_binary_token(who, style))
    parts = [(body, style.body_c14n, style.body_prefixes)]
    if style.created is not None:
        holder.append(_timestamp(style))
        parts += [(holder[-1], EXC, None)] if style.signs_timestamp else []
    signature = etree.SubElement(
        holder, q("ds:Signature"), nsmap=cast("dict[str, str]", {style.prefix: DS})
    )
    info = etree.SubElement(signature, q("ds:SignedInfo"))
    _method(info, "ds:CanonicalizationMethod", style.c14n, style.prefixes)
    etree.SubElement(info, q("ds:SignatureMethod"), Algorithm=style.algorithm)
    for element, c14n, prefixes in parts:
        _reference(info, element, style, c14n, prefixes)
    value = etree.SubElement(signature, q("ds:SignatureValue"))
    signature.append(key_info(who, style.token))
    value.text = text(who.sign(style.algorithm, canonical(info, style.c14n, style.prefixes)))
    return root


def resign(root: etree._Element, who: Signatory) -> etree._Element:
    """The signature anew over a SignedInfo that was changed; digests stay what they are."""
    info = found(root, "ds:SignedInfo")
    algorithm = found(info, "ds:SignatureMethod").get("Algorithm") or ""
    method = found(info, "ds:CanonicalizationMethod")
    listed = method.find(q("ec:InclusiveNamespaces"))
    prefixes = None if listed is None else listed.get("PrefixList")
    c14n = canonical(info, str(method.get("Algorithm")), prefixes)
    found(root, "ds:SignatureValue").text = text(who.sign(algorithm, c14n))
    return root


def found(root: etree._Element, name: str) -> etree._Element:
    """The first element of this name."""
    return next(root.iter(q(name)))


def canonical(element: etree._Element, algorithm: str | None, prefixes: str | None) -> bytes:
    """Canonical XML by libxml2, of a document of its own: within another, lxml and libxml2 get default
    namespaces wrong. NOTE: they do not know `#default` for the empty prefix either.
    """
    alone = etree.fromstring(etree.tostring(element, encoding="utf-8", with_tail=False), PARSER)
    listed = ["" if one == "#default" else one for one in (prefixes or "").split()]
    return etree.tostring(
        alone, method="c14n", exclusive=algorithm == EXC, with_comments=False,
        inclusive_ns_prefixes=listed or None,
    )  # fmt: skip


def digest(style: Style, data: bytes) -> str:
    """As a Reference holds it."""
    hashed: Callable[[bytes], Any] = sha1 if style.digest == DIGEST_SHA1 else sha256
    return text(hashed(data).digest())


def text(data: bytes) -> str:
    return b64encode(data).decode()


def pki_path(chain: Sequence[x509.Certificate]) -> bytes:
    """Certificates in this order as a DER sequence."""
    content = b"".join(one.public_bytes(Encoding.DER) for one in chain)
    if len(content) < 0x80:
        return bytes([0x30, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([0x30, 0x80 | len(length)]) + length + content


def key_info(who: Signatory, token: str) -> etree._Element:
    """KeyInfo in one of the ways that clients have."""
    info = etree.Element(q("ds:KeyInfo"), nsmap={"ds": DS})
    if token in ("x509v3", "pkipath", "path backwards"):
        reference = etree.SubElement(info, q("wsse:SecurityTokenReference"), nsmap={"wsse": WSSE})
        kind = X509 if token == "x509v3" else PATH
        etree.SubElement(reference, q("wsse:Reference"), URI="#Token", ValueType=kind)
    if token in ("keyvalue", "both"):
        info.append(key_value(who.key.public_key()))
    if token in ("x509data", "both"):
        info.append(x509_data(who))
    if token == "referred x509data":
        etree.SubElement(info, q("wsse:SecurityTokenReference")).append(x509_data(who))
    if token == "key identifier":
        reference = etree.SubElement(info, q("wsse:SecurityTokenReference"))
        inner = etree.SubElement(
            reference, q("wsse:KeyIdentifier"), ValueType=X509, EncodingType=BASE64
        )
        inner.text = text(who.der)
    return info


def x509_data(who: Signatory) -> etree._Element:
    data = etree.Element(q("ds:X509Data"), nsmap={"ds": DS})
    etree.SubElement(data, q("ds:X509Certificate")).text = text(who.der)
    return data


def key_value(key: Any) -> etree._Element:
    value = etree.Element(q("ds:KeyValue"), nsmap={"ds": DS})
    if isinstance(key, RSAPublicKey):
        numbers = key.public_numbers()
        inner = etree.SubElement(value, q("ds:RSAKeyValue"))
        for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):
            size = (number.bit_length() + 7) // 8
            etree.SubElement(inner, q(f"ds:{name}")).text = text(number.to_bytes(size, "big"))
        return value
    assert isinstance(key, EllipticCurvePublicKey)
    inner = etree.SubElement(value, q("d11:ECKeyValue"), nsmap={"d11": DS11})
    etree.SubElement(inner, q("d11:NamedCurve"), URI="urn:oid:1.2.840.10045.3.1.7")
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    etree.SubElement(inner, q("d11:PublicKey")).text = text(point)
    return value


def _security(header: etree._Element) -> etree._Element:
    return etree.SubElement(header, q("wsse:Security"), nsmap={"wsse": WSSE, "wsu": WSU})


def _binary_token(who: Signatory, style: Style) -> etree._Element:
    token = etree.Element(q("wsse:BinarySecurityToken"), nsmap={"wsse": WSSE, "wsu": WSU})
    token.set("EncodingType", BASE64)
    token.set("ValueType", X509 if style.token == "x509v3" else PATH)
    token.set(q("wsu:Id"), "Token")
    path = who.chain if style.token == "path backwards" else tuple(reversed(who.chain))
    token.text = text(who.der if style.token == "x509v3" else pki_path(path))
    return token


def _timestamp(style: Style) -> etree._Element:
    stamp = etree.Element(q("wsu:Timestamp"), nsmap={"wsu": WSU})
    stamp.set(q("wsu:Id"), "Stamp")
    for name, at in (("Created", style.created), ("Expires", style.expires)):
        if at is not None:
            etree.SubElement(stamp, q(f"wsu:{name}")).text = at.strftime(style.fraction)
    return stamp


def _reference(
    info: etree._Element, element: etree._Element, style: Style, c14n: str | None, prefixes: str | None
) -> None:  # fmt: skip
    called = element.get(q("wsu:Id")) or element.get("Id")
    reference = etree.SubElement(info, q("ds:Reference"), URI=f"#{called}")
    transforms = etree.SubElement(reference, q("ds:Transforms"))
    if style.enveloped:
        etree.SubElement(transforms, q("ds:Transform"), Algorithm=ENVELOPED)
    if c14n is not None:
        _method(transforms, "ds:Transform", c14n, prefixes)
    if len(transforms) == 0:
        reference.remove(transforms)
    etree.SubElement(reference, q("ds:DigestMethod"), Algorithm=style.digest)
    value = etree.SubElement(reference, q("ds:DigestValue"))
    value.text = digest(style, canonical(element, c14n, prefixes))


def _method(parent: etree._Element, name: str, algorithm: str, prefixes: str | None) -> None:
    method = etree.SubElement(parent, q(name), Algorithm=algorithm)
    if prefixes is not None:
        etree.SubElement(
            method, q("ec:InclusiveNamespaces"), nsmap={"ec": EXC}, PrefixList=prefixes
        )


def members(path: bytes) -> list[x509.Certificate]:
    """The certificates of a PKIPath, in its own order."""
    size = 2 if path[1] < 0x80 else 2 + path[1] - 0x80
    found_ones, rest = [], path[size:]
    while rest:
        head = 2 if rest[1] < 0x80 else 2 + rest[1] - 0x80
        length = rest[1] if head == 2 else int.from_bytes(rest[2:head], "big")
        found_ones.append(x509.load_der_x509_certificate(rest[: head + length]))
        rest = rest[head + length :]
    return found_ones


def check_answer(content: bytes, authority: Sequence[x509.Certificate]) -> set[str]:
    """The names of the parts of an answer that its signature covers; fails where it does not hold.

    `authority` is the issuing CA and its root.
    """
    root = etree.fromstring(content, PARSER)
    token = found(root, "wsse:BinarySecurityToken")
    raw = b64decode(token.text or "")
    chain = (
        members(raw) if token.get("ValueType") == PATH else [x509.load_der_x509_certificate(raw)]
    )
    assert chain[:-1] == list(authority[::-1])[: len(chain) - 1]
    for below, above in pairwise((chain[-1], *authority)):
        below.verify_directly_issued_by(above)
    info = found(root, "ds:SignedInfo")
    value = b64decode(found(root, "ds:SignatureValue").text or "")
    key = chain[-1].public_key()
    if isinstance(key, RSAPublicKey):
        key.verify(value, canonical(info, EXC, None), PKCS1v15(), SHA256())
    else:
        assert isinstance(key, EllipticCurvePublicKey)
        numbers = (int.from_bytes(half, "big") for half in (value[:32], value[32:]))
        key.verify(encode_dss_signature(*numbers), canonical(info, EXC, None), ECDSA(SHA256()))
    parts = {"Body": root[1], "Timestamp": root.find(".//" + q("wsu:Timestamp"))}
    named = {(one.get("URI") or "")[1:]: one for one in info.iter(q("ds:Reference"))}
    for name, reference in named.items():
        part = parts[name]
        assert part is not None
        assert part.get(q("wsu:Id")) == name
        told = found(reference, "ds:DigestValue").text
        assert told == digest(Style(), canonical(part, EXC, None))
    return set(named)
