"""Signs checkpoints and manifests with the log's Ed25519 key, and reads what was signed."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.canonical_json import canonical
from gateway.domain.checkpoint import (
    Checkpoint,
    VerifierKey,
    checkpoint_body,
    cosigned_text,
    read_checkpoint,
    read_note,
    signature_line,
)
from gateway.domain.log_check import Head

_STAMP = 8


class LogNotary:
    """Implements `gateway.ports.Notary`. `head` gives the log's size and root as they stand."""

    def __init__(self, key: Ed25519PrivateKey, origin: str, head: Callable[[], Head]) -> None:
        self._key, self._head = key, head
        self._verifier = VerifierKey(origin, public_bytes(key))

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._verifier.name

    @property
    def verifier(self) -> str:
        """`<origin>+<id>+<base64>`."""
        return str(self._verifier)

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands."""
        return self.note(self._head())

    def note(self, head: Head) -> str:
        """The signed checkpoint of a size and root (a C2SP signed note)."""
        return self.signed(checkpoint_body(Checkpoint(self._verifier.name, head.size, head.root)))

    def signed(self, text: str) -> str:
        """A text as a signed note. Its first line says what it is: no other kind of note has it."""
        return f"{text}\n{signature_line(self._verifier, self._key.sign(text.encode()))}"

    def sign(self, payload: Mapping[str, Any]) -> str:
        """A compact JWS (EdDSA) over the payload's canonical JSON."""
        header = canonical({"alg": "EdDSA", "kid": self._kid})
        signed = f"{_base64url(header)}.{_base64url(canonical(dict(payload)))}"
        return f"{signed}.{_base64url(self._key.sign(signed.encode()))}"

    def keys(self) -> Mapping[str, Any]:
        """The public key, as a JWK set and as a note verifier key."""
        public = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(self._verifier.public)}
        described = public | {"kid": self._kid, "use": "sig", "alg": "EdDSA"}
        return {"keys": [described], "log_key": self.verifier}

    @property
    def _kid(self) -> str:
        return self._verifier.id.hex()


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The public half of a key."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def verify_checkpoint(text: str, verifier: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint, as `signed_checkpoint` reads it."""
    checkpoint = signed_checkpoint(text, verifier)
    return checkpoint.size, checkpoint.root


def signed_checkpoint(text: str, verifier: str) -> Checkpoint:
    """A checkpoint whose signature holds; signatures by other keys are of no concern.

    Raises:
        ValueError: another form, another key, or a signature that does not hold.
    """
    key, note = VerifierKey.parse(verifier), read_note(text)
    signed = key.signatures_on(note)
    if not signed:
        raise ValueError("the checkpoint is not signed by this key")
    if not any(_holds(key, signature, note.body) for signature in signed):
        raise ValueError("the checkpoint's signature does not hold")
    return read_checkpoint(note.body)


def signed_by_any(text: str, verifiers: Sequence[str]) -> Checkpoint:
    """A checkpoint that one of these keys signed.

    Raises:
        ValueError: none of them did.
    """
    for verifier in verifiers:
        with suppress(ValueError):
            return signed_checkpoint(text, verifier)
    raise ValueError("it is not signed by the log's key")


def cosigned_at(text: str, verifier: str) -> int:
    """The second, since 1970, at which a witness cosigned a checkpoint.

    Raises:
        ValueError: it did not, or its signature does not hold.
    """
    key, note = VerifierKey.parse(verifier), read_note(text)
    for stamped in key.signatures_on(note):
        timestamp = int.from_bytes(stamped[:_STAMP], "big")
        if _holds(key, stamped[_STAMP:], cosigned_text(note.body, timestamp)):
            return timestamp
    raise ValueError("the checkpoint is not cosigned by this key")


def cosign(key: Ed25519PrivateKey, verifier: VerifierKey, body: str, timestamp: int) -> str:
    """A witness's line below a checkpoint (C2SP cosignature/v1)."""
    signature = key.sign(cosigned_text(body, timestamp).encode())
    return signature_line(verifier, timestamp.to_bytes(_STAMP, "big") + signature)


def _holds(key: VerifierKey, signature: bytes, text: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
