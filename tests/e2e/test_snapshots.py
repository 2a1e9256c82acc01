"""Snapshots of a running space: saved whole, restored so that it goes on alike, and given away."""

import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.adapters.drop_secrets import STEP_S, code_at
from gateway.cli.main import app
from gateway.contracts.drop import SFTP
from gateway.settings import DEMO_CLOCK
from gateway.simulation.gate import USED_CODES
from gateway.simulation.snapshots import restoring
from gateway.simulation.snapshots.checking import check_content
from gateway.simulation.snapshots.desk import archive_of
from gateway.simulation.snapshots.form import MANIFEST
from gateway.simulation.snapshots.reading import unpack
from tests.people import ELIF, KARIM, NOOR
from tests.running import CARE, FLOW, START, TRANSACTIONS, RunningSpace, a_batch
from tests.waiting import eventually

AHOVOKS, INFINO = "ahovoks-studietoelagen", "infino"


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """The default space of one process, fresh, with none beside it and nothing on the shelf."""
    shared_space.begin_anew()
    for row in shared_space.control("GET", "/snapshots").json():
        shared_space.control("DELETE", f"/snapshots/{row['name']}")
    for unlisted in (shared_space.space.data / "snapshots").glob("*.zip"):
        unlisted.unlink()
    return shared_space


def made(space: RunningSpace, name: str, **start: Any) -> RunningSpace:
    return RunningSpace(space.host, space.control("POST", "/spaces", {"id": name} | start).json())


def saved(space: RunningSpace, name: str) -> dict[str, Any]:
    answer = space.control("POST", "/snapshots", {"name": name})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def restored(space: RunningSpace, name: str) -> dict[str, Any]:
    answer = space.control("POST", f"/snapshots/{name}/restore")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def past(space: RunningSpace) -> None:
    """Something of everything that a snapshot has to hold."""
    space.register(INFINO, KARIM)
    space.register(AHOVOKS, NOOR)
    space.control("PUT", "/providers/wewis", {"transport": "process"})
    space.control("PUT", "/throttle", {"own": {"kidslife": {"rate": 0.5, "burst": 3}}})
    rules = [{"where": "source.zorgtoeslag", "kind": "busy", "nth": 2}]
    space.control("PUT", "/faults", rules)
    space.control("POST", "/keys", {"credential": INFINO})
    space.control("POST", "/clock/advance", {"days": 2})
    space.post(INFINO, TRANSACTIONS, {"insz": KARIM})


