"""Further spaces in one process: made, reached at every door, reset, deleted, and apart from one another."""

import gc
import json
import os
import threading
import weakref
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import paramiko
import pytest
from typer.testing import CliRunner

from consumers.answers import Answered
from consumers.wire_sftp import SftpClient
from gateway.cli.main import app
from gateway.domain.request import Proof, ProofKind
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation import spaces
from gateway.simulation.host import Host
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, START, TRANSACTIONS, RunningSpace, a_batch
from tests.tls import ask, client
from tests.waiting import eventually


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """The default space of one process, fresh, with none beside it."""
    shared_space.begin_anew()
    return shared_space


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[RunningSpace]:
    """A space that waits for the disk, as those that people keep."""
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, disk="safe"
    )
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


AHOVOKS, INFINO, VUTG = "ahovoks-studietoelagen", "infino", "vutg-rechten"
DAY = date(2024, 12, 31)
CONSULTATION = {"insz": NOOR, "referentiedatum": "2024-12-31"}


def made(space: RunningSpace, name: str, **start: Any) -> RunningSpace:
    """A further space of the same process."""
    answer = space.control("POST", "/spaces", {"id": name} | start)
    assert answer.status_code == 201, answer.text
    return RunningSpace(space.host, answer.json())


def names(space: RunningSpace) -> list[str]:
    return [row["id"] for row in space.control("GET", "/spaces").json()]


def test_a_further_space_has_a_ready_file_with_a_prefix_and_accounts_of_its_own(
    space: RunningSpace,
) -> None:
    t1 = made(space, "t1", seed=7, clock="2025-06-01T12:00:00+02:00")

    ready = t1.ready
    assert list(ready) == list(space.ready)
    assert (ready["space"], ready["seed"], ready["clock"]) == ("t1", 7, "2025-06-01T12:00:00+02:00")
    assert ready["http"] == f"{space.http}/spaces/t1"
    assert ready["https"] == f"{space.ready['https']}/spaces/t1"
    assert ready["control"] == f"{ready['http']}/_sim"
    assert (ready["sftp"], ready["pid"]) == (space.ready["sftp"], space.ready["pid"])
    assert t1.credential(INFINO)["sftp_user"] == "infino+t1"
    assert json.loads((Path(ready["data"]) / "ready.json").read_text()) == ready
    assert space.control("GET", "/spaces/t1").json() == ready
    for member in ("control_token", "log_key", "data"):
        assert ready[member] != space.ready[member]
    for member in ("token", "private_key", "certificate", "sftp_key"):
        assert t1.credential(INFINO)[member] != space.credential(INFINO)[member]


