"""Signs our answers: Body, and Timestamp where the question had one, in the style of the question."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from gateway.web.soap.envelope import CLOSING, OPENING
from gateway.web.soap.names import ENVELOPE_NS
from gateway.web.soap.wss.names import (
    BASE64,
    DS_NS,
    EXCLUSIVE,
    PKI_PATH,
    SHA256,
    WSSE_NS,
    WSU_NS,
    X509_V3,
)
from gateway.web.soap.wss.opened import AnswerStyle


@dataclass(frozen=True, slots=True)
class AnswerSigner:
    """A key of the gateway's. `sign` gives the bytes that XML Signature wants.

    `head` and `info` are what its answers and their SignedInfo begin with, whatever they say.
    """

    head: bytes
    head_with_path: bytes
    info: bytes
    sign: Callable[[bytes], bytes]


def answer_signer(
    algorithm: str, certificate: bytes, path: bytes, sign: Callable[[bytes], bytes]
) -> AnswerSigner:
    """The signer with this certificate (DER), at the end of this PKIPath."""
    heads = _head(X509_V3, certificate), _head(PKI_PATH, path)
    return AnswerSigner(*heads, _info(algorithm), sign)


class Seal:
    """Seals answers. `signer` gives the RSA key or the other; `now` is machine time."""

    def __init__(
        self,
        signer: Callable[[bool], AnswerSigner],
        now: Callable[[], datetime],
        lifetime: timedelta,
    ) -> None:
        self._signer, self._now, self._lifetime = signer, now, lifetime

    def sealed(self, answer: bytes, style: AnswerStyle) -> bytes:
        """The answer, signed. It is an envelope of ours (`gateway.web.soap.envelope`)."""
        signer = self._signer(style.is_rsa)
        body = b"%b%b</soapenv:Body>" % (_BODY, answer[_START:_STOP])
        timestamp = self._timestamp() if style.is_timed else b""
        head = signer.head_with_path if style.is_path else signer.head
        info = _signed_info(signer, body, timestamp)
        value = b64encode(signer.sign(info))
        return b"".join((head, timestamp, _SIGNATURE, info, _VALUE, value, _KEY_INFO, body, _END))

    def _timestamp(self) -> bytes:
        now = self._now()
        created, expires = (
            at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for at in (now, now + self._lifetime)
        )
        return _TIMESTAMP.format(created=created, expires=expires).encode()


def _signed_info(signer: AnswerSigner, body: bytes, timestamp: bytes) -> bytes:
    references = _reference(b"Body", body)
    if timestamp:
        references += _reference(b"Timestamp", timestamp)
    return b"%b%b</ds:SignedInfo>" % (signer.info, references)


def _reference(name: bytes, part: bytes) -> bytes:
    return _REFERENCE % (name, b64encode(sha256(part).digest()))


def _info(algorithm: str) -> bytes:
    return (
        f'<ds:SignedInfo xmlns:ds="{DS_NS}">'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
    ).encode()


def _head(kind: str, token: bytes) -> bytes:
    """All that stands before the Timestamp or Signature, the same for each answer of a signer."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE_NS}">'
        f'<soapenv:Header><wsse:Security xmlns:wsse="{WSSE_NS}" xmlns:wsu="{WSU_NS}">'
        f'<wsse:BinarySecurityToken EncodingType="{BASE64}" ValueType="{kind}" wsu:Id="Token">'
        f"{b64encode(token).decode()}</wsse:BinarySecurityToken>"
    ).encode()


_START, _STOP = len(OPENING), -len(CLOSING)
_BODY = f'<soapenv:Body xmlns:soapenv="{ENVELOPE_NS}" xmlns:wsu="{WSU_NS}" wsu:Id="Body">'.encode()
_SIGNATURE = f'<ds:Signature xmlns:ds="{DS_NS}">'.encode()
_VALUE = b"<ds:SignatureValue>"
_KEY_INFO = (
    b'</ds:SignatureValue><ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#Token"/>'
    b"</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature></wsse:Security></soapenv:Header>"
)
_END = b"</soapenv:Envelope>"
_REFERENCE = (
    '<ds:Reference URI="#%b"><ds:Transforms>'
    f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>%b</ds:DigestValue></ds:Reference>"
).encode()
_TIMESTAMP = (
    f'<wsu:Timestamp xmlns:wsu="{WSU_NS}" wsu:Id="Timestamp"><wsu:Created>{{created}}</wsu:Created>'
    "<wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
)
