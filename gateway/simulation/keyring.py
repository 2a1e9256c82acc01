"""The keys of a space: derived from its secret, written to disk with mode 0600."""

import os
import stat
from base64 import b32encode, b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from gateway.adapters.ids import SeededSecrets
from gateway.simulation.rsa_keys import derive_rsa

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey
T = TypeVar("T")
_SECRET = 0o600
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by label. Same secret, same keys; what was worked out once is kept in `made`."""

    secrets: SeededSecrets
    made: dict[str, Any] = field(default_factory=dict, repr=False)

    def after(self, other: "Keyring | None") -> "Keyring":
        """This keyring, with what the one before it made, if there was one with the same secret."""
        if other is None or self.secrets.derive("same") != other.secrets.derive("same"):
            return self
        return replace(self, made=other.made)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What follows from the secret and a name, worked out the first time it is asked for."""
        found: T | None = self.made.get(name)
        if found is None:
            found = self.made[name] = make()
        return found

    def private_key(self, label: str) -> Ed25519PrivateKey:
        """The Ed25519 key with this label."""
        return Ed25519PrivateKey.from_private_bytes(self.secrets.derive(f"ed25519/{label}"))

    def tls_key(self, label: str) -> EllipticCurvePrivateKey:
        """The P-256 key with this label: the kind that every TLS client knows."""
        return self.once(f"p256/{label}", lambda: self._tls_key(label))

    def _tls_key(self, label: str) -> EllipticCurvePrivateKey:
        number = int.from_bytes(self.secrets.derive(f"p256/{label}"), "big")
        return derive_private_key(number % (_P256_ORDER - 1) + 1, SECP256R1())

    def client_key(self, label: str) -> EllipticCurvePrivateKey:
        """The key of a unit's certificate, which also signs its client assertions (ES256)."""
        return self.tls_key(f"client/{label}")

    def rsa_key(self, label: str) -> RSAPrivateKey:
        """The RSA key with this label, for clients that know no other kind."""
        return derive_rsa(self.secrets.derive(f"rsa/{label}"))

    def ssh_public(self, label: str) -> str:
        """The public half as one line of OpenSSH text."""
        public = self.private_key(label).public_key()
        return public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

    def ssh_public_blob(self, label: str) -> bytes:
        """The public half in SSH wire format."""
        return self.once(f"blob/{label}", lambda: b64decode(self.ssh_public(label).split()[1]))

    def ssh_private(self, label: str) -> str:
        """The private half as OpenSSH text."""
        return self.once(f"ssh/{label}", lambda: _as_openssh(self.private_key(label)))

    def token(self, unit: str) -> str:
        """A long-lived demo token, readable and unlike that of any other seed or space."""
        tail = urlsafe_b64encode(self.secrets.derive(f"token/{unit}")[:9]).decode()
        return f"demo-{unit}-{tail.replace('-', 'x').replace('_', 'y')}"

    def password(self, unit: str) -> str:
        """The drop server's password of a unit: 100 bits, in groups that can be typed."""
        text = b32encode(self.secrets.derive(f"password/{unit}")[:13]).decode().lower()[:20]
        return "-".join(text[at : at + 5] for at in range(0, 20, 5))

    def totp_secret(self, unit: str) -> bytes:
        """What a unit's one-time codes are worked out from: 160 bits."""
        return self.secrets.derive(f"totp/{unit}")[:20]

    def salt(self, label: str) -> bytes:
        """The salt of a password's digest."""
        return self.secrets.derive(f"salt/{label}")[:16]

    def kept(self, label: str, folder: Path) -> bytes:
        """32 bytes that stay the same as long as their file stays, also where secrets are random."""
        path = folder / f"{label}.key"
        if not path.exists():
            write_secret(path, self.secrets.derive(label).hex().encode())
        return bytes.fromhex(path.read_text())

    def control_token(self) -> str:
        """The token of `/_sim`."""
        return urlsafe_b64encode(self.secrets.derive("control")[:24]).decode()

    def write_ssh_key(self, label: str, folder: Path) -> Path:
        """Write a private key as OpenSSH wants it; its absolute path."""
        return write_secret(folder / f"{label}.ssh", self.ssh_private(label).encode())

    def write_client_key(self, label: str, folder: Path) -> Path:
        """Write a unit's private key as PKCS #8; its absolute path."""
        pem = self.once(f"pem/{label}", lambda: private_pem(self.client_key(label)))
        return write_secret(folder / f"{label}.pem", pem)


def keyring_of(secrets: SeededSecrets, *names: str) -> Keyring:
    """The keyring of a space, with what an earlier one of this process made.

    What is made follows from the secret and from the names that stand in certificates: the space's, the server's.
    """
    return Keyring(secrets, _made_with(secrets.derive("same"), names))


@lru_cache(maxsize=4)
def _made_with(_secret: bytes, _names: tuple[str, ...]) -> dict[str, Any]:
    return {}


def _as_openssh(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def private_pem(key: PrivateKey) -> bytes:
    """A private key as PKCS #8 in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write_secret(path: Path, text: bytes) -> Path:
    """Write a secret file that never exists with a wider mode than 0600; one that says so already stays."""
    if _says(path, text):
        return path.absolute()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET)
    with os.fdopen(handle, "wb") as file:
        file.write(text)
    return path.absolute()


def _says(path: Path, text: bytes) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        is_mine = stat.S_IMODE(os.fstat(handle).st_mode) == _SECRET
        return is_mine and os.read(handle, len(text) + 1) == text
    except OSError:
        return False
    finally:
        os.close(handle)
