"""Signs checkpoints and manifests with the log's Ed25519 key."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.domain.canonical_json import canonical
from gateway.domain.checkpoint import checkpoint_body, key_id, signed_note, verifier_key
from gateway.domain.log_check import Head


class LogNotary:
    """Implements `gateway.ports.Notary`. `head` gives the log's size and root as they stand."""

    def __init__(self, key: Ed25519PrivateKey, origin: str, head: Callable[[], Head]) -> None:
        self._key, self._origin, self._head = key, origin, head
        self._public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def origin(self) -> str:
        """The log's name."""
        return self._origin

    @property
    def verifier(self) -> str:
        """`<origin>+<id>+<base64>`."""
        return verifier_key(self._origin, self._public)

    def checkpoint(self) -> str:
        """The signed checkpoint of the log as it stands."""
        return self.note(self._head())

    def note(self, head: Head) -> str:
        """The signed checkpoint of a size and root (a C2SP signed note)."""
        return self.signed(checkpoint_body(self._origin, head.size, head.root))

    def signed(self, text: str) -> str:
        """A text as a signed note. Its first line says what it is: no other kind of note has it."""
        return signed_note(text, self._origin, self._public, self._key.sign(text.encode()))

    def sign(self, payload: Mapping[str, Any]) -> str:
        """A compact JWS (EdDSA) over the payload's canonical JSON."""
        header = canonical({"alg": "EdDSA", "kid": self._kid})
        signed = f"{_base64url(header)}.{_base64url(canonical(dict(payload)))}"
        return f"{signed}.{_base64url(self._key.sign(signed.encode()))}"

    def keys(self) -> Mapping[str, Any]:
        """The public key, as a JWK set and as a note verifier key."""
        public = {"kty": "OKP", "crv": "Ed25519", "x": _base64url(self._public)}
        described = public | {"kid": self._kid, "use": "sig", "alg": "EdDSA"}
        return {"keys": [described], "log_key": self.verifier}

    @property
    def _kid(self) -> str:
        return key_id(self._origin, self._public).hex()


def verify_checkpoint(text: str, verifier: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint whose signature holds.

    Raises:
        ValueError: another form, another key, or a signature that does not hold.
    """
    body, _, signatures = text.partition("\n\n")
    name, _, encoded = verifier.split("+", 2)
    public = b64decode(encoded)[1:]
    line = signatures.removeprefix("\u2014 ").split()
    if len(line) != 2 or line[0] != name:  # noqa: PLR2004  name and signature
        raise ValueError("the checkpoint is not signed by this key's name")
    raw = b64decode(line[1])
    if raw[:4] != key_id(name, public):
        raise ValueError("the checkpoint is signed by another key of this name")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], f"{body}\n".encode())
    except InvalidSignature:
        raise ValueError("the checkpoint's signature does not hold") from None
    _, size, root = body.split("\n")
    return int(size), b64decode(root)


def _base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
