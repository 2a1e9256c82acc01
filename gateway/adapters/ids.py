"""Where identifiers and salts come from: a seed in simulation, chance elsewhere."""

import hmac
import os
from hashlib import sha256
from itertools import count
from struct import Struct
from uuid import uuid4

_PARTS = Struct("8s4sx3sx3s12s32x").unpack
"""Of the hexadecimal digits of a digest those of a UUID, but for its version and variant."""


class SeededSecrets:
    """Keys, salts and ids that follow from a secret and a count: same seed, same bytes.

    `start` keeps counts apart over restarts of one space.
    """

    def __init__(self, secret: bytes, start: int = 0) -> None:
        self._secret = secret
        self._id_prefix, self._salt_prefix = self.derive("ids"), self.derive("salts")
        self._ids = count(start)
        self._salts = count(start)

    def go_on_from(self, ids: int, salts: int) -> None:
        """Count on from where another stood, which had the same secret."""
        self._ids, self._salts = count(ids), count(salts)

    def counts(self) -> tuple[int, int]:
        """How many ids and salts were given out; looking gives none out."""
        ids, salts = (int(repr(one)[len("count(") : -1]) for one in (self._ids, self._salts))
        return ids, salts

    def derive(self, label: str) -> bytes:
        """32 bytes for a label, always the same."""
        return hmac.digest(self._secret, label.encode(), "sha256")

    def new_id(self) -> str:
        """The next UUID."""
        text = sha256(self._id_prefix + next(self._ids).to_bytes(8, "big")).hexdigest()
        return (b"%b-%b-4%b-8%b-%b" % _PARTS(text.encode())).decode()

    def new_salt(self) -> bytes:
        """The next salt, 32 bytes."""
        return sha256(self._salt_prefix + next(self._salts).to_bytes(8, "big")).digest()


class RandomSecrets(SeededSecrets):
    """Keys that follow from a secret, ids and salts from the machine's chance: commitments hide."""

    def new_id(self) -> str:
        """A random UUID."""
        return str(uuid4())

    def new_salt(self) -> bytes:
        """A random salt, 32 bytes."""
        return os.urandom(32)


def unguessable() -> str:
    """A name that nobody can work out, whoever knows the seed: 128 bits of the machine's chance."""
    return os.urandom(16).hex()
