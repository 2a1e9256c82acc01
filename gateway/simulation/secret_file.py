"""Where a space's secret comes from: its seed, or a file that chance filled at the first start."""

from hashlib import sha256
from os import urandom
from pathlib import Path

from gateway.adapters.ids import RandomSecrets, SeededSecrets
from gateway.bootstrap.log import LOG
from gateway.settings import Settings
from gateway.simulation.keyring import Keyring, keyring_of, write_secret

NAME = "space.secret"
_SIZE = 32


class SecretMissing(RuntimeError):
    """There is a log, and what its keys derive from is not there."""


def open_secrets(key: str, settings: Settings, data: Path) -> SeededSecrets:
    """The secret of a space.

    Raises:
        SecretMissing: the file is gone or spoilt, and a new one would not fit the log.
    """
    if settings.secrets == "seed":
        return SeededSecrets(sha256(f"magda-sim/{key}/{settings.seed}".encode()).digest())
    path = data / "keys" / NAME
    if not path.exists() and not (data / LOG).exists():
        write_secret(path, urandom(_SIZE))
    secret = path.read_bytes() if path.exists() else b""
    if len(secret) != _SIZE:
        raise SecretMissing(
            f"the key file {path} is missing or cut short, and the log beside it is sealed and signed"
            " with what derives from it; put it back, or start with an empty folder"
        )
    return RandomSecrets(secret)


def open_keyring(key: str, settings: Settings, data: Path) -> Keyring:
    """The keys of a space.

    Raises:
        SecretMissing: as above.
    """
    return keyring_of(open_secrets(key, settings, data), key, *settings.server_names)


def has_own_secret(data: Path) -> bool:
    """Whether the space in this folder has a secret by chance, and not by its seed."""
    return (data / "keys" / NAME).exists()
