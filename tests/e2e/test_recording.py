"""What came from outside is written down without what opens doors, and comes out the same when it is played."""

import json
from pathlib import Path
from typing import Any

import paramiko
import pytest

from consumers.wire_sftp import SftpClient
from gateway.settings import DEMO_CLOCK
from gateway.simulation.provider_doors import ProviderDoors
from tests.people import ELIF, KARIM, NOOR
from tests.recording import Line, lines_of, record, run
from tests.running import CARE, FLOW, START, TRANSACTIONS, RunningSpace, a_batch

AHOVOKS, INFINO = "ahovoks-studietoelagen", "infino"
ACTS = "/v1/protocollen/001/gebeurtenissen"


@pytest.fixture
def space(shared_space: RunningSpace) -> RunningSpace:
    """The default space of one process, fresh."""
    shared_space.begin_anew()
    return shared_space


def live(space: RunningSpace) -> None:
    """A tester's day, one thing after the other."""
    space.post(INFINO, TRANSACTIONS, {"insz": KARIM})
    space.register(INFINO, KARIM, ELIF)
    space.register(AHOVOKS, NOOR)
    space.post(INFINO, TRANSACTIONS, {"insz": KARIM}, x_correlation_id="mine-1")
    space.post(AHOVOKS, CARE, {"insz": NOOR, "referentiedatum": START}, Sim_Case="Z-17")
    space.post(None, CARE, b"{")
    space.get(TRANSACTIONS, Authorization="Bearer not-a-token-that-counts")
    with space.soap_client(INFINO) as client:
        client.transactions(KARIM)
    space.control("POST", "/clock/advance", {"days": 1})
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.upload(f"{FLOW}_2025-03-11.json", a_batch(KARIM, day="2025-03-11"))
    space.control("POST", "/clock/advance", {"days": 1})
    with space.sftp(INFINO) as consumer:
        for name in consumer.files(FLOW):
            for do in (consumer.fetch, consumer.manifest, consumer.acknowledge):
                do(FLOW, name)
                space.space.settle()
    door = space.ready["sftp"]
    wrong = Path(space.credential("kidslife")["sftp_key"]).read_text("utf-8")
    with pytest.raises(paramiko.AuthenticationException):
        SftpClient(door["host"], door["port"], door["host_key"], INFINO, wrong)
    act = {"soort": "schorsing", "partij": "parentia", "door": "wewis"}
    shown = {"Authorization": f"Bearer {space.ready['control_token']}"}
    acted = space.post(None, ACTS, act, Content_Type="application/json", **shown)
    assert acted.status_code == 201, acted.text
    space.space.settle()
    space.control("POST", "/personas/noor/login")


def recorded(space: RunningSpace, name: str) -> Path:
    assert "recording to" in record(space, "start", name).stdout
    live(space)
    stopped = json.loads(record(space, "stop", "--json").stdout)
    assert stopped["recording"] is False
    file = Path(stopped["file"])
    assert stopped["events"] == len(lines_of(file)) - 1
    return file


def test_a_recording_comes_out_the_same_and_a_change_is_found(
    space: RunningSpace, tmp_path: Path
) -> None:
    file = recorded(space, "one")

    told = run("replay", str(file), "--json")

    assert json.loads(told.stdout)["first"] is None, told.stdout
    found = json.loads(told.stdout)
    lines = lines_of(file)
    assert (told.exit_code, found["equal"], found["same"]) == (0, True, len(lines) - 1)
    assert found["not_played"] == []
    kinds = {(line["kind"], line.get("do")) for line in lines}
    assert {("http", None), ("drop", "put"), ("drop", "get"), ("drop", "acknowledge"),
            ("drop", "login-refused"), ("recording", None), ("end", None)} <= kinds  # fmt: skip
    assert not any(line.get("by") == "wewis" and line.get("path", "").endswith("2025-03-10.json") for line in lines)  # fmt: skip
    assert lines[-1]["log"]["size"] == space.space.gateway.log.size
    opened_by = {line.get("by") for line in lines}
    assert {INFINO, AHOVOKS, "wewis", "control", "stranger"} <= opened_by

    at = next(n for n, line in enumerate(lines) if line.get("path") == CARE and line["answer"]["status"] == 200)  # fmt: skip
    changed = tmp_path / "changed.ndjson"
    lines[at]["answer"]["sha256"] = "0" * 64
    lines[-1]["files"] = "0" * 64
    changed.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    other = json.loads(run("replay", str(changed), "--json").stdout)
    assert (other["different"], other["first"]["n"]) == (2, at)
    assert other["first"]["members"] == ["answer.sha256"]
    first = run("replay", str(changed), "--until-first-difference")
    assert first.exit_code == 1
    assert f"the first different event is number {at}: answer.sha256" in first.stdout
    later = json.loads(run("replay", str(changed), "--from", "2025-03-12", "--json").stdout)
    assert (later["different"], later["first"]["members"]) == (1, ["files"])
    between = run("diff", str(file), str(changed))
    assert f"the first different event is number {at}" in between.stdout


