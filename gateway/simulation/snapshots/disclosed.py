"""Holds the files that consumers fetch in an archive against what its ledger and its log say was entered for them."""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Any

import msgspec

from gateway.adapters.database import DATABASE
from gateway.adapters.log import LogReader
from gateway.bootstrap.log import LOG
from gateway.simulation.disturbance.damage import is_damage_of
from gateway.simulation.snapshots.form import SnapshotInvalid
from sftp_drop.uploads import KEPT

_FILES = "SELECT consumer, name, sha256, position FROM delivery WHERE name IS NOT NULL"


@dataclass(frozen=True, slots=True)
class _Known:
    """A file of the ledger: its digest, and the log's entry about it, if there is one yet."""

    sha256: str
    position: int | None


def check_disclosed(folder: Path) -> None:
    """Let files pass that are those which were entered, and those that a fault damaged, as it does.

    Those that the ledger does not know are refused to whoever reads them, at the drop server.

    Raises:
        SnapshotInvalid: a consumer would read another file than the log says.
    """
    known = _ledger(folder)
    with closing(LogReader(folder / LOG)) as reader:
        for (consumer, name), paths in _lying(folder / "drop").items():
            one = known.get((consumer, name))
            if one is not None and not (_is_entered(reader, one, name) and _are_of(paths, one)):
                raise SnapshotInvalid("a file in it that a consumer fetches is not the one that its log tells of")  # fmt: skip


def _ledger(folder: Path) -> Mapping[tuple[str, str], _Known]:
    uri = f"file:{folder / DATABASE}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        rows = connection.execute(_FILES).fetchall()
    return {(consumer, name): _Known(digest, at) for consumer, name, digest, at in rows}


def _lying(drop: Path) -> Mapping[tuple[str, str], Sequence[Path]]:
    """Every file in a consumer's folders by consumer and name; also what is not shown yet."""
    found: dict[tuple[str, str], list[Path]] = {}
    for path in drop.rglob("*"):
        if path.is_file():
            consumer, name = path.relative_to(drop).parts[0], path.name.rpartition(KEPT)[2]
            found.setdefault((consumer, name), []).append(path)
    return found


def _are_of(paths: Sequence[Path], one: _Known) -> bool:
    """Each is the file, or what damage left of it while the whole one lies there too."""
    whole = [path for path in paths if _digest(path) == one.sha256]
    others = [path.read_bytes() for path in paths if path not in whole]
    return not others or (
        bool(whole) and all(is_damage_of(other, whole[0].read_bytes()) for other in others)
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _is_entered(reader: LogReader, one: _Known, name: str) -> bool:
    """What has no entry yet is not shown before it has one."""
    if one.position is None:
        return True
    entered = [_words(leaf) for leaf in reader.leaves(one.position, one.position)]
    return [(words.get("file"), words.get("sha256")) for words in entered] == [(name, one.sha256)]


def _words(leaf: bytes) -> Mapping[str, Any]:
    try:
        return dict(msgspec.json.decode(leaf))
    except (msgspec.DecodeError, TypeError, ValueError):
        return {}