def future(space: RunningSpace) -> tuple[Any, ...]:
    """Some days of everything; what was told, the log, and every file that lies there then."""
    told: list[Any] = []
    for day in range(3):
        told.append(space.control("POST", "/clock/advance", {"days": 1}).json())
        answer = space.post(INFINO, TRANSACTIONS, {"insz": (KARIM, ELIF)[day % 2]})
        told.append((answer.headers["Sim-Decision"], answer.status_code))
        told.append(space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": START}).text)
    space.register("kidslife", ELIF)
    space.upload(f"{FLOW}_{START}_2.json", a_batch(ELIF, number=2))
    receipt = f"{FLOW}_{START}_2.json.ontvangstbewijs.json"
    eventually(lambda: space.leaves()[-1].get("file") == receipt)  # told as the session ends
    space.space.settle()
    verified = space.verify()
    assert verified.ok
    told.append([one for one in space.control("GET", "/keys").json() if "token" not in one])
    return told, verified, tree_of(space.space.data / "drop")


def takes(space: RunningSpace, step: int) -> bool:
    """Whether the code of a step of the machine's time lets VUTG in, at that time."""
    codes = space.space.gates[SFTP].codes
    codes._now = lambda: step * STEP_S
    return bool(codes.take("vutg", code_at(codes._secrets["vutg"], step)))


def test_a_code_that_was_used_is_in_no_snapshot_and_stays_used(
    space: RunningSpace, tmp_path: Path
) -> None:
    saved(space, "before")
    assert takes(space, 1000)
    assert not takes(space, 1000)
    assert (space.space.data / "keys" / USED_CODES).exists()
    saved(space, "after")
    exported(space, "after", tmp_path / "after.zip", "--keys")
    with zipfile.ZipFile(tmp_path / "after.zip") as archive:
        assert not any(USED_CODES in name for name in archive.namelist())

    for name in ("before", "after"):
        restored(space, name)
        assert not takes(space, 1000)
    space.control("POST", "/reset", {})
    assert not takes(space, 1000)
    assert takes(space, 1001)


def tree_of(folder: Path) -> dict[str, str]:
    """Every file below a folder, and its digest."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in found}


@pytest.mark.parametrize("name", ["demo", "t1"])
def test_a_restored_space_goes_on_as_the_original_did(space: RunningSpace, name: str) -> None:
    one = made(space, name, seed=7) if name != "demo" else space
    past(one)
    kept = saved(one, "then")
    before = tree_of(one.space.data / "drop")
    first = future(one)

    again = restored(one, "then")

    assert again == kept
    assert (again["clock"], again["entries"]) == ("2025-03-12T08:00:00+01:00", one.space.gateway.log.size)  # fmt: skip
    assert tree_of(one.space.data / "drop") == before
    assert one.control("GET", "/clock").json()["now"] == "2025-03-12T08:00:00+01:00"
    assert one.control("GET", "/providers/wewis").json()["transport"] == "process"
    assert one.control("GET", "/throttle").json()["own"]["kidslife"] == {"rate": 0.5, "burst": 3}
    second = future(one)
    assert second == first
    assert restored(one, "then") == kept
    begun = one.control("POST", "/reset", {}).json()["clock"]
    assert begun == DEMO_CLOCK
    assert one.space.settings.seed == (7 if name == "t1" else 1)
    assert [row["name"] for row in one.control("GET", "/snapshots").json()] == ["then"]


def test_the_same_state_is_the_same_file(space: RunningSpace, tmp_path: Path) -> None:
    states, files = [], []
    for _ in range(2):
        t1 = made(space, "t1", seed=3, people=20)
        past(t1)
        states.append(saved(t1, "then"))
        files.append(exported(t1, "then", tmp_path / "one.zip"))
        space.control("DELETE", "/spaces/t1")

    assert states[0] == states[1]
    assert files[0] == files[1]
    assert states[0]["keys"] is True


def exported(space: RunningSpace, name: str, file: Path, *words: str) -> bytes:
    """The bytes that the command writes."""
    done = run(space, "export", name, str(file), *words)
    assert done.exit_code == 0, done.output
    assert file.stat().st_mode & 0o777 == 0o600
    return file.read_bytes()


def run(space: RunningSpace, *words: str) -> Any:
    return CliRunner().invoke(app, ["snapshot", *words, "--data", space.ready["data"]])


def test_what_is_given_away_holds_no_private_keys_unless_asked(
    space: RunningSpace, tmp_path: Path
) -> None:
    past(space)
    saved(space, "then")

    plain = exported(space, "then", tmp_path / "plain.zip")
    whole = exported(space, "then", tmp_path / "whole.zip", "--keys")

    with zipfile.ZipFile(tmp_path / "plain.zip") as archive:
        names = archive.namelist()
        text = archive.read(MANIFEST).decode()
    assert [name for name in names if name.startswith("keys/")] == ["keys/infino-2.crt.pem"]
    assert b"PRIVATE KEY" not in plain
    assert b"PRIVATE KEY" in whole
    assert json.loads(text)["keys"] is False
    for secret in (space.ready["control_token"], space.credential(INFINO)["token"]):
        assert secret.encode() not in whole
    eventually(lambda: list((space.space.data / "snapshots").glob(".*")) == [])


def test_a_file_goes_to_another_process_and_on_from_there(
    space: RunningSpace, tmp_path: Path
) -> None:
    past(space)
    saved(space, "then")
    exported(space, "then", tmp_path / "then.zip")
    t1 = made(space, "t1", seed=9, clock="2025-06-01T12:00:00+02:00")

    brought = run(t1, "import", str(tmp_path / "then.zip"), "--json")
    told = run(t1, "restore", "then")

    state = json.loads(brought.stdout)
    assert state["state"] == space.control("GET", "/snapshots/then").json()["state"]
    assert "then restored: 2025-03-12T08:00:00+01:00" in told.stdout
    there = RunningSpace(space.host, space.control("GET", "/spaces/t1").json())
    assert (there.ready["seed"], there.ready["log_key"]) == (1, space.ready["log_key"])
    first, second = future(space), future(there)
    assert second[1:] == first[1:]


def test_the_commands_and_their_refusals(space: RunningSpace, tmp_path: Path) -> None:
    t1 = made(space, "t1")
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(b"PK")

    assert "monday saved: 2025-03-10T08:00:00+01:00, 0 entries" in run(space, "save", "monday").stdout  # fmt: skip
    listed = json.loads(run(space, "list", "--json").stdout)
    assert [row["name"] for row in listed] == ["monday"]
    assert "monday " in run(space, "list").stdout
    inside = run(space, "save", "mine", "--space", "t1", "--json")
    assert json.loads(inside.stdout)["space"] == "t1"
    assert [row["name"] for row in t1.control("GET", "/snapshots").json()] == ["mine"]
    for words, what in (
        (("save", "monday"), "there is a snapshot of this name"),
        (("save", "../x"), "cannot be the name"),
        (("save", KARIM), "no person's number"),
        (("restore", "tuesday"), "no snapshot of this name"),
        (("delete", "tuesday"), "no snapshot of this name"),
        (("export", "tuesday", str(tmp_path / "x.zip")), "no snapshot of this name"),
        (("import", str(spoilt), "--name", "x"), "no snapshot, or it is cut short"),
    ):
        refused = run(space, *words)
        assert refused.exit_code == 2, words
        assert what in refused.output
        assert KARIM not in refused.output
    assert "monday is gone" in run(space, "delete", "monday").stdout
    assert space.control("GET", "/snapshots").json() == []
    exported(t1, "mine", tmp_path / "mine.zip")
    assert run(space, "import", str(tmp_path / "mine.zip")).exit_code == 0
    other = run(space, "restore", "mine")
    assert (other.exit_code, "the default one keeps its name" in other.output) == (2, True)
    assert space.control("GET", "/clock").json()["now"] == DEMO_CLOCK


def told_otherwise(source: Path, target: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The same archive with something else in its list."""
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as archive:
        for name in given.namelist():
            content = given.read(name)
            if name == MANIFEST:
                told = json.loads(content)
                change(told)
                content = json.dumps(told).encode()
            archive.writestr(zipfile.ZipInfo(name), content)
    return target


def test_what_is_brought_in_is_looked_at_before(space: RunningSpace, tmp_path: Path) -> None:
    saved(space, "then")
    exported(space, "then", tmp_path / "then.zip")
    hostile = told_otherwise(
        tmp_path / "then.zip", tmp_path / "x.zip", lambda told: told.update(seed=2)
    )

    refused = run(space, "import", str(hostile), "--name", "mine")

    assert refused.exit_code == 2
    assert "another key than its seed" in refused.output
    assert [row["name"] for row in space.control("GET", "/snapshots").json()] == ["then"]


def test_a_malformed_archive_is_refused_and_none_breaks_the_list(
    space: RunningSpace, tmp_path: Path
) -> None:
    saved(space, "then")
    exported(space, "then", tmp_path / "then.zip")
    nobody = {"where": "source.zorgtoeslag", "kind": "latency", "person": "nobody-at-all"}
    changes: dict[str, Callable[[dict[str, Any]], Any]] = {
        "clock": lambda told: told["memory"].update(clock="2025-02-31T08:00:00.000+00:00"),
        "part": lambda told: told["folders"].append(f"drop/{'é' * 200}"),
        "nobody": lambda told: told["memory"].update(faults=[{"fault": nobody, "seen": 0, "hit": 0}]),
    }  # fmt: skip
    size = space.space.gateway.log.size
    for name, change in changes.items():
        file = told_otherwise(tmp_path / "then.zip", tmp_path / f"{name}.zip", change)
        answer = space.control("POST", "/snapshots", {"name": name, "file": str(file)})
        if answer.status_code == 201:
            answer = space.control("POST", f"/snapshots/{name}/restore")
            assert "about somebody who is not among its people" in answer.json()["detail"]
        assert answer.status_code == 400, name
    assert space.control("GET", "/snapshots").status_code == 200
    assert space.space.gateway.log.size == size
    assert space.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 403
    spoilt = changes["clock"]
    told_otherwise(tmp_path / "then.zip", archive_of(space.space, "then"), spoilt)
    assert "then" not in [row["name"] for row in space.control("GET", "/snapshots").json()]


UNFIT: list[tuple[dict[str, Any], str]] = [
    ({"law": []}, "under other protocols"),
    ({"secrets": "random"}, "keys come from elsewhere"),
    ({"secrets": "random", "keys": False}, "sealed with a secret that was left out"),
]


@pytest.mark.parametrize(("words", "what"), UNFIT)
def test_a_snapshot_that_does_not_fit_here_is_not_restored(
    space: RunningSpace, tmp_path: Path, words: dict[str, Any], what: str
) -> None:
    t1 = made(space, "t1")
    saved(t1, "then")
    shelf = archive_of(t1.space, "then")
    told_otherwise(shelf, tmp_path / "x.zip", lambda told: told.update(words)).replace(shelf)
    if words.get("keys") is False:
        t1.space.settings = t1.space.settings.model_copy(update={"secrets": "random"})
    t1.register(INFINO, KARIM)

    refused = t1.control("POST", "/snapshots/then/restore")

    assert (refused.status_code, what in refused.json()["detail"]) == (400, True)
    assert t1.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 200


def test_a_space_of_its_own_token_sees_its_own_snapshots_only(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    saved(space, "mine")

    assert t1.control("GET", "/snapshots").json() == []
    assert t1.control("POST", "/snapshots/mine/restore").status_code == 404
    stranger = RunningSpace(space.host, t1.ready | {"control": space.ready["control"]})
    assert stranger.control("GET", "/snapshots").status_code == 401
    assert stranger.control("POST", "/snapshots/mine/restore").status_code == 401


def test_a_database_that_may_be_open_is_not_touched_by_an_import(
    space: RunningSpace, tmp_path: Path
) -> None:
    """Who closes a descriptor of it would let go of SQLite's locks, and the next would take its end away."""
    log = Path(space.ready["data"]) / "log.db"
    waiting = log.with_name("log.db-wal")
    before = waiting.stat().st_ino
    link = tmp_path / "x.zip"
    link.symlink_to(log)

    for file in (log, waiting, link):
        answer = space.control("POST", "/snapshots", {"name": "x", "file": str(file)})
        assert (answer.status_code, "is a database" in answer.json()["detail"]) == (400, True)
    looking = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM sqlite_master').fetchall(); c.close()"  # fmt: skip
    subprocess.run([sys.executable, "-c", looking, str(log)], check=True)

    assert waiting.stat().st_ino == before


@pytest.mark.parametrize("way", ["straight", "dotted", "link"])
def test_a_space_takes_no_file_out_of_another_ones_folder(
    space: RunningSpace, tmp_path: Path, way: str
) -> None:
    t1, t2 = made(space, "t1"), made(space, "t2")
    for one in (space, t2):
        saved(one, "mine")
    shelves = [one.space.data / "snapshots" / "mine.zip" for one in (space, t2)]

    for n, file in enumerate(shelves):
        ways = {"straight": file, "dotted": t1.space.data / "../.." / file, "link": tmp_path / f"{n}.zip"}  # fmt: skip
        ways["link"].symlink_to(file)
        answer = t1.control("POST", "/snapshots", {"name": f"theirs-{n}", "file": str(ways[way])})

        assert (answer.status_code, "another space" in answer.json()["detail"]) == (400, True)
        absent = file.with_name("nothing.zip")
        told = t1.control("POST", "/snapshots", {"name": "x", "file": str(absent)}).json()
        assert told["detail"] == answer.json()["detail"]
    assert t1.control("GET", "/snapshots").json() == []
    saved(t1, "own")
    own = t1.space.data / "snapshots" / "own.zip"
    for one in (t1, space):
        body = {"name": "again", "file": str(own)}
        assert one.control("POST", "/snapshots", body).status_code == 201


def test_a_restore_that_cannot_be_opened_leaves_what_was(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    t1 = made(space, "t1")
    saved(t1, "empty")
    past(t1)
    before, clock = tree_of(t1.space.data / "drop"), t1.control("GET", "/clock").json()

    def fail(*_: Any) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(restoring, "open_restored", fail)
        assert t1.control("POST", "/snapshots/empty/restore").status_code == 500

    assert t1.control("GET", "/clock").json() == clock
    assert tree_of(t1.space.data / "drop") == before
    assert t1.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 200
    assert t1.verify().ok
    assert not (t1.space.data / ".restore").exists()
    assert restored(t1, "empty")["entries"] == 0


def test_a_witness_of_what_came_after_sees_that_the_log_went_back(space: RunningSpace) -> None:
    past(space)
    saved(space, "then")
    space.control("POST", "/clock/advance", {"days": 1})
    kept = space.get("/log/checkpoint").text
    older = space.space.gateway.log.size

    restored(space, "then")

    data = Path(space.ready["data"])
    (data.parent / "kept.txt").write_text(kept, "utf-8")
    asked = ["audit", "verify", "--data", str(data)]
    assert CliRunner().invoke(app, asked).exit_code == 0
    held = CliRunner().invoke(app, [*asked, "--checkpoint", str(data.parent / "kept.txt")])
    assert held.exit_code == 4
    assert space.space.gateway.log.size < older


def parts(told: Any) -> dict[str, Any]:
    return {row["part"]: row for row in json.loads(told.stdout)["differences"]}


def test_two_states_are_held_against_each_other(space: RunningSpace, tmp_path: Path) -> None:
    t1 = made(space, "t1")
    saved(t1, "first")
    assert run(t1, "diff", "first").stdout == "equal\n"
    assert run(t1, "diff", "first", "first").exit_code == 0
    t1.register(INFINO, KARIM)
    saved(t1, "second")
    t1.control("PUT", "/providers/wewis", {"automatic": False, "transport": "process"})
    t1.control("POST", "/clock/advance", {"days": 1})

    by_name = run(t1, "diff", "first", "second", "--json")
    with_now = run(t1, "diff", "first", "--json")
    exported(t1, "first", tmp_path / "a.zip")
    exported(t1, "second", tmp_path / "b.zip")
    of_files = run(t1, "diff", str(tmp_path / "a.zip"), str(tmp_path / "b.zip"), "--json")

    assert (by_name.exit_code, with_now.exit_code) == (1, 1)
    found = parts(by_name)
    assert found == parts(of_files)
    assert list(found) == ["memory", "log", "registrations", "database"]
    assert found["memory"]["at"] == "ids"
    assert (found["log"]["at"], found["log"]["a"]) == ("D-1", None)
    assert found["log"]["b"]["outcome"] == "permit"
    assert found["registrations"]["b"]["insz"] == KARIM
    later = parts(with_now)
    assert later["clock"] == {
        "part": "clock", "at": "now",
        "a": "2025-03-10T07:00:00.000+00:00 (frozen)", "b": "2025-03-11T07:00:00.000+00:00 (frozen)",
    }  # fmt: skip
    assert later["memory"]["at"] == "ids"
    tables = [
        row["at"] for row in json.loads(with_now.stdout)["differences"] if row["part"] == "database"
    ]
    assert "job, row 1" in tables
    told = run(t1, "diff", "first", "second").stdout
    assert "log: D-1\n  a -\n" in told
    assert run(t1, "diff", "first", "nowhere").exit_code == 2
    assert list((t1.space.data / "snapshots").glob(".*")) == []


def test_files_that_differ_are_told_by_their_path(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    t1.control("PUT", "/providers/wewis", {"transport": "process"})
    t1.control("POST", "/clock/advance", {"days": 1})
    saved(t1, "then")
    found = next((t1.space.data / "drop" / INFINO / "uit" / FLOW).glob("*.json"))
    found.write_bytes(b"{}")

    told = parts(run(t1, "diff", "then", "--json"))

    assert list(told) == ["files"]
    assert told["files"]["at"] == f"drop/{INFINO}/uit/{FLOW}/{found.name}"
    assert told["files"]["a"] != told["files"]["b"]


def test_people_whom_testers_made_go_with_it(space: RunningSpace, tmp_path: Path) -> None:
    t1 = made(space, "t1")
    saved(t1, "before")
    change = {"insz": KARIM, "what": "died", "on": "2025-03-12"}
    assert t1.control("POST", "/world/change", change).status_code == 200
    saved(t1, "after")

    restored(t1, "before")
    assert t1.control("GET", "/world").json()["changed"] == 0
    restored(t1, "after")
    assert t1.control("GET", "/world").json()["changed"] == 1
    told = parts(run(t1, "diff", "before", "after", "--json"))
    assert told["world"] == {"part": "world", "at": "people.ndjson, person 1", "a": None, "b": KARIM}  # fmt: skip


def test_a_space_is_saved_between_what_sessions_do(space: RunningSpace, tmp_path: Path) -> None:
    t1 = made(space, "t1")
    t1.control("PUT", "/providers/wewis", {"transport": "process"})
    t1.control("POST", "/clock/advance", {"days": 1})
    stop, rounds = threading.Event(), [0]

    def work() -> None:
        with t1.sftp(INFINO) as consumer, t1.sftp("wewis") as provider:
            while not stop.is_set():
                rounds[0] += 1
                for name in consumer.files(FLOW):
                    consumer.fetch(FLOW, name)
                provider.upload(FLOW, f"{FLOW}_{START}_{rounds[0] + 1}.json", a_batch(KARIM, number=rounds[0] + 1))  # fmt: skip

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for n in range(4):
            seen = rounds[0]
            eventually(lambda seen=seen: rounds[0] > seen, within_s=60)  # type: ignore[misc]
            saved(t1, f"s{n}")
    finally:
        stop.set()
        worker.join()
    for n in range(4):
        manifest = unpack(archive_of(t1.space, f"s{n}"), tmp_path / str(n))
        check_content(tmp_path / str(n), manifest, t1.space.settings)
    assert restored(t1, "s1")["name"] == "s1"
    t1.control("POST", "/clock/advance", {"days": 1})
    assert t1.verify().ok