def test_a_request_during_a_move_makes_nothing_of_the_provider_an_event_from_outside(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, asked = ProviderDoors.deliver, []

    def asking_first(self: ProviderDoors, name: str, content: bytes, over: str) -> None:
        told = space.control("POST", "/personas/noor/login")  # it begins and ends within the move
        asked.append(told.status_code)
        deliver(self, name, content, over=over)

    record(space, "start", "moved")
    with monkeypatch.context() as patched:
        patched.setattr(ProviderDoors, "deliver", asking_first)
        space.control("POST", "/clock/advance", {"days": 1})
    space.space.settle()
    stopped = json.loads(record(space, "stop", "--json").stdout)
    lines = lines_of(Path(stopped["file"]))

    assert asked == [200]
    assert [line["path"] for line in lines if line["kind"] == "http"][-1] == "/_sim/clock/advance"
    assert [line for line in lines if line["kind"] == "drop"] == []


def test_nothing_that_opens_a_door_is_written_down(space: RunningSpace) -> None:
    record(space, "start", "secret")
    token = space.ready["control_token"]
    space.post(INFINO, TRANSACTIONS, {"insz": KARIM, "token": space.credential(INFINO)["token"]})
    space.get(f"{TRANSACTIONS}?t={token}", Authorization="Bearer made-up-token-4711")
    space.post(None, "/oauth/token", b"client_assertion=eyJhbGciOi", content_type="application/x-www-form-urlencoded")  # fmt: skip
    login = space.control("POST", "/personas/noor/login").json()["token"]
    space.get("/mijn/raadplegingen", Authorization=f"Bearer {login}")
    with space.sftp("zele-financien") as zele:
        zele.files("zele-betaalbestand")
    file = Path(json.loads(record(space, "stop", "--json").stdout)["file"])

    text = file.read_text("utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    secrets = [token, login, "made-up-token-4711", "eyJhbGciOi"]
    for one in space.ready["credentials"].values():
        secrets += [one["token"], one["sftp_password"] or token, one["sftp_totp"] or token]
    assert [secret for secret in secrets if secret in text] == []
    assert "(hidden)" in text
    assert {"/oauth/token", "/mijn/raadplegingen"} <= {line.get("path") for line in lines_of(file)}
    told = json.loads(run("replay", str(file), "--json").stdout)
    assert (told["equal"], told["not_played"]) == (True, [])


def test_a_space_that_had_lived_is_played_from_the_snapshot_beside(
    space: RunningSpace, tmp_path: Path
) -> None:
    space.control("PUT", "/providers/wewis", {"transport": "process"})
    space.register(INFINO, KARIM)
    space.control("POST", "/clock/advance", {"days": 1})
    record(space, "start", "later")
    space.post(INFINO, TRANSACTIONS, {"insz": KARIM})
    space.control("POST", "/clock/advance", {"days": 1})
    file = Path(json.loads(record(space, "stop", "--json").stdout)["file"])

    told = run("replay", str(file))
    alone = tmp_path / "alone.ndjson"
    alone.write_bytes(file.read_bytes())
    without = run("replay", str(alone))

    assert told.stdout == "equal: 3 events\n"
    assert (without.exit_code, "alone.zip, the snapshot" in without.output) == (3, True)


PUT_BEFORE = [
    ("PUT", "/throttle", {"each": {"rate": 100.0, "burst": 100}}),
    ("PUT", "/providers/wewis", {"automatic": False}),
    ("PUT", "/faults", [{"where": "source.zorgtoeslag", "kind": "busy", "nth": 1}]),
    ("PUT", "/clock", {"at": "2025-03-10T08:00:01+01:00"}),
    ("POST", "/world/change", {"insz": KARIM, "what": "died", "on": "2025-03-12"}),
]


@pytest.mark.parametrize("call", [None, *PUT_BEFORE], ids=lambda call: call and call[1])
def test_what_was_put_before_goes_along_in_the_snapshot_beside(
    space: RunningSpace, call: tuple[str, str, Any] | None
) -> None:
    if call is not None:
        assert space.control(*call).status_code == 200
    record(space, "start", "before")
    file = Path(json.loads(record(space, "stop", "--json").stdout)["file"])

    assert ("on" in lines_of(file)[0]) is file.with_suffix(".zip").exists() is (call is not None)


def test_who_is_in_session_when_it_begins_must_log_in_again(space: RunningSpace) -> None:
    with space.sftp(INFINO) as consumer:
        assert consumer.files(FLOW) == []
        record(space, "start", "again")
        with pytest.raises((EOFError, OSError)):
            consumer.files(FLOW)
    record(space, "stop")


def test_recordings_are_one_at_a_time_and_end_with_the_space(space: RunningSpace) -> None:
    assert record(space, "show").stdout == "nothing is recorded\n"
    assert record(space, "stop").exit_code == 2
    assert "cannot be the name" in record(space, "start", "../x").output
    refused = record(space, "start", KARIM)
    assert (refused.exit_code, KARIM in refused.output) == (2, False)
    record(space, "start", "a")
    assert "recorded already" in record(space, "start", "b").output
    assert "0 events in" in record(space, "show").stdout
    space.control("POST", "/reset", {})
    assert record(space, "show").stdout == "nothing is recorded\n"
    space.control("PUT", "/clock", {"mode": "running"})
    assert "freeze the clock" in record(space, "start", "c").output


@pytest.mark.parametrize(
    "lines",
    [[], [{"n": 0, "kind": "run"}], [{"n": 0, "kind": "recording"}],
     [{"n": 0, "kind": "recording", "space": "demo", "seed": "x", "people": 0, "clock": DEMO_CLOCK}],
     [{"n": 0, "kind": "recording", "space": "demo", "seed": 1, "people": 0, "clock": DEMO_CLOCK}, {"n": 1}],
     [{"n": 0, "kind": "recording", "space": "demo", "seed": 1, "people": 0, "clock": DEMO_CLOCK},
      {"n": 1, "kind": "drop", "do": "get", "by": "nobody", "at": DEMO_CLOCK}]],
)  # fmt: skip
def test_what_cannot_be_played_is_told(tmp_path: Path, lines: list[Line]) -> None:
    file = tmp_path / "x.ndjson"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    told = run("replay", str(file))

    assert told.exit_code == 3, told.output
    assert "x.ndjson:1:" in told.output or "event 1 cannot be played" in told.output
