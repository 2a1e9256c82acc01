"""How one SSH packet is closed and opened: plain before the first keys, then AES-GCM, or AES-CTR with HMAC."""

import hmac
import struct
from typing import Any, Protocol

from paramiko.ssh_exception import SSHException

_U64 = struct.Struct(">Q")
_U32 = struct.Struct(">I")
_WRAP = 0xFFFFFFFFFFFFFFFF


class Opener(Protocol):
    """Opens packets. `tag` bytes follow each; lengths are multiples of `block` once `extra` is added."""

    tag: int
    block: int
    extra: int

    def open(self, whole: memoryview, into: memoryview, sequence: int) -> None:
        """Check and decrypt: four bytes of length, the body, the tag."""
        ...


class Sealer(Protocol):
    """Closes packets; the other direction of an `Opener`."""

    tag: int
    block: int
    extra: int

    def seal(self, clear: memoryview, out: memoryview, sequence: int) -> None:
        """Encrypt and sign: four bytes of length and the body, into as much and the tag."""
        ...


class Plain:
    """Before the first keys."""

    tag, block, extra = 0, 8, 4

    def open(self, whole: memoryview, into: memoryview, sequence: int) -> None:  # noqa: ARG002  the form
        """Copy."""
        into[:] = whole[4:]

    def seal(self, clear: memoryview, out: memoryview, sequence: int) -> None:  # noqa: ARG002  the form
        """Copy."""
        out[:] = clear


class Gcm:
    """AES-GCM (RFC 5647): the length is signed and not hidden, the nonce counts."""

    tag, block, extra = 16, 16, 0

    def __init__(self, engine: Any, nonce: bytes) -> None:
        self._decrypt, self._encrypt = engine.decrypt_into, engine.encrypt_into
        self._fixed = nonce[:4]
        self._count = int.from_bytes(nonce[4:], "big")

    def open(self, whole: memoryview, into: memoryview, sequence: int) -> None:  # noqa: ARG002  the form
        """Check and decrypt."""
        nonce = self._fixed + _U64.pack(self._count)
        self._count = (self._count + 1) & _WRAP
        self._decrypt(nonce, whole[4:], whole[:4], into)

    def seal(self, clear: memoryview, out: memoryview, sequence: int) -> None:  # noqa: ARG002  the form
        """Encrypt and sign."""
        nonce = self._fixed + _U64.pack(self._count)
        self._count = (self._count + 1) & _WRAP
        head = clear[:4]
        out[:4] = head
        self._encrypt(nonce, clear[4:], head, out[4:])


class CtrWithHmac:
    """AES-CTR, signed after it is encrypted (the `etm` names of OpenSSH)."""

    block, extra = 16, 0

    def __init__(self, engine: Any, key: bytes, digest: Any, tag: int) -> None:
        self._engine, self._key, self._digest, self.tag = engine, key, digest, tag

    def open(self, whole: memoryview, into: memoryview, sequence: int) -> None:
        """Check first, then decrypt.

        Raises:
            SSHException: somebody changed the packet.
        """
        signed, tag = whole[: -self.tag], whole[-self.tag :]
        if not hmac.compare_digest(self._sign(signed, sequence), tag):
            raise SSHException("a packet was changed on its way")
        into[:] = self._engine.update(signed[4:])

    def seal(self, clear: memoryview, out: memoryview, sequence: int) -> None:
        """Encrypt, then sign."""
        out[:4] = clear[:4]
        out[4 : -self.tag] = self._engine.update(clear[4:])
        out[-self.tag :] = self._sign(out[: -self.tag], sequence)

    def _sign(self, signed: memoryview, sequence: int) -> bytes:
        made = hmac.new(self._key, _U32.pack(sequence), self._digest)
        made.update(signed)
        return made.digest()[: self.tag]
