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

_BODY = f'<soapenv:Body xmlns:soapenv="{ENVELOPE_NS}" xmlns:wsu="{WSU_NS}" wsu:Id="Body">'.encode()
_END = b"</soapenv:Body>"
_REFERENCE = (
    '<ds:Reference URI="#{name}"><ds:Transforms>'
    f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
    f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>'
    "<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
)
_TIMESTAMP = (
    f'<wsu:Timestamp xmlns:wsu="{WSU_NS}" wsu:Id="Timestamp"><wsu:Created>{{created}}</wsu:Created>'
    "<wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
)


@dataclass(frozen=True, slots=True)
class AnswerSigner:
    """A key of the gateway's: its algorithm, its certificate and path as base64, and its hand.

    `sign` gives the bytes that XML Signature wants.
    """

    algorithm: str
    certificate: str
    path: str
    sign: Callable[[bytes], bytes]


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
        opening, closing = OPENING.encode(), CLOSING.encode()
        body = _BODY + answer[len(opening) : -len(closing)] + _END
        timestamp = self._timestamp() if style.is_timed else ""
        signer = self._signer(style.is_rsa)
        signature = _signature(signer, body, timestamp)
        security = f"{_token(signer, is_path=style.is_path)}{timestamp}{signature}"
        return b"%b%b%b%b</soapenv:Envelope>" % (
            _HEAD.encode(), security.encode(), _HEAD_END.encode(), body,
        )  # fmt: skip

    def _timestamp(self) -> str:
        now = self._now()
        created, expires = (
            at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for at in (now, now + self._lifetime)
        )
        return _TIMESTAMP.format(created=created, expires=expires)


def _signature(signer: AnswerSigner, body: bytes, timestamp: str) -> str:
    references = _reference("Body", body)
    if timestamp:
        references += _reference("Timestamp", timestamp.encode())
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS_NS}">'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{signer.algorithm}"></ds:SignatureMethod>'
        f"{references}</ds:SignedInfo>"
    )
    value = b64encode(signer.sign(info.encode())).decode()
    return (
        f'<ds:Signature xmlns:ds="{DS_NS}">{info}<ds:SignatureValue>{value}</ds:SignatureValue>'
        '<ds:KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#Token"/>'
        "</wsse:SecurityTokenReference></ds:KeyInfo></ds:Signature>"
    )


def _reference(name: str, part: bytes) -> str:
    return _REFERENCE.format(name=name, digest=b64encode(sha256(part).digest()).decode())


def _token(signer: AnswerSigner, *, is_path: bool) -> str:
    kind, text = (PKI_PATH, signer.path) if is_path else (X509_V3, signer.certificate)
    return (
        f'<wsse:BinarySecurityToken EncodingType="{BASE64}" ValueType="{kind}" wsu:Id="Token">'
        f"{text}</wsse:BinarySecurityToken>"
    )


_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{ENVELOPE_NS}">'
    f'<soapenv:Header><wsse:Security xmlns:wsse="{WSSE_NS}" xmlns:wsu="{WSU_NS}">'
)
_HEAD_END = "</wsse:Security></soapenv:Header>"
