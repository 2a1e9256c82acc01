"""Client assertions: written down as what they say and who signed, and signed again by a player."""

import json
import math
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.adapters.jose import JwtReader
from gateway.adapters.public_keys import keys_of_text
from gateway.contracts.faults import RefusedFault
from gateway.domain.oauth import credential_of
from gateway.simulation.keyring import private_pem
from gateway.simulation.recording.addresses import Named
from gateway.simulation.recording.shown import STRANGER, NotPlayed
from gateway.simulation.space import Space

_HEADER = ("alg", "typ", "crit", "b64")
_CLAIMS = ("iss", "sub", "jti")
_INSTANTS = ("exp", "nbf", "iat")
Words = dict[str, Any]


def assertion_words(space: Space, text: str, named: Named) -> Words:
    """What it says, with instants as seconds from now, and whose key made it; never the signature.

    Raises:
        NotPlayed: only its owner could sign it.
    """
    try:
        signed = JwtReader().read(text)
    except RefusedFault:
        return {"signer": None}
    header, claims = signed.header, signed.claims
    credential = credential_of(str(claims.get("iss"))) or ""
    known = credential in space.callers
    signer = credential if known and signed.signer(_first_keys(space, credential)) else STRANGER
    if signer == STRANGER and signed.signer(space.gateway.tokens.keys.of(credential)):
        raise NotPlayed("it is signed with a key that only its owner has")
    now = _now(space)
    said = {name: claims[name] for name in _CLAIMS if name in claims}
    said |= {name: _from_now(claims[name], now) for name in _INSTANTS if name in claims}
    if "aud" in claims:
        said["aud"] = named.hidden(claims["aud"])
    told = {name: header[name] for name in _HEADER if name in header}
    return {"signer": signer, "header": told, "claims": said}


def assertion_of(space: Space, words: Mapping[str, Any], named: Named) -> str:
    """The same once more, signed now; one that nobody known had signed bears no signature that holds."""
    if words["signer"] is None:
        return STRANGER
    now, said = _now(space), dict(words["claims"])
    said |= {name: _instant(said[name], now) for name in _INSTANTS if name in said}
    if "aud" in said:
        said["aud"] = named.shown(said["aud"])
    content = json.dumps(said).encode()
    if words["signer"] == STRANGER:
        return ".".join(_segment(part) for part in (_json(words["header"]), content, b"-" * 64))
    key = ECKey.import_key(private_pem(space.keyring.client_key(words["signer"])))
    return jws.serialize_compact(dict(words["header"]), content, key)


def _first_keys(space: Space, credential: str) -> Any:
    """The key that follows from the seed, which a player has too."""
    public = space.keyring.client_key(credential).public_key()
    return keys_of_text(
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )


def _from_now(value: object, now: float) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return value
    return {"in": value - now}


def _instant(value: object, now: float) -> object:
    return value["in"] + now if isinstance(value, dict) and "in" in value else value


def _now(space: Space) -> float:
    return space.gateway.tokens.desk.machine.now().timestamp()


def _json(members: Mapping[str, Any]) -> bytes:
    return json.dumps(members).encode()


def _segment(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")
