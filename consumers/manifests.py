"""The signed manifest beside each file: who it is for, what it holds, and which file came before it."""

import json
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import field

_KEY_BYTES = 32
_MOST_AT_HAND = 4096


class ManifestInvalid(ValueError):
    """The manifest is not readable, or is not signed by a key that we trust."""


class Manifest(msgspec.Struct, frozen=True):
    """What the gateway says of a file. `previous` is the digest of the file with the sequence before."""

    name: str = field(name="bestand")
    consumer: str = field(name="afnemer")
    flow: str = field(name="stroom")
    day: date = field(name="dag")
    sequence: int = field(name="volgorde")
    sha256: str
    count: int = field(name="aantal")
    previous: str | None = field(name="vorige", default=None)
    protocol: str | None = None
    article: str | None = field(name="artikel", default=None)
    decision: str | None = field(name="beslissing", default=None)
    expires_at: datetime | None = field(name="vervalt", default=None)


class _Header(msgspec.Struct):
    alg: str
    kid: str
    crit: list[str] | None = None


class ManifestKeys:
    """The keys that may sign manifests, by their id."""

    def __init__(self, keys: Mapping[str, Ed25519PublicKey]) -> None:
        self._keys = dict(keys)
        self.read = lru_cache(_MOST_AT_HAND)(self._read)
        """The manifest in a compact JWS; of the last ones it is remembered that their signatures hold.

        Raises:
            ManifestInvalid: another form, an unknown key, or a signature that does not hold.
        """

    @classmethod
    def published(cls, jwks: bytes) -> Self:
        """The keys as `GET /log/keys` publishes them: trusted as far as the connection is."""
        listed = json.loads(jwks)["keys"]
        return cls({one["kid"]: _key(_decoded(one["x"])) for one in listed if _is_ours(one)})

    @classmethod
    def pinned(cls, *verifiers: str) -> Self:
        """Keys that were handed over beforehand, as `<origin>+<id>+<base64>`."""
        parts = (verifier.split("+", 2) for verifier in verifiers)
        return cls({kid: _key(b64decode(encoded)[1:]) for _, kid, encoded in parts})

    @classmethod
    def told(cls, text: bytes) -> Self:
        """The keys in whatever tells them: a key set, a ready file, or one `<origin>+<id>+<base64>`.

        Raises:
            ValueError: none of these.
        """
        try:
            if not text.lstrip().startswith(b"{"):
                return cls.pinned(text.decode().strip())
            members = json.loads(text)
            own = members.get("log_key")
            return cls.published(text) if own is None else cls.pinned(own)
        except (KeyError, TypeError, AttributeError):
            raise ValueError("neither a key set nor a ready file") from None

    def _read(self, text: str) -> Manifest:
        try:
            head, payload, signature = text.strip().split(".")
            self._key(head).verify(_decoded(signature), f"{head}.{payload}".encode())
            return msgspec.json.decode(_decoded(payload), type=Manifest)
        except InvalidSignature:
            raise ManifestInvalid("the signature does not hold") from None
        except (ValueError, msgspec.DecodeError) as error:
            raise ManifestInvalid(str(error)) from None

    def _key(self, head: str) -> Ed25519PublicKey:
        header = msgspec.json.decode(_decoded(head), type=_Header)
        if header.alg != "EdDSA" or header.crit:
            raise ManifestInvalid("signed in a way that was not agreed")
        if header.kid not in self._keys:
            raise ManifestInvalid("signed by a key that is not known")
        return self._keys[header.kid]


def unverified(text: str) -> Manifest:
    """What a manifest says of itself, whoever signed it.

    Raises:
        ManifestInvalid: another form.
    """
    try:
        _, payload, _ = text.strip().split(".")
        return msgspec.json.decode(_decoded(payload), type=Manifest)
    except (ValueError, msgspec.DecodeError) as error:
        raise ManifestInvalid(str(error)) from None


def _is_ours(key: Mapping[str, str]) -> bool:
    return (key.get("kty"), key.get("crv")) == ("OKP", "Ed25519") and key.get("use") == "sig"


def _key(raw: bytes) -> Ed25519PublicKey:
    if len(raw) != _KEY_BYTES:
        raise ManifestInvalid("this is no Ed25519 key")
    return Ed25519PublicKey.from_public_bytes(raw)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
