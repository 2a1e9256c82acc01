"""JOSE by joserfc: client assertions read, tokens minted. Three algorithms, each tied to its kind of key."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import JWKRegistry, OKPKey
from joserfc.util import urlsafe_b64decode

from gateway.adapters.ids import unguessable
from gateway.contracts.faults import RefusedFault
from gateway.domain.client_assertion import invalid
from gateway.domain.oauth import ClientKey

LONGEST = 16_384
_NATIVE = {"ES256": "ES256", "RS256": "RS256", "EdDSA": "Ed25519"}
_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class _Algorithms(jws.JWSRegistry):
    """Exactly ours. `EdDSA` means Ed25519, as everybody does who says it (RFC 9864)."""

    max_header_length = LONGEST

    def get_alg(self, name: str) -> Any:
        """The algorithm of this name."""
        if name not in _NATIVE:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[_NATIVE[name]]


_REGISTRY = _Algorithms(algorithms=tuple(_NATIVE), strict_check_header=False)


@dataclass(frozen=True, slots=True)
class SignedJwt:
    """Implements `gateway.ports.oauth.Signed`."""

    header: Mapping[str, object]
    claims: Mapping[str, object]
    compact: bytes

    def signer(self, keys: Sequence[ClientKey]) -> ClientKey | None:
        """The one of these keys that signed it; its header has no say in which to try."""
        return next((key for key in keys if self._is_signed_by(key)), None)

    def _is_signed_by(self, key: ClientKey) -> bool:
        if key.algorithm != self.header.get("alg"):
            return False
        native = JWKRegistry.import_key(dict(key.jwk))
        try:
            jws.deserialize_compact(self.compact, native, registry=_REGISTRY)
        except (JoseError, ValueError):
            return False
        return True


class JwtReader:
    """Implements `gateway.ports.oauth.AssertionReader`."""

    def read(self, text: str) -> SignedJwt:
        """Read a JWT in compact form.

        Raises:
            RefusedFault: `credential-invalid`.
        """
        if len(text) > LONGEST or not _COMPACT.fullmatch(text):
            raise _unreadable()
        header, claims, _ = text.split(".")
        return SignedJwt(_members(header), _members(claims), text.encode())


class JwtMint:
    """Implements `gateway.ports.oauth.TokenMint`: JWT access tokens (RFC 9068), signed by the space."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = OKPKey.import_key(key)
        public = self._key.as_dict(private=False)
        self._kid = self._key.thumbprint()
        self._public = {**public, "kid": self._kid, "use": "sig", "alg": "EdDSA"}

    def mint(self, claims: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
        """A token and its claims. Its name comes from the machine's chance, not from the seed."""
        said = {**claims, "jti": unguessable()}
        header = {"typ": "at+jwt", "alg": "EdDSA", "kid": self._kid}
        payload = json.dumps(said, separators=(",", ":"))
        return jws.serialize_compact(header, payload, self._key, registry=_REGISTRY), said

    def keys(self) -> Mapping[str, Any]:
        """The public key, as a JWK set."""
        return {"keys": [self._public]}


def _members(segment: str) -> Mapping[str, object]:
    try:
        found = json.loads(
            urlsafe_b64decode(segment.encode()),
            object_pairs_hook=_once,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def _once(pairs: Sequence[tuple[str, object]]) -> Mapping[str, object]:
    """The members of an object; one that stands twice could be read in two ways."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _unreadable() -> RefusedFault:
    return invalid("it is no signed JWT in compact form", "send header.claims.signature, each base64url without padding")  # fmt: skip
