"""Looks into what an archive held, before a space is opened on it: databases, tables, and the log."""

import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from pathlib import Path

from gateway.adapters.checkpoint_records import FILE as CHECKPOINTS
from gateway.adapters.checkpoint_records import CheckpointRecords
from gateway.adapters.clock import clock_from
from gateway.adapters.database import DATABASE, open_database
from gateway.adapters.log import LogReader
from gateway.adapters.log.schema import connect_writer
from gateway.adapters.signing import signed_by_any
from gateway.bootstrap.log import LOG
from gateway.domain.legal_day import in_brussels
from gateway.flows.audit_check import check_log
from gateway.settings import Settings
from gateway.simulation.disturbance.places import anywhere
from gateway.simulation.disturbance.rules import FaultsInvalid, understand
from gateway.simulation.own_log import verifier_of
from gateway.simulation.people_desk import NAME as PEOPLE
from gateway.simulation.secret_file import has_own_secret
from gateway.simulation.snapshots.disclosed import check_disclosed
from gateway.simulation.snapshots.form import Manifest, SnapshotInvalid
from gateway.simulation.wewis import PARTY
from providers.world.files import FileInvalid, read

_OTHER_VERSION = "restore it with the version that made it"
Objects = frozenset[tuple[str, str, str]]


def check_content(folder: Path, manifest: Manifest, settings: Settings) -> None:
    """Let pass what a space can be opened on, and what its log vouches for.

    Raises:
        SnapshotInvalid: it is not what a space of this version left.
    """
    if manifest.revision != revision_of_here():
        raise SnapshotInvalid("its database is of another revision", _OTHER_VERSION)
    for path in sorted(folder.glob("*.db")):
        _check_database(path)
    _check_people(folder / PEOPLE, manifest)
    _check_memory(manifest)
    for name in _fresh():
        if not (folder / name).exists():
            raise SnapshotInvalid(f"it holds no {name}")
    _check_log(folder, manifest, settings)
    check_disclosed(folder)


def revision_of(database: Path) -> str:
    """Of which revision a space's database is."""
    with _reader(database) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@cache
def revision_of_here() -> str:
    """The revision that this version makes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE
        open_database(path).dispose()
        return revision_of(path)


@cache
def _fresh() -> Mapping[str, Objects]:
    """The tables of each database that a space begins with."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_database(folder / DATABASE).dispose()
        connect_writer(folder / LOG).close()
        CheckpointRecords(folder / CHECKPOINTS).close()
        return {path.name: _objects(path) for path in folder.glob("*.db")}


def _check_memory(manifest: Manifest) -> None:
    """It begins at some instant, has the provider that every space has, and faults that mean something."""
    try:
        in_brussels(clock_from(manifest.begun).now())
    except (ValueError, OverflowError):
        raise SnapshotInvalid("its list is not well formed at `begun`") from None
    memory = manifest.memory
    if not set(memory.automatic) == set(memory.transport) == {PARTY}:
        raise SnapshotInvalid("its list tells of other providers than there are")
    try:
        understand([one.fault for one in memory.faults], anywhere())
    except FaultsInvalid:
        raise SnapshotInvalid("its list tells of faults that mean nothing") from None


def _check_people(path: Path, manifest: Manifest) -> None:
    """Those whom testers made or changed, in the world that they lie over."""
    if not path.exists():
        return
    try:
        header, _ = read(path.read_bytes())
    except FileInvalid as invalid:
        raise SnapshotInvalid(f"{PEOPLE}: {invalid}") from None
    if (header.seed, header.people) != (manifest.seed, manifest.people):
        raise SnapshotInvalid(f"{PEOPLE} is of another world than its list tells of")


def _check_database(path: Path) -> None:
    """Whole, and with nothing in it that would do something by itself."""
    try:
        found = _objects(path)
        with _reader(path) as connection:
            is_whole = connection.execute("PRAGMA integrity_check(1)").fetchone() == ("ok",)
    except sqlite3.Error:
        raise SnapshotInvalid(f"{path.name} is no database, or a broken one") from None
    if not is_whole:
        raise SnapshotInvalid(f"{path.name} is broken")
    if any(kind not in ("table", "index") or "virtual" in sql.lower() for kind, _, sql in found):
        raise SnapshotInvalid(f"{path.name} holds more than tables")
    if _fresh().get(path.name, found) != found:
        raise SnapshotInvalid(f"{path.name} has other tables than this version", _OTHER_VERSION)


def _objects(path: Path) -> Objects:
    with _reader(path) as connection:
        rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
        return frozenset((kind, name, " ".join(sql.split())) for kind, name, sql in rows)


def _reader(path: Path) -> closing[sqlite3.Connection]:
    """Nothing that stands in the file is run."""
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return closing(connection)


def _check_log(folder: Path, manifest: Manifest, settings: Settings) -> None:
    """It adds up, it is as long as was said, and its checkpoints are signed with the space's own key."""
    with closing(LogReader(folder / LOG)) as reader:
        head = reader.head()
        if (head.size, head.root.hex()) != (manifest.log.size, manifest.log.root):
            raise SnapshotInvalid("its log is not the one that its list tells of")
        _check_key(folder, manifest, settings)
        with closing(CheckpointRecords(folder / CHECKPOINTS, read_only=True)) as records:
            try:
                given = [signed_by_any(one.note, [manifest.log.key]) for one in records.all()]
            except ValueError:
                raise SnapshotInvalid("one of its checkpoints is not signed with its key") from None
        if not check_log(reader, published=given).ok:
            raise SnapshotInvalid("its log does not add up")


def _check_key(folder: Path, manifest: Manifest, settings: Settings) -> None:
    """The key follows from the seed, or from the secret where that is there."""
    if manifest.secrets == "random" and not has_own_secret(folder):
        return
    own = settings.model_copy(update={"seed": manifest.seed, "secrets": manifest.secrets})
    if verifier_of(manifest.space, own, folder) != manifest.log.key:
        raise SnapshotInvalid("its log has another key than its seed or secret gives")
