"""Whether the log in a data folder is signed with the key that a space there would have."""

import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.adapters.checkpoint_records import FILE as CHECKPOINTS
from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.signing import LogNotary, signed_by_any
from gateway.bootstrap.log import log_origin
from gateway.domain.log_check import Head
from gateway.domain.published import Published
from gateway.settings import Settings
from gateway.simulation.keyring import Keyring
from gateway.simulation.secret_file import open_secrets
from gateway.simulation.world_note import OtherWorld


def verifier_of(key: str, settings: Settings, folder: Path) -> str:
    """The key of a space's log, as its seed or the secret in its folder gives it."""
    private = Keyring(open_secrets(key, settings, folder)).private_key("log")
    return LogNotary(private, log_origin(key), lambda: Head(0, b"")).verifier


def require_own_log(key: str, settings: Settings, folder: Path) -> None:
    """Open nothing on a log that other keys signed: it would go on under them, and for other people.

    Raises:
        OtherWorld: the last checkpoint that was published there is of another key.
    """
    last = _last(folder)
    if last is None:
        return
    try:
        signed_by_any(last.note, [verifier_of(key, settings, folder)])
    except ValueError:
        raise OtherWorld(
            f"the log in {folder} was signed with another key than a space of seed {settings.seed} has: say"
            " the seed and people that it was begun with (--seed, --people), put its key files back, or take"
            " another --data"
        ) from None


def _last(folder: Path) -> Published | None:
    """What was published last; what is wrong with that file is told by who opens it to write."""
    if not (folder / CHECKPOINTS).exists():
        return None
    try:
        with closing(CheckpointRecords(folder / CHECKPOINTS, read_only=True)) as records:
            return records.last()
    except sqlite3.Error:
        return None
