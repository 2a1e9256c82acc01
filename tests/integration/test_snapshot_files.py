"""What stands in a snapshot's file is believed of nobody; and a death on the way leaves the old or the new."""

import io
import json
import os
import random
import shutil
import signal
import sqlite3
import stat
import sys
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from hashlib import sha256
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.snapshots import opening
from gateway.simulation.snapshots.checking import check_content
from gateway.simulation.snapshots.desk import keep
from gateway.simulation.snapshots.difference import difference
from gateway.simulation.snapshots.form import MANIFEST, SnapshotInvalid
from gateway.simulation.snapshots.reading import read_manifest, unpack
from gateway.simulation.snapshots.writing import clear_rests, write_archive
from gateway.simulation.space import Doors, Space
from tests.elsewhere import begin

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The snapshot of a space in which a day went by."""
    folder = tmp_path_factory.mktemp("given")
    space = Space("demo", options(folder / "space"), Doors())
    try:
        space.time.advance_by(days=1, seconds=None)
        keep(space, folder / "then.zip")
    finally:
        space.close()
    return folder / "then.zip"


def options(data: Path) -> Settings:
    return Settings(data=data, clock=DEMO_CLOCK, provider_transport="process")


def look_at(path: Path, aside: Path) -> None:
    """As an import does."""
    manifest = unpack(path, aside)
    check_content(aside, manifest, options(aside))


def members_of(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def nothing(_: zipfile.ZipInfo) -> None:
    """As it is."""


def packed(
    target: Path, members: Members, of_each: Callable[[zipfile.ZipInfo], None] = nothing
) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            of_each(info)
            archive.writestr(info, content)
    return target


def with_list(members: Members, change: Callable[[dict[str, Any]], None]) -> Members:
    told = json.loads(members[MANIFEST])
    change(told)
    return members | {MANIFEST: json.dumps(told).encode()}


def with_file(members: Members, path: str, content: bytes = b"x") -> Members:
    """A further file, in the list too."""
    row = {"path": path, "size": len(content), "sha256": sha256(content).hexdigest(), "age": None}
    changed = with_list(members, lambda told: told["files"].append(row))
    return changed | {path: content}


def with_database(members: Members, name: str, *statements: str) -> Members:
    """A database in which something was done, and a list that knows."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        content = members[name]
        connection.deserialize(content[:18] + b"\x01\x01" + content[20:])
        for statement in statements:
            connection.execute(statement)
        changed = connection.serialize()

    def tell(told: dict[str, Any]) -> None:
        (row,) = [one for one in told["files"] if one["path"] == name]
        row.update(size=len(changed), sha256=sha256(changed).hexdigest())

    return with_list(members, tell) | {name: changed}


def test_what_was_saved_is_let_in(given: Path, tmp_path: Path) -> None:
    look_at(given, tmp_path / "aside")
    look_at(packed(tmp_path / "same.zip", members_of(given)), tmp_path / "again")

    assert (tmp_path / "aside" / "drop" / "infino" / "archief").is_dir()


LISTS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another form": (lambda m: m.update(format="magda-sim-snapshot/2"), "not of the form"),
    "another revision": (lambda m: m.update(revision="9999"), "another revision"),
    "a member too many": (lambda m: m.update(more=1), "not well formed at `more`"),
    "a word too few": (lambda m: m.pop("law"), "not well formed at `law`"),
    "a name": (lambda m: m.update(space="../../x"), "not well formed at `space`"),
    "a clock": (lambda m: m["memory"].update(clock="yesterday"), "not well formed at `memory.clock`"),
    "a count": (lambda m: m["memory"].update(ids=-1), "not well formed at `memory.ids`"),
    "a beginning": (lambda m: m.update(begun="rubbish"), "not well formed at `begun`"),
    "no provider": (lambda m: m["memory"].update(transport={}), "other providers"),
    "another provider": (lambda m: m["memory"]["automatic"].update(nobody=True), "other providers"),
    "a fault of nowhere": (
        lambda m: m["memory"]["faults"].append(
            {"fault": {"where": "source.moon", "kind": "latency"}, "seen": 0, "hit": 0}
        ), "faults that mean nothing",
    ),
    "another seed": (lambda m: m.update(seed=2), "another key than its seed"),
    "another log": (lambda m: m["log"].update(size=0), "not the one that its list tells of"),
    "another digest": (lambda m: m["files"][0].update(sha256="0" * 64), "not the one that its list"),
    "another size": (lambda m: m["files"][0].update(size=1), "do not agree"),
    "a file twice": (lambda m: m["files"].append(m["files"][0]), "one name"),
    "a folder above": (lambda m: m["folders"].append("../x"), "in a place where no snapshot"),
    "a day that is none": (
        lambda m: m["memory"].update(clock="2025-02-31T08:00:00.000+00:00"), "well formed at `memory.clock`",
    ),
    "a beginning before all days": (lambda m: m.update(begun="0001-01-01T00:00:00+14:00"), "at `begun`"),
    "an age beyond all days": (lambda m: m["files"][0].update(age=10**30), "not well formed at `files.0.age`"),
    "a part that no disk takes": (lambda m: m["folders"].append(f"drop/{'é' * 200}"), "in a place where no"),
    "a path that no disk takes": (lambda m: m["folders"].append("drop" + f"/{'é' * 100}" * 8), "in a place where no"),
    "a folder for a file": (lambda m: m["folders"].append(m["files"][-1]["path"]), "of one name"),
}  # fmt: skip


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_is_not_true_is_found_out(given: Path, tmp_path: Path, what: str) -> None:
    change, told = LISTS[what]
    path = packed(tmp_path / "x.zip", with_list(members_of(given), change))

    with pytest.raises(SnapshotInvalid, match=told):
        look_at(path, tmp_path / "aside")


