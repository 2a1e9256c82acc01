"""What a caller shows over HTTP: a bearer token, a certificate, or both."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gateway.domain.request import Proof, ProofKind
from gateway.web.client_certificate import client_certificate

_BEARER = b"bearer "
_OF_ANOTHER_SCHEME = Proof(
    ProofKind.TOKEN, b"", defect="Authorization does not say `Bearer` before the token"
)
_TWICE = Proof(ProofKind.TOKEN, b"", defect="there is more than one Authorization")


def proof_of(scope: Mapping[str, Any]) -> Proof | None:
    """The proof of a request. A certificate beside a token must name the same credential."""
    token = _token(scope["headers"])
    certificate = client_certificate(scope)
    if certificate is None:
        return token
    shown = Proof(ProofKind.CERTIFICATE, certificate)
    return shown if token is None else replace(token, beside=shown)


def _token(headers: Iterable[tuple[bytes, bytes]]) -> Proof | None:
    shown = [value for name, value in headers if name == b"authorization"]
    if not shown:
        return None
    if len(shown) > 1:
        return _TWICE
    (value,) = shown
    if value[: len(_BEARER)].lower() != _BEARER:
        return _OF_ANOTHER_SCHEME
    return Proof(ProofKind.TOKEN, value[len(_BEARER) :].strip())