def test_rest_soap_oauth_pages_and_tls_reach_a_space_by_its_prefix(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    t1.register(AHOVOKS, NOOR)

    answer = t1.post(AHOVOKS, CARE, CONSULTATION)
    with client(t1, VUTG) as secure:
        by_certificate = ask(secure)
    described = t1.get("/soap?wsdl")

    assert answer.json()["erkenningen"][0]["pijler1"] == 4
    with t1.soap_client(AHOVOKS) as soap:
        assert isinstance(soap.care_allowance(NOOR, DAY), Answered)
    assert by_certificate.json()["reason"] == "not-registered"
    assert f'location="{t1.http}' in described.text
    assert t1.get("/.well-known/oauth-authorization-server").json()["issuer"] == t1.http
    assert t1.get("/openapi.json").json()["servers"][0] == {"url": "/spaces/t1"}
    assert "servers" not in space.get("/openapi.json").json()
    assert space.leaves() == []


def test_a_day_in_one_space_is_no_day_in_another(space: RunningSpace) -> None:
    t1, t2 = made(space, "t1"), made(space, "t2")
    t1.register(INFINO, KARIM)

    moved = t1.control("POST", "/clock/advance", {"days": 1}).json()

    assert [job["outcome"] for job in moved["jobs"]] == ["delivered", "in time"]
    assert [one["insz"] for one in t1.found(INFINO)] == [[KARIM]]
    assert t2.found(INFINO) == []
    assert space.found(INFINO) == []
    for still in (space, t2):
        assert still.control("GET", "/clock").json()["now"] == DEMO_CLOCK
        assert {leaf["e"] for leaf in still.leaves()} <= {"drop.login"}
    assert (t1.verify().ok, t2.verify().ok) == (True, True)
    assert {leaf["space"] for leaf in t1.leaves()} == {"t1"}


def test_what_opens_one_space_opens_no_other(space: RunningSpace) -> None:
    t1, t2 = made(space, "t1"), made(space, "t2")
    stranger = RunningSpace(space.host, t1.ready | {"http": t2.http, "control": t2.ready["control"],
                                                    "https": t2.ready["https"]})  # fmt: skip

    assert stranger.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 401
    assert stranger.control("GET", "/clock").status_code == 401
    with client(stranger, INFINO) as secure:
        assert ask(secure).status_code == 401
    for user in ("infino", "infino+t2", "infino+", "infino+t1+t1", "infino+nowhere"):
        wrong = t1.ready["credentials"][INFINO] | {"sftp_user": user}
        bold = RunningSpace(space.host, t1.ready | {"credentials": {INFINO: wrong}})
        with pytest.raises(paramiko.AuthenticationException):
            bold.sftp(INFINO).__enter__()
    assert [leaf["user"] for leaf in t2.leaves() if leaf["e"] == "drop.login-refused"] == [INFINO]
    told = [leaf["user"] for leaf in space.leaves() if leaf["e"] == "drop.login-refused"]
    assert told == [INFINO, None, None, None]


def test_only_the_processs_own_token_at_the_root_makes_spaces(space: RunningSpace) -> None:
    t1 = made(space, "t1")

    inside = t1.control("POST", "/spaces", {"id": "t2"})
    with_root_token = httpx.get(
        f"{t1.ready['control']}/clock",
        headers={"Authorization": f"Bearer {space.ready['control_token']}"}, trust_env=False,
    )  # fmt: skip
    with_own_token = httpx.get(
        f"{space.ready['control']}/spaces",
        headers={"Authorization": f"Bearer {t1.ready['control_token']}"}, trust_env=False,
    )  # fmt: skip

    assert (inside.status_code, inside.json()["reason"]) == (404, "service-unknown")
    assert "without prefix" in inside.json()["remedy"]
    assert (with_root_token.status_code, with_own_token.status_code) == (401, 401)
    assert names(space) == ["demo", "t1"]


def test_a_name_that_cannot_be_is_refused_with_what_to_do(space: RunningSpace) -> None:
    made(space, "t1")

    for name in ("", "-a", "a-", "A", "a_b", "a+b", "../a", "a" * 33, "ä", "demo", "t1", f"{KARIM}/x",
                 KARIM, f"t-{KARIM[:6]}-{KARIM[6:]}"):  # fmt: skip
        answer = space.control("POST", "/spaces", {"id": name})

        assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid"), name
        assert answer.json()["issues"][0]["name"] == "id"
        assert answer.json()["remedy"]
        assert KARIM not in answer.text
    assert names(space) == ["demo", "t1"]


def test_a_process_holds_so_many_and_a_deleted_one_makes_room(tmp_path: Path) -> None:
    options = Settings(data=tmp_path / "s", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       spaces=1)  # fmt: skip
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        made(space, "t1")
        full = space.control("POST", "/spaces", {"id": "t2"})
        space.control("DELETE", "/spaces/t1")
        made(space, "t2")
    finally:
        host.stop()

    assert full.status_code == 400
    assert "1 further" in full.json()["detail"]
    assert not (tmp_path / "s" / "spaces").exists()
    assert not (tmp_path / "s" / ".rubble").exists()


def test_deleting_cuts_sessions_and_leaves_nothing(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    old = weakref.ref(t1.space)
    session = t1.sftp(INFINO)
    session.__enter__()
    key = Path(t1.credential(INFINO)["sftp_key"]).read_text("utf-8")

    deleted = space.control("DELETE", "/spaces/t1")

    assert deleted.status_code == 204
    assert not Path(t1.ready["data"]).exists()
    with pytest.raises((EOFError, OSError)):
        session.files(FLOW)
    assert t1.get("/health").status_code == 404
    assert t1.control("GET", "/clock").json()["reason"] == "service-unknown"
    door = t1.ready["sftp"]
    with pytest.raises(paramiko.AuthenticationException):
        SftpClient(door["host"], door["port"], door["host_key"], "infino+t1", key)
    assert space.control("DELETE", "/spaces/t1").status_code == 404
    assert space.control("DELETE", "/spaces/demo").status_code == 400
    assert names(space) == ["demo"]
    eventually(lambda: is_gone(old))
    again = made(space, "t1")
    assert again.leaves() == []
    assert again.ready["log_key"] == t1.ready["log_key"]


def is_gone(old: "weakref.ref[Any]") -> bool:
    gc.collect()
    return old() is None


def test_a_reset_keeps_nothing_of_what_was(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    t1.register(INFINO, KARIM)
    t1.post(INFINO, TRANSACTIONS, {"insz": KARIM})
    t1.control("POST", "/clock/advance", {"days": 2})
    t1.control("PUT", "/providers/wewis", {"automatic": False})
    t1.control("POST", "/keys", {"credential": INFINO})
    throttle = {"each": {"rate": 0.001, "burst": 1}}
    assert t1.control("PUT", "/throttle", throttle).status_code == 200
    old, keys = weakref.ref(t1.space), set((Path(t1.ready["data"]) / "keys").iterdir())

    done = space.control("POST", "/spaces/t1/reset", {"seed": None, "clock": None}).json()

    fresh = space.control("GET", "/spaces/t1").json()
    cleared = ["checkpoints.db", "clock", "drop", "journal.db", "log.db", "space.db"]
    assert done == {"cleared": cleared, "clock": DEMO_CLOCK}
    assert fresh == t1.ready
    assert t1.leaves() == []
    assert t1.found(INFINO) == []
    assert t1.control("GET", "/providers/wewis").json()["automatic"] is True
    for _ in range(3):
        assert t1.post(INFINO, TRANSACTIONS, {"insz": KARIM}).json()["reason"] == "not-registered"
    assert set((Path(t1.ready["data"]) / "keys").iterdir()) < keys
    assert len(t1.control("GET", "/keys").json()) == len(t1.ready["credentials"])
    eventually(lambda: is_gone(old))


def test_a_reset_gives_the_same_bytes_again(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    heads = []
    for _ in range(2):
        t1.register(INFINO, KARIM)
        t1.control("POST", "/clock/advance", {"days": 1})
        heads.append(t1.verify())
        t1.control("POST", "/reset", {})

    assert heads[0] == heads[1]


def test_a_reset_waits_for_what_is_in_hand_and_whoever_comes_waits_for_the_reset(
    space: RunningSpace,
) -> None:
    t1 = made(space, "t1")
    t1.register(INFINO, KARIM)
    answers: list[httpx.Response] = []
    stop = threading.Event()

    def ask_on() -> None:
        while not stop.is_set():
            answers.append(t1.post(INFINO, TRANSACTIONS, {"insz": KARIM}))

    askers = [threading.Thread(target=ask_on) for _ in range(4)]
    for asker in askers:
        asker.start()
    eventually(lambda: len(answers) > 8)
    for _ in range(3):
        assert t1.control("POST", "/reset", {}).status_code == 200
        seen = len(answers)
        eventually(lambda seen=seen: len(answers) > seen + 8)  # type: ignore[misc]
    stop.set()
    for asker in askers:
        asker.join()

    reasons = {one.json().get("reason") for one in answers}
    assert reasons == {None, "not-registered"}
    assert t1.verify().ok


def test_a_reset_stops_the_clock_that_moves(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    moved: list[httpx.Response] = []
    mover = threading.Thread(
        target=lambda: moved.append(t1.control("POST", "/clock/advance", {"days": 3000}))
    )
    mover.start()
    eventually(lambda: t1.control("GET", "/clock").json()["now"] > f"{START}T09")

    done = space.control("POST", "/spaces/t1/reset", {})
    mover.join(timeout=30)

    assert done.status_code == 200
    assert (moved[0].status_code, moved[0].json()["reason"]) == (404, "service-unknown")
    assert t1.control("GET", "/clock").json()["now"] == DEMO_CLOCK
    assert t1.leaves() == []


def test_a_reset_of_the_default_space_touches_no_other(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    t1.register(INFINO, KARIM)
    space.register(INFINO, KARIM)

    with t1.sftp(INFINO) as session:
        assert space.control("POST", "/reset", {"seed": 5}).status_code == 200
        assert session.files(FLOW) == []

    fresh = RunningSpace(space.host, json.loads((space.space.data / "ready.json").read_text()))
    assert names(fresh) == ["demo", "t1"]
    assert space.control("GET", "/clock").status_code == 401
    assert [leaf["e"] for leaf in t1.leaves()] == ["decision", "drop.login"]
    assert t1.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 200
    with client(t1, INFINO) as secure:
        assert ask(secure).status_code == 200


def test_an_upload_in_one_space_is_distributed_there(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    t1.register(INFINO, KARIM)

    receipt = t1.upload(f"{FLOW}_{START}.json", a_batch(KARIM))

    assert receipt["status"] == "verdeeld"
    assert [one["insz"] for one in t1.found(INFINO)] == [[KARIM]]
    assert space.found(INFINO) == []
    assert {leaf.get("credential") for leaf in t1.leaves()} & {"wewis+t1", "infino+t1"} == set()


def test_the_commands_for_spaces(space: RunningSpace) -> None:
    data = ["--data", space.ready["data"]]

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, [*words, *data])

    created = run("space", "create", "t1", "--seed", "3", "--json")
    listed = json.loads(run("space", "list", "--json").stdout)
    told = run("space", "create", "t2").stdout
    refused = run("space", "create", "T")

    assert json.loads(created.stdout)["seed"] == 3
    assert [row["id"] for row in listed] == ["demo", "t1"]
    assert "<unit>+t2@127.0.0.1" in told
    assert (refused.exit_code, "lower-case" in refused.output) == (2, True)
    inside = ["--data", json.loads(created.stdout)["data"]]
    moved = CliRunner().invoke(app, ["clock", "advance", "1d", *inside, "--json"])
    assert json.loads(moved.stdout)["to"].startswith("2025-03-11T08:00:00")
    assert json.loads(run("clock", "show", "--json").stdout)["now"] == DEMO_CLOCK
    assert "cleared checkpoints.db, clock, drop" in run("space", "reset", "t1").stdout
    assert "t2 is gone" in run("space", "delete", "t2").stdout
    assert json.loads(run("space", "show", "t1", "--json").stdout)["space"] == "t1"


def test_the_commands_for_the_clock(space: RunningSpace) -> None:
    data = ["--data", space.ready["data"]]

    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["clock", *words, *data])

    put = json.loads(run("set", "2025-03-10T09:30:00+01:00", "--json").stdout)
    back = run("set", "2025-03-10T09:00:00+01:00")
    following = json.loads(run("follow", "--json").stdout)
    eventually(lambda: json.loads(run("show", "--json").stdout)["now"] > put["now"])
    frozen = json.loads(run("freeze", "--json").stdout)
    still = json.loads(run("show", "--json").stdout)

    assert put["now"] == "2025-03-10T09:30:00+01:00"
    assert (back.exit_code, "later already" in back.output) == (2, True)
    assert (following["mode"], frozen["mode"]) == ("running", "frozen")
    assert still == frozen
    assert run("set", "tomorrow").exit_code == 3


def tree_of(folder: Path) -> dict[str, str]:
    """Every file below a folder, and its digest."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in found}


def test_files_handed_over_in_process_leave_the_same_bytes_and_the_same_log(
    space: RunningSpace,
) -> None:
    heads, trees = [], []
    for transport in ("sftp", "process"):
        t1 = made(space, "t1")
        t1.register(INFINO, KARIM)
        put = t1.control("PUT", "/providers/wewis", {"transport": transport})
        assert put.json() == {"party": "wewis", "automatic": True, "transport": transport}
        t1.control("POST", "/clock/advance", {"days": 3})
        heads.append(t1.verify())
        trees.append(tree_of(Path(t1.ready["data"]) / "drop"))
        space.control("DELETE", "/spaces/t1")

    assert heads[0].ok
    assert heads[0] == heads[1]
    assert trees[0] == trees[1]
    assert len(trees[0]) > 3 * 12


def test_a_provider_whose_key_is_gone_hands_nothing_over_in_process(space: RunningSpace) -> None:
    t1 = made(space, "t1")
    key = t1.space.keyring.ssh_public_blob("wewis")
    t1.space.gateway.credentials.withdraw(Proof(ProofKind.SSH_KEY, key))
    t1.control("PUT", "/providers/wewis", {"transport": "process"})

    moved = t1.control("POST", "/clock/advance", {"days": 1})

    assert moved.status_code == 500
    assert {leaf["e"] for leaf in t1.leaves()} == {"drop.login-refused"}, "it may try again"


def test_what_ends_with_the_process_waits_for_no_disk(lasting: RunningSpace) -> None:
    t1 = made(lasting, "t1")

    def paces(one: RunningSpace) -> list[int]:
        gateway = one.space.gateway
        with gateway.engine.connect() as database:
            own = database.exec_driver_sql("PRAGMA synchronous").scalar_one()
        writer: Any = gateway.log.inner
        log = writer._chain.connection.execute("PRAGMA synchronous").fetchone()[0]
        return [own, log]

    assert paces(lasting) == [2, 2]
    assert paces(t1) == [0, 0]


def test_an_upload_waits_for_the_disk_only_where_the_space_lasts(
    lasting: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    t1 = made(lasting, "t1")
    waits: list[str] = []
    fsync = os.fsync

    def told(descriptor: int) -> None:
        waits.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", told)
    for one in (lasting, t1):
        assert one.upload(f"{FLOW}_{START}.json", a_batch(KARIM))["status"] == "verdeeld"

    passing = str(Path(t1.ready["data"]))
    assert [path for path in waits if path.startswith(passing)] == []
    assert any("/wewis/in/" in path for path in waits)


@pytest.mark.parametrize("stage", ["space_app", "reopen"])
def test_what_could_not_be_made_leaves_nothing_to_who_takes_its_name(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    space.register(INFINO, KARIM)

    def fail(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(spaces, stage, fail)
        failed = space.control("POST", f"/spaces/{space.ready['space']}/clone", {"id": "t1"})
    assert failed.status_code == 500
    assert not (Path(space.ready["data"]) / "spaces" / "t1").exists()

    t1 = made(space, "t1", seed=9)
    assert t1.leaves() == []
    answer = t1.post(INFINO, TRANSACTIONS, {"insz": KARIM})
    assert answer.json()["reason"] == "not-registered"


def test_a_clone_goes_on_as_the_other_does_and_apart_from_it(space: RunningSpace) -> None:
    t1 = made(space, "t1", seed=9)
    t1.register(INFINO, KARIM)
    t1.control("POST", "/clock/advance", {"days": 1})
    t1.control("PUT", "/providers/wewis", {"transport": "process"})

    copied = space.control("POST", "/spaces/t1/clone", {"id": "t2"})

    t2 = RunningSpace(space.host, copied.json())
    assert copied.status_code == 201
    assert t2.ready["clock"] == "2025-03-11T08:00:00+01:00"
    assert t2.ready["log_key"] == t1.ready["log_key"]
    assert t2.control("GET", "/providers/wewis").json()["transport"] == "process"
    assert t2.found(INFINO) == [*t1.found(INFINO)]
    for one in (t1, t2):
        assert one.post(INFINO, TRANSACTIONS, {"insz": KARIM}).status_code == 200
        one.control("POST", "/clock/advance", {"days": 1})
    assert t1.verify().ok
    assert t1.verify() == t2.verify()
    assert tree_of(t1.space.data / "drop") == tree_of(t2.space.data / "drop")
    t1.control("POST", "/clock/advance", {"days": 1})
    assert t1.verify() != t2.verify()
    space.control("DELETE", "/spaces/t1")
    assert t2.control("POST", "/reset", {}).json()["clock"] == DEMO_CLOCK
    again = space.control("POST", "/spaces/demo/clone", {"id": "t3"})
    assert (again.status_code, names(space)) == (201, ["demo", "t2", "t3"])
    assert space.control("POST", "/spaces/nowhere/clone", {"id": "t4"}).status_code == 404
    assert space.control("POST", "/spaces/t2/clone", {"id": "t3"}).status_code == 400
