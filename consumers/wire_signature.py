"""How an agency signs its SOAP messages, and checks that an answer is signed by the gateway (WS-Security)."""

from base64 import b64decode, b64encode
from collections.abc import Generator
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from lxml import etree

from consumers.wire_http import AnswerGarbled

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_WSSE, _WSU = f"{_OASIS}-wssecurity-secext-1.0.xsd", f"{_OASIS}-wssecurity-utility-1.0.xsd"
_BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"
_X509 = f"{_OASIS}-x509-token-profile-1.0#X509v3"
_GATEWAY = "magda-sim answers"
_NAMES = {"s": _SOAP, "ds": _DS, "wsse": _WSSE, "wsu": _WSU}
_HALF = 32


class NotSigned(AnswerGarbled):
    """An answer is not signed by the gateway, or was changed on its way."""


class Signed(httpx.Auth):
    """The credential that lies in the message: signs each, and checks each answer.

    A Fault may be unsigned: it discloses nothing, and says why a signature was refused.
    """

    requires_request_body = True
    requires_response_body = True

    def __init__(self, signer: "MessageSigner") -> None:
        self._signer = signer

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the message signed instead.

        Raises:
            NotSigned: the answer is not signed by the gateway.
        """
        headers = {k: v for k, v in request.headers.items() if k != "content-length"}
        content = self._signer.sign(request.content)
        response = yield httpx.Request(
            request.method, request.url, headers=headers, content=content,
            extensions=request.extensions,
        )  # fmt: skip
        if response.status_code == HTTPStatus.OK:
            self._signer.check(response.content)


class MessageSigner:
    """Signs with a unit's key, RSA or P-256; `ca` is the root that the gateway's certificate leads to.

    The certificate file holds the unit's own certificate and what leads from it to the root.
    """

    def __init__(self, certificate: str | Path, key: str | Path, ca: str | Path) -> None:
        own, *above = x509.load_pem_x509_certificates(Path(certificate).read_bytes())
        made = load_pem_private_key(Path(key).read_bytes(), None)
        assert isinstance(made, RSAPrivateKey | EllipticCurvePrivateKey)
        self._key = made
        self._token = b64encode(own.public_bytes(Encoding.DER)).decode()
        self._root = x509.load_pem_x509_certificate(Path(ca).read_bytes())
        self._above = above

    def sign(self, envelope: bytes) -> bytes:
        """The envelope with its Body signed; its Header is empty so far."""
        root = etree.fromstring(envelope)
        header, body = root.find(f"{{{_SOAP}}}Header"), root.find(f"{{{_SOAP}}}Body")
        assert header is not None
        assert body is not None
        body.set(f"{{{_WSU}}}Id", "Body")
        digest = b64encode(sha256(_canonical(body)).digest()).decode()
        header.append(etree.fromstring(self._security(digest)))
        info = _only(header, ".//ds:SignedInfo")
        _only(header, ".//ds:SignatureValue").text = b64encode(
            self._signature(_canonical(info))
        ).decode()
        return etree.tostring(root)

    def check(self, answer: bytes) -> None:
        """Let an answer pass whose Body is what the gateway signed.

        Raises:
            NotSigned: it is not.
        """
        root = etree.fromstring(answer, etree.XMLParser(resolve_entities=False, no_network=True))
        try:
            self._check(root)
        except (ValueError, TypeError, InvalidSignature, etree.C14NError) as error:
            raise NotSigned(str(error) or "the signature does not hold") from None

    def _check(self, root: etree._Element) -> None:
        header, body = root
        info = _only(header, "./wsse:Security/ds:Signature/ds:SignedInfo")
        reference = _only(info, "./ds:Reference[1]")
        if reference.get("URI") != f"#{body.get(f'{{{_WSU}}}Id')}":
            raise ValueError("the first reference is not the Body")
        if b64decode(_text(reference, "./ds:DigestValue")) != sha256(_canonical(body)).digest():
            raise ValueError("the Body is not what was signed")
        value = b64decode(_text(header, ".//ds:SignatureValue"))
        token = b64decode(_text(header, ".//wsse:BinarySecurityToken"))
        _verify(self._trusted(token), value, _canonical(info))

    def _trusted(self, token: bytes) -> x509.Certificate:
        """The gateway's certificate: not that of another client of the same authority."""
        leaf = x509.load_der_x509_certificate(token)
        (name,) = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if name.value != _GATEWAY:
            raise ValueError("the signer is not the gateway")
        below = leaf
        for issuer in (*self._above, self._root):
            below.verify_directly_issued_by(issuer)
            below = issuer
        return leaf

    def _security(self, digest: str) -> str:
        algorithm = "rsa-sha256" if isinstance(self._key, RSAPrivateKey) else "ecdsa-sha256"
        return (
            f'<wsse:Security xmlns:wsse="{_WSSE}" xmlns:wsu="{_WSU}">'
            f'<wsse:BinarySecurityToken EncodingType="{_BASE64}" ValueType="{_X509}" wsu:Id="Token">'
            f'{self._token}</wsse:BinarySecurityToken><ds:Signature xmlns:ds="{_DS}"><ds:SignedInfo>'
            f'<ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{_MORE}{algorithm}"/><ds:Reference URI="#Body">'
            f'<ds:Transforms><ds:Transform Algorithm="{_EXCLUSIVE}"/></ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{_SHA256}"/><ds:DigestValue>{digest}</ds:DigestValue>'
            "</ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>"
            '<wsse:SecurityTokenReference><wsse:Reference URI="#Token"/>'
            "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security>"
        )

    def _signature(self, signed: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(signed, PKCS1v15(), SHA256())
        numbers = decode_dss_signature(self._key.sign(signed, ECDSA(SHA256())))
        return b"".join(number.to_bytes(_HALF, "big") for number in numbers)


def _verify(certificate: x509.Certificate, value: bytes, signed: bytes) -> None:
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        key.verify(value, signed, PKCS1v15(), SHA256())
        return
    assert isinstance(key, EllipticCurvePublicKey)
    numbers = (int.from_bytes(half, "big") for half in (value[:_HALF], value[_HALF:]))
    key.verify(encode_dss_signature(*numbers), signed, ECDSA(SHA256()))


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _only(element: etree._Element, path: str) -> etree._Element:
    (found,) = element.iterfind(path, _NAMES)
    return found


def _text(element: etree._Element, path: str) -> str:
    return _only(element, path).text or ""
