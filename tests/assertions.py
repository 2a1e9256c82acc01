"""Client assertions made by hand, right and wrong: no JOSE library has a say in what is sent."""

import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from gateway.adapters.clock import WallClock
from tests.running import RunningSpace

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
UNIT = "infino"
Key = EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey | Ed448PrivateKey | bytes | None


def machine_now() -> float:
    """Seconds since 1970, by the clock that clients sign by."""
    return WallClock().now().timestamp()


def base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def key_of(space: RunningSpace, unit: str = UNIT) -> EllipticCurvePrivateKey:
    """The private key of the ready file."""
    key = load_pem_private_key(Path(space.credential(unit)["private_key"]).read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def public_pem(key: EllipticCurvePrivateKey | RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def signature(key: Key, message: bytes, algorithm: str) -> bytes:
    """What the algorithm makes of it, where the key is of its kind; nothing without a key."""
    match key:
        case None:
            return b""
        case bytes():
            return hmac.digest(key, message, "sha256")
        case EllipticCurvePrivateKey():
            return _concatenated(key, message)
        case RSAPrivateKey():
            probabilistic = PSS(MGF1(SHA256()), SHA256.digest_size)
            return key.sign(
                message, probabilistic if algorithm == "PS256" else PKCS1v15(), SHA256()
            )
        case _:
            return key.sign(message)


def _concatenated(key: EllipticCurvePrivateKey, message: bytes) -> bytes:
    size = (key.key_size + 7) // 8
    pair = decode_dss_signature(key.sign(message, ECDSA(SHA384() if size == 48 else SHA256())))
    return b"".join(number.to_bytes(size, "big") for number in pair)


@dataclass
class Draft:
    """An assertion in the making, and the form that it goes into."""

    space: RunningSpace
    header: dict[str, Any]
    claims: dict[str, Any]
    key: Key
    form: dict[str, Any] = field(default_factory=lambda: {"grant_type": "client_credentials"})
    finish: Callable[[str], str] = lambda text: text

    @property
    def compact(self) -> str:
        """The assertion as it stands."""
        return self.compact_of(json.dumps(self.header), json.dumps(self.claims))

    def compact_of(self, header: str, claims: str) -> str:
        """The same of texts that need not be JSON."""
        signed = f"{base64url(header.encode())}.{base64url(claims.encode())}"
        made = signature(self.key, signed.encode(), str(self.header.get("alg")))
        return self.finish(f"{signed}.{base64url(made)}")

    def posted(self) -> dict[str, Any]:
        """The form."""
        signed = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.compact}
        return {k: v for k, v in (signed | self.form).items() if v is not None}

    def send(self, path: str = "/oauth/token", http: httpx.Client | None = None) -> httpx.Response:
        """Post it."""
        if http is not None:
            return http.post(path, data=self.posted())
        return httpx.post(self.space.http + path, data=self.posted(), trust_env=False, timeout=30)


def good(space: RunningSpace, unit: str = UNIT, **claims: Any) -> Draft:
    """An assertion that is in order; `claims` are put in, or taken out where `None`."""
    now = int(machine_now())
    client = space.credential(unit)["client_id"]
    whole = {
        "iss": client, "sub": client, "aud": f"{space.http}/oauth/token", "iat": now, "exp": now + 60,
        "jti": secrets.token_hex(8),
    } | claims  # fmt: skip
    kept = {name: value for name, value in whole.items() if value is not None}
    return Draft(space, {"alg": "ES256"}, kept, key_of(space, unit))


def token_of(space: RunningSpace, unit: str = UNIT, http: httpx.Client | None = None) -> str:
    """A token, got as it should be."""
    answer = good(space, unit).send(http=http)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def shown(token: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {token}"}
