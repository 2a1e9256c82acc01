"""The signature and digest algorithms of this profile. SHA-1 is marked: few may still use it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1 as SHA1_HASH
from cryptography.hazmat.primitives.hashes import SHA256 as SHA256_HASH

from gateway.web.soap.wss.flaw import SignatureFlaw
from gateway.web.soap.wss.names import (
    ECDSA_SHA256,
    RSA_SHA1,
    RSA_SHA256,
    SHA1,
    SHA256,
)

PublicKey = RSAPublicKey | EllipticCurvePublicKey
_NOT_HELD = "the signature does not hold under the signer's key"
_PKCS1, _STRONG, _WEAK = PKCS1v15(), SHA256_HASH(), SHA1_HASH()  # noqa: S303  few may still use it
_ECDSA = ECDSA(_STRONG)


@dataclass(frozen=True, slots=True)
class Method:
    """A signature algorithm. `verify` raises where the signature does not hold."""

    verify: Callable[[PublicKey, bytes, bytes], None]
    is_weak: bool


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest algorithm."""

    of: Callable[[bytes], Any]
    is_weak: bool


def method_of(algorithm: str | None) -> Method:
    """The signature algorithm with this name.

    Raises:
        SignatureFlaw: another one, HMAC among them.
    """
    found = _METHODS.get(algorithm or "")
    if found is None:
        raise SignatureFlaw(
            "signature algorithms other than RSA-SHA256 and ECDSA-SHA256 are not read"
        )
    return found


def digest_of(algorithm: str | None) -> Digest:
    """The digest algorithm with this name.

    Raises:
        SignatureFlaw: another one.
    """
    found = _DIGESTS.get(algorithm or "")
    if found is None:
        raise SignatureFlaw("digest algorithms other than SHA-256 are not read")
    return found


def _verify_rsa(key: PublicKey, signature: bytes, signed: bytes) -> None:
    _rsa(key, signature, signed, _STRONG)


def _verify_weak_rsa(key: PublicKey, signature: bytes, signed: bytes) -> None:
    _rsa(key, signature, signed, _WEAK)


def _rsa(key: PublicKey, signature: bytes, signed: bytes, kind: SHA1_HASH | SHA256_HASH) -> None:
    if not isinstance(key, RSAPublicKey):
        raise SignatureFlaw("an RSA signature wants an RSA key")
    try:
        key.verify(signature, signed, _PKCS1, kind)
    except InvalidSignature:
        raise SignatureFlaw(_NOT_HELD) from None


def _verify_ecdsa(key: PublicKey, signature: bytes, signed: bytes) -> None:
    """NOTE(wire): XML Signature writes the two numbers side by side, not as ASN.1."""
    if not isinstance(key, EllipticCurvePublicKey):
        raise SignatureFlaw("an ECDSA signature wants a key on a curve")
    half = (key.curve.key_size + 7) // 8
    if len(signature) != 2 * half:
        raise SignatureFlaw("an ECDSA signature is two numbers of the curve's length")
    first, second = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key.verify(encode_dss_signature(first, second), signed, _ECDSA)
    except InvalidSignature:
        raise SignatureFlaw(_NOT_HELD) from None


_METHODS: Mapping[str, Method] = {
    RSA_SHA256: Method(_verify_rsa, is_weak=False),
    ECDSA_SHA256: Method(_verify_ecdsa, is_weak=False),
    RSA_SHA1: Method(_verify_weak_rsa, is_weak=True),
}
_DIGESTS: Mapping[str, Digest] = {
    SHA256: Digest(sha256, is_weak=False),
    SHA1: Digest(sha1, is_weak=True),
}
