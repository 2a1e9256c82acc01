"""Public keys from what people have of them: PEM, a certificate, a JWK or a set of those."""

import json
from collections.abc import Sequence
from typing import Any, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from gateway.domain.oauth import ClientKey

RSA_BITS = range(2048, 4097)
_PUBLIC, _PRIVATE = ("kty", "crv", "x", "y", "n", "e"), ("d", "k")


class NoPublicKey(ValueError):
    """The text holds no public key that can sign assertions here; the message says why."""


def key_of_certificate(der: bytes) -> ClientKey | None:
    """The key of a certificate, `None` where it is of a kind that signs no assertions here."""
    try:
        return _client_key(x509.load_der_x509_certificate(der).public_key())
    except (NoPublicKey, ValueError, UnsupportedAlgorithm):
        return None


def keys_of_text(text: str) -> Sequence[ClientKey]:
    """The keys in a PEM file, a JWK or a JWK set.

    Raises:
        NoPublicKey: there is none, or one that is private or of another kind.
    """
    if "PRIVATE KEY" in text:
        raise NoPublicKey("this is a private key: keep it, and send its public half")
    if text.lstrip().startswith("{"):
        return [_of_jwk(one) for one in _jwks(text)]
    try:
        if "BEGIN CERTIFICATE" in text:
            return [_client_key(x509.load_pem_x509_certificate(text.encode()).public_key())]
        return [_client_key(load_pem_public_key(text.encode()))]
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _refused(error, "this is no public key in PEM or JWK") from None


def _jwks(text: str) -> Sequence[dict[str, Any]]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise NoPublicKey("this is no JSON") from None
    keys = found.get("keys", [found])
    if not isinstance(keys, list) or not keys or not all(isinstance(one, dict) for one in keys):
        raise NoPublicKey("this is no JWK and no set of them")
    return keys


def _of_jwk(jwk: dict[str, Any]) -> ClientKey:
    if any(name in jwk for name in _PRIVATE):
        raise NoPublicKey("this is a private key: keep it, and send its public half")
    bare: dict[str, Any] = {name: jwk[name] for name in _PUBLIC if name in jwk}
    try:
        return _client_key(JWKRegistry.import_key(bare).public_key)
    except (JoseError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise _refused(error, "this is no public key in JWK") from None


def _client_key(public: object) -> ClientKey:
    match public:
        case EllipticCurvePublicKey(curve=SECP256R1()):
            return _described("ES256", ECKey.import_key(public))
        case RSAPublicKey(key_size=size) if size in RSA_BITS:
            return _described("RS256", RSAKey.import_key(public))
        case Ed25519PublicKey():
            return _described("EdDSA", OKPKey.import_key(public))
        case _:
            bits = f"{RSA_BITS.start} to {RSA_BITS.stop - 1}"
            raise NoPublicKey(f"a key is P-256, RSA of {bits} bits, or Ed25519")


def _described(algorithm: str, key: ECKey | RSAKey | OKPKey) -> ClientKey:
    jwk = cast(dict[str, str], key.as_dict(private=False))
    return ClientKey(kid=key.thumbprint(), algorithm=algorithm, jwk=jwk)


def _refused(error: Exception, otherwise: str) -> NoPublicKey:
    return error if isinstance(error, NoPublicKey) else NoPublicKey(otherwise)
