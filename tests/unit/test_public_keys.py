"""Which public keys may be registered, in which forms."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from jwcrypto import jwk

from gateway.adapters.public_keys import NoPublicKey, keys_of_text

P256, RSA, ED = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048), Ed25519PrivateKey.generate()  # fmt: skip


def pem(key: Any) -> str:
    made: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made.decode()


def as_jwk(key: Any, **more: str) -> dict[str, Any]:
    found: dict[str, Any] = jwk.JWK.from_pem(pem(key).encode()).export_public(as_dict=True)
    return found | more


@pytest.mark.parametrize(("key", "algorithm"), [(P256, "ES256"), (RSA, "RS256"), (ED, "EdDSA")])
def test_a_key_is_the_same_in_every_form(key: Any, algorithm: str) -> None:
    forms = [
        pem(key), pem(key).replace("\n", "\r\n"), json.dumps(as_jwk(key)), f"\n {json.dumps(as_jwk(key))}",
        json.dumps({"keys": [as_jwk(key, kid="x", use="sig", alg="anything")]}),
    ]  # fmt: skip

    found = [keys_of_text(form) for form in forms]

    kid = jwk.JWK.from_pem(pem(key).encode()).thumbprint()
    assert [[(one.kid, one.algorithm) for one in keys] for keys in found] == [
        [(kid, algorithm)]
    ] * 5
    assert set(found[0][0].jwk) <= {"kty", "crv", "x", "y", "n", "e"}


def private_forms() -> list[str]:
    form = PrivateFormat.PKCS8
    texts = [
        key.private_bytes(Encoding.PEM, form, NoEncryption()).decode() for key in (P256, RSA, ED)
    ]
    texts.append(
        P256.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    )
    texts.append(jwk.JWK.from_pem(texts[0].encode()).export_private())
    return [*texts, json.dumps({"kty": "oct", "k": "c2VjcmV0"})]


PRIVATE = private_forms()


@pytest.mark.parametrize("text", PRIVATE, ids=map(str, range(len(PRIVATE))))
def test_a_private_key_is_told_to_be_kept(text: str) -> None:
    with pytest.raises(NoPublicKey, match="keep it"):
        keys_of_text(text)


NO_KEYS = [
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ec.generate_private_key(ec.SECP256K1())),
        pem(rsa.generate_private_key(65537, 1024)),
        pem(dsa.generate_private_key(1024)),
        pem(Ed448PrivateKey.generate()),
        pem(x25519.X25519PrivateKey.generate()),
        "", "x", "{", "{}", "[]", '{"keys": []}', '{"keys": "x"}', '{"keys": ["x"]}', "{" * 5000,
        '{"kty": "EC", "crv": "P-256"}', '{"kty": "EC", "crv": 5, "x": [], "y": {}}', '{"kty": "x"}', '{"kty": ["EC"]}',
        json.dumps(as_jwk(P256) | {"y": as_jwk(P256)["x"]}),
        json.dumps(as_jwk(RSA) | {"n": "!!"}), json.dumps(as_jwk(RSA) | {"e": "AA"}),
        json.dumps(as_jwk(ED) | {"x": "AAAA"}),
        json.dumps({"keys": [as_jwk(P256), {"kty": "oct"}]}),
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_KEYS, ids=map(str, range(len(NO_KEYS))))
def test_what_is_no_key_for_us_is_told(text: str) -> None:
    with pytest.raises(NoPublicKey) as told:
        keys_of_text(text)

    assert len(str(told.value)) > 10