VALUES: list[Any] = [None, True, -1, 10**30, 1.5, "", "\ud800", "é" * 200, [], {}, [None], "0001-01-01",
          "2025-02-31T08:00:00.000+00:00", "9999-12-31", "9999-12-31T23:59:59.999-14:00"]  # fmt: skip
FAULT = {"where": "source.zorgtoeslag", "kind": "latency", "from": "2025-01-01", "until": "2025-12-31",
         "person": "noor", "seconds": 2.0}  # fmt: skip


def places_in(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every member; of a list the first."""
    inside: list[tuple[Any, Any]] = list(value.items()) if isinstance(value, dict) else []
    inside += list(enumerate(value[:1])) if isinstance(value, list) else []
    below = [place for key, one in inside for place in places_in(one, (*path, key))]
    return [*([path] if path else []), *below]


def mutations(told: dict[str, Any]) -> list[tuple[tuple[Any, ...], Any]]:
    return [(place, value) for place in places_in(told) for value in VALUES]


def put(told: dict[str, Any], place: tuple[Any, ...], value: Any) -> None:
    at: Any = told
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value


def assert_let_in_or_refused(given: Path, tmp_path: Path, some: int | None) -> None:
    members = with_list(members_of(given), lambda told: told["memory"].update(
        faults=[{"fault": FAULT, "seen": 1, "hit": 1}],
        throttle={"each": None, "own": {"infino": {"per_second": 1.0, "burst": 3}}},
    ))  # fmt: skip
    path, aside, let_in = tmp_path / "x.zip", tmp_path / "aside", 0
    look_at(packed(path, members), tmp_path / "well")
    every = mutations(json.loads(members[MANIFEST]))
    for place, value in every if some is None else random.Random(58).sample(every, some):
        changed = with_list(members, lambda told: put(told, place, value))  # noqa: B023  called at once
        packed(path, changed)
        with suppress(SnapshotInvalid):
            look_at(path, aside)
            let_in += 1
            assert read_manifest(path).state
        shutil.rmtree(aside, ignore_errors=True)
    assert let_in > 0


def test_whatever_stands_in_a_list_is_let_in_or_refused(given: Path, tmp_path: Path) -> None:
    assert_let_in_or_refused(given, tmp_path, some=150)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_any_value_anywhere_in_a_list_is_let_in_or_refused(given: Path, tmp_path: Path) -> None:
    assert_let_in_or_refused(given, tmp_path, some=None)


@pytest.mark.parametrize("folder", ["uit/jobbonusplus-mutaties", "archief"])
def test_a_file_for_a_consumer_that_its_log_does_not_tell_of_is_refused(
    given: Path, tmp_path: Path, folder: str
) -> None:
    members = members_of(given)
    old = next(
        name for name in members if name.startswith("drop/infino/uit/") and name.endswith(".json")
    )
    content = members.pop(old)
    other = json.loads(content)
    other["insz"].append("90712301137")
    changed = without(members, old)
    new = with_file(changed, f"drop/infino/{folder}/{Path(old).name}", json.dumps(other).encode())
    same = with_file(changed, f"drop/infino/{folder}/{Path(old).name}", content)

    look_at(packed(tmp_path / "same.zip", same), tmp_path / "well")
    with pytest.raises(SnapshotInvalid, match="not the one that its log tells of"):
        look_at(packed(tmp_path / "x.zip", new), tmp_path / "aside")
    row = f"UPDATE delivery SET sha256 = '{sha256(json.dumps(other).encode()).hexdigest()}' WHERE consumer = 'infino'"
    agreed = with_database(new, "space.db", row)
    with pytest.raises(SnapshotInvalid, match="not the one that its log tells of"):
        look_at(packed(tmp_path / "y.zip", agreed), tmp_path / "further")


def without(members: Members, path: str) -> Members:
    def leave(told: dict[str, Any]) -> None:
        told["files"] = [one for one in told["files"] if one["path"] != path]

    return with_list({name: one for name, one in members.items() if name != path}, leave)


@pytest.mark.parametrize("kind", ["half-written", "corrupted", "late"])
def test_files_that_a_fault_damaged_or_held_back_are_let_in(tmp_path: Path, kind: str) -> None:
    space = Space("demo", options(tmp_path / "space"), Doors())
    try:
        space.faults.put([Fault(where="drop.out.infino", kind=kind)])
        space.time.advance_by(days=1, seconds=None)
        assert space.faults.counts()[0]["hit"] > 0
        keep(space, tmp_path / "then.zip")
    finally:
        space.close()

    look_at(tmp_path / "then.zip", tmp_path / "aside")


@pytest.mark.parametrize(
    "path",
    ["../x.db", "/etc/x.db", "drop/../../x", "drop//x", "drop/./x", "drop\\x", "drop/a\nb", "ready.json",
     "restored.json", "spaces/t2/space.db", "snapshots/x.zip", ".restore/step", "cache/x", "x", "keys/",
     "drop/" + "a" * 1000, ".hidden.db", "KEYS/x", "drop/x/../../keys/space.secret"],
)  # fmt: skip
def test_a_file_in_another_place_is_refused(given: Path, tmp_path: Path, path: str) -> None:
    hostile = packed(tmp_path / "x.zip", with_file(members_of(given), path))

    with pytest.raises(SnapshotInvalid):
        look_at(hostile, tmp_path / "aside")

    assert {one.name for one in tmp_path.iterdir()} <= {"x.zip"}


DATABASES = {
    "a trigger": ("space.db", "CREATE TRIGGER t AFTER INSERT ON registration BEGIN DELETE FROM batch;END", "holds more than tables"),
    "a view": ("space.db", "CREATE VIEW v AS SELECT * FROM registration", "holds more than tables"),
    "a table": ("space.db", "CREATE TABLE more (x)", "has other tables"),
    "a table fewer": ("space.db", "DROP TABLE registration", "has other tables"),
    "a revision": ("space.db", "DROP TABLE alembic_version", "has other tables"),
    "an index of its own": ("log.db", "CREATE INDEX i ON entry (abs(position))", "has other tables"),
    "a page of two tables": ("log.db", "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'entry') WHERE name = 'private'", "log.db is broken"),
    "a head": ("log.db", "UPDATE head SET root = zeroblob(32)", "not the one that its list tells of"),
    "an entry": ("log.db", "UPDATE entry SET leaf = CAST(replace(leaf, 'demo', 'dema') AS BLOB)", "does not add up"),
    "a checkpoint": ("checkpoints.db", "UPDATE checkpoint SET note = replace(note, '1', '2')", "not signed with its key"),
}  # fmt: skip


@pytest.mark.parametrize("what", DATABASES)
def test_a_database_that_is_not_a_spaces_own_is_refused(
    given: Path, tmp_path: Path, what: str
) -> None:
    members = members_of(given)
    name, statements, told = DATABASES[what]
    assert sqlite_rows(members["checkpoints.db"], "checkpoint") > 0
    changed = with_database(members, name, *statements.split("; "))
    hostile = packed(tmp_path / "x.zip", changed)

    with pytest.raises(SnapshotInvalid, match=told):
        look_at(hostile, tmp_path / "aside")


@pytest.mark.parametrize(
    ("people", "told"),
    [(b'{"world":1,"seed":2,"people":0}\n', "another world"), (b"nobody\n", "people.ndjson: line 1")],
)  # fmt: skip
def test_people_of_another_world_are_refused(
    given: Path, tmp_path: Path, people: bytes, told: str
) -> None:
    hostile = packed(tmp_path / "x.zip", with_file(members_of(given), "people.ndjson", people))

    with pytest.raises(SnapshotInvalid, match=told):
        look_at(hostile, tmp_path / "aside")


def test_a_difference_tells_no_number_but_of_tests(given: Path, tmp_path: Path) -> None:
    real = "85020100023"
    row = f"INSERT INTO registration (uri, hoedanigheid, insz, begin) VALUES ('u', 'h', '{real}', '2025-01-01')"
    changed = with_database(members_of(given), "space.db", row)
    other = packed(
        tmp_path / "x.zip", with_file(changed, f"drop/infino/uit/{real}.json", real.encode())
    )

    found = {one["part"]: one for one in difference(given, other)}

    assert real not in json.dumps(found)
    assert found["registrations"]["b"]["insz"] == "(a number)"
    assert found["files"]["at"] == "a file whose name holds a number"


def test_files_come_back_as_old_as_they_were_and_links_are_left_out(
    given: Path, tmp_path: Path
) -> None:
    manifest = unpack(given, tmp_path / "data")
    (tmp_path / "secret").write_bytes(b"of the machine")
    (tmp_path / "data" / "drop" / "link.json").symlink_to(tmp_path / "secret")
    shutil.copy(given, tmp_path / "then.zip")
    save(tmp_path / "data", tmp_path / "again.zip")()

    aged = {one.path: one.age for one in manifest.files if one.age is not None}

    assert aged
    assert {
        path: (tmp_path / "data" / path).stat().st_mtime_ns // 1_000_000 for path in aged
    } == aged
    assert [one for one in read_manifest(tmp_path / "again.zip").files if "link" in one.path] == []


def sqlite_rows(content: bytes, table: str) -> int:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content[:18] + b"\x01\x01" + content[20:])
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def linked(info: zipfile.ZipInfo) -> None:
    if info.filename == "space.db":
        info.external_attr = (stat.S_IFLNK | 0o777) << 16


def compressed(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_DEFLATED


def test_links_compressed_files_and_cut_ones_are_refused(given: Path, tmp_path: Path) -> None:
    members = members_of(given)
    with zipfile.ZipFile(given) as archive:
        assert all(one.external_attr >> 16 == 0o100600 for one in archive.infolist())
    whole = given.read_bytes()
    hostile: dict[str, Path] = {
        "no plain file": packed(tmp_path / "1.zip", members, of_each=linked),
        "a compressed file": packed(tmp_path / "2.zip", members, of_each=compressed),
        "holds no": packed(tmp_path / "3.zip", {k: v for k, v in members.items() if k != MANIFEST}),
    }
    for count, content in enumerate((b"", b"PK", whole[:-30], whole[: len(whole) // 2])):
        path = tmp_path / f"cut-{count}.zip"
        path.write_bytes(content)
        hostile[f"cut{' short' * (count % 2)}|cut-{count}"] = path
    for told, path in hostile.items():
        with pytest.raises(SnapshotInvalid, match=told):
            look_at(path, tmp_path / f"aside-{path.name}")


def test_files_that_lie_over_one_another_are_not_unpacked(given: Path, tmp_path: Path) -> None:
    """Each would hold all that come after it, so that a small archive fills a disk."""
    path, members = tmp_path / "x.zip", members_of(given)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        end = archive.start_dir
        for one in archive.infolist()[:-1]:
            one.file_size = one.compress_size = end - one.header_offset - 30 - len(one.filename)

    with pytest.raises(SnapshotInvalid, match="larger than it is itself"):
        look_at(path, tmp_path / "aside")
    assert not (tmp_path / "aside").exists()


def test_bytes_that_were_changed_anywhere_are_found_out(given: Path, tmp_path: Path) -> None:
    whole, dice = given.read_bytes(), random.Random(58)
    aside, path = tmp_path / "aside", tmp_path / "x.zip"
    manifest = unpack(given, tmp_path / "model")
    model, refused = tree_of(tmp_path / "model"), 0
    for _ in range(12):
        at = dice.randrange(len(whole))
        changed = bytearray(whole)
        changed[at] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        try:
            told = unpack(path, aside)
        except SnapshotInvalid:
            refused += 1
        else:  # of no consequence: the dates and marks of the archive itself
            assert (told, tree_of(aside)) == (manifest, model)
        shutil.rmtree(aside, ignore_errors=True)
    assert refused > 0


def test_two_files_of_one_name_are_refused(given: Path, tmp_path: Path) -> None:
    buffer = io.BytesIO(given.read_bytes())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("space.db", b"other")
    (tmp_path / "x.zip").write_bytes(buffer.getvalue())

    with pytest.raises(SnapshotInvalid, match="one name"):
        look_at(tmp_path / "x.zip", tmp_path / "aside")


# --- a process that dies on the way ------------------------------------------------------------


Work = Callable[[], None]


def dying(pipe: Connection, ready: Callable[..., Work], last: int | None, *args: Any) -> None:
    """Make ready, then work, and die at a step of that; without one, tell how many there were."""
    work, count = ready(*args), 0

    def step(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(step)
    work()
    sys.setprofile(None)
    pipe.send(count)


def live(work: Callable[..., Work], last: int | None, *args: Any) -> int | None:
    process, pipe = begin(dying, work, last, *args)
    try:
        told: int | None = pipe.recv()
    except (EOFError, ConnectionResetError):
        told = None
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    process.close()
    pipe.close()
    return told


def swap(archive: Path, data: Path, *, back: bool = False) -> Work:
    placing = opening.placing_in(data)
    opening.lay_out(archive, placing, options(data))

    def work() -> None:
        placing.begin()
        if back:
            placing.undo()
        placing.done()

    return work


def swap_back(archive: Path, data: Path) -> Work:
    return swap(archive, data, back=True)


def save(data: Path, target: Path) -> Work:
    manifest = read_manifest(data.parent / "then.zip")

    def complete(folders: Any, files: Any) -> Any:
        return manifest.model_copy(update={"folders": folders, "files": files})

    def work() -> None:
        write_archive(data, target, lambda _: False, complete)

    return work


def tree_of(folder: Path) -> dict[str, bytes]:
    found = (
        path
        for path in folder.rglob("*")
        if path.is_file() and path.name not in ("restored.json", "clock", "world.json")
    )
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture
def at_home(given: Path, tmp_path: Path) -> Path:
    """A data folder with other content, and the snapshot beside it."""
    unpack(given, tmp_path / "data")
    (tmp_path / "data" / "drop" / "infino" / "archief" / "later.json").write_bytes(b"{}")
    (tmp_path / "data" / "log.db").write_bytes(b"longer")
    (tmp_path / "data" / "later.db").write_bytes(b"new")
    (tmp_path / "data" / "snapshots").mkdir()
    shutil.copy(given, tmp_path / "then.zip")
    return tmp_path / "data"


@pytest.mark.parametrize("work", [swap, swap_back])
@pytest.mark.timeout(240)
def test_a_restore_that_died_leaves_the_old_or_the_new(
    at_home: Path, given: Path, tmp_path: Path, work: Callable[..., Work]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(at_home, model)
    unpack(given, tmp_path / "new")
    old, new = tree_of(model), tree_of(tmp_path / "new")
    usual = live(work, None, given, at_home)
    assert usual is not None
    seen = {frozenset(tree_of(at_home).items())}
    dice = random.Random(58)
    for last in (1, *(dice.randrange(1, usual) for _ in range(9))):
        shutil.rmtree(at_home)
        shutil.copytree(model, at_home)
        assert live(work, last, given, at_home) is None

        placing = opening.placing_in(at_home)
        placing.finish()
        placing.done()

        assert tree_of(at_home) in (old, new)
        seen.add(frozenset(tree_of(at_home).items()))
        for goes_along in ("restored.json", "world.json"):
            assert (at_home / goes_along).exists() == (tree_of(at_home) == new)
    assert len(seen) == 2


@pytest.mark.timeout(240)
def test_a_save_that_died_leaves_no_half_of_a_snapshot(at_home: Path, tmp_path: Path) -> None:
    shelf = at_home / "snapshots"
    unpack(tmp_path / "then.zip", tmp_path / "source")
    usual = live(save, None, tmp_path / "source", shelf / "mine.zip")
    assert usual is not None
    whole = (shelf / "mine.zip").read_bytes()
    (shelf / "mine.zip").unlink()
    dice = random.Random(58)
    for last in [dice.randrange(1, usual) for _ in range(6)] + [usual - 5]:
        assert live(save, last, tmp_path / "source", shelf / "mine.zip") is None

        clear_rests(shelf)

        assert [path.read_bytes() for path in shelf.iterdir()] in ([], [whole])
        (shelf / "mine.zip").unlink(missing_ok=True)


def test_a_start_after_such_a_death_goes_on_from_the_snapshot(given: Path, tmp_path: Path) -> None:
    """The process died when the files were in place and nothing had taken them up."""
    data = tmp_path / "space"
    space = Space("demo", options(data), Doors())
    space.time.advance_by(days=3, seconds=None)
    space.close()
    placing = opening.placing_in(data)
    opening.lay_out(given, placing, options(data))
    placing.begin()

    again = opening.first_space("demo", options(data), Doors())
    try:
        told = read_manifest(given)
        assert again.clock.now().isoformat(timespec="milliseconds") == told.memory.clock
        assert again.gateway.log.size == told.log.size
        assert again.keyring.secrets.counts() == (told.memory.ids, told.memory.salts)
        assert not (data / "restored.json").exists()
        assert not (data / ".restore").exists()
    finally:
        again.close()
