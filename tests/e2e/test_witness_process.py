"""A witness as a process of its own beside a running space: cosigned checkpoints, and a fork that gets none."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from consumers import log_verifier
from gateway.adapters.signing import LogNotary, cosigned_at, verify_checkpoint
from gateway.cli.main import app
from gateway.domain.checkpoint import Checkpoint, read_checkpoint, read_note
from gateway.domain.log_check import Head
from gateway.domain.taken_back import TakenBack
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import ELIF, KARIM
from tests.running import FLOW, RunningSpace, a_batch
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(180)


class Started:
    """The process, where it answers, and the key it cosigns with."""

    def __init__(self, data: Path, log_key: str) -> None:
        self.data = data
        command = [sys.executable, "-m", "gateway", "witness", "serve", "--data", str(data),
                   "--log", log_key, "--port", "0"]  # fmt: skip
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.setting = self.process.stdout.readline().strip().removeprefix("MAGDA_SIM_WITNESSES=")
        self.url, _, self.key = self.setting.partition("#")

    def end(self) -> None:
        assert self.process.stdout is not None
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


def a_space(folder: Path, witnesses: str = "") -> Host:
    options = Settings(
        data=folder, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, witnesses=witnesses
    )
    return Host(options)


@pytest.fixture
def log_key(tmp_path: Path) -> str:
    """The key of a demo space's log, which follows from its seed."""
    host = a_space(tmp_path / "first")
    key: str = host.start()["log_key"]
    host.stop()
    return key


@pytest.fixture
def witness(tmp_path: Path, log_key: str) -> Iterator[Started]:
    started = Started(tmp_path / "witness", log_key)
    yield started
    started.end()


def is_cosigned(space: RunningSpace, size: int) -> bool:
    answer = space.get("/log/checkpoint/cosigned")
    return answer.status_code == 200 and int(answer.text.split("\n")[1]) >= size


def released(space: RunningSpace) -> int:
    """A file is released; how large the published log is."""
    space.register("infino", KARIM)
    space.upload(f"{FLOW}_2025-03-10.json", a_batch(KARIM))
    return int(space.get("/log/checkpoints").json()["items"][-1]["size"])


def kept_by(witness: Started) -> str:
    """The last checkpoint that it cosigned."""
    asked = {"origin": "magda-sim.local/demo"}
    return httpx.get(f"{witness.url}/checkpoint", params=asked, trust_env=False).text


def checked(data: Path, kept: Path, witness: Started) -> tuple[int, str]:
    """What `audit verify` says of a log beside what a witness kept."""
    what = ["--checkpoint", str(kept), "--witness", witness.key, "--data", str(data)]
    done = CliRunner().invoke(app, ["audit", "verify", *what])
    return done.exit_code, done.output


def witnessed(data: Path, out: Path, capsys: pytest.CaptureFixture[str], *keys: str) -> int | None:
    """How far witnesses saw the log, by the verifier alone and a bundle of this folder; `None` if they did not."""
    asked = ["--protocol", "001", "--from", "2025-03-01", "--to", "2025-04-01", "--out", str(out)]
    done = CliRunner().invoke(app, ["evidence", *asked, "--data", str(data)])
    assert done.exit_code == 0, done.output
    capsys.readouterr()
    trusted = [part for key in keys for part in ("--key", key)]
    if log_verifier.main([*trusted, "--json", "bundle", str(out)]) == log_verifier.BROKEN:
        return None
    return int(json.loads(capsys.readouterr().out)["witnessed"])


def test_what_is_published_is_cosigned_and_a_fork_is_not(
    tmp_path: Path, log_key: str, witness: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    host, out = a_space(tmp_path / "space", witness.setting), tmp_path / "x.zip"
    space = RunningSpace(host, host.start())
    try:
        size = released(space)
        eventually(lambda: is_cosigned(space, size), within_s=40)
        text = space.get(f"/log/checkpoints/{size}").text
        assert space.get("/log/checkpoints").json()["items"][-1]["cosignatures"] == 1
    finally:
        host.stop()
    assert cosigned_at(text, witness.key) > 0
    assert verify_checkpoint(text, log_key)[0] == size
    kept = tmp_path / "kept"
    kept.write_text(kept_by(witness), "utf-8")
    assert kept.read_text("utf-8") == text
    assert checked(tmp_path / "space", kept, witness)[0] == 0
    assert witnessed(tmp_path / "space", out, capsys, log_key, witness.key) == size

    # the same name and key, another past: nobody but the witness can tell
    host = a_space(tmp_path / "fork", witness.setting)
    fork = RunningSpace(host, host.start())
    try:
        fork.register("infino", ELIF)
        assert released(fork) > size
    finally:
        host.stop()
    assert kept_by(witness) == text
    assert witnessed(tmp_path / "fork", out, capsys, log_key, witness.key) is None
    status, output = checked(tmp_path / "fork", kept, witness)
    assert (status, "are not those" in output) == (4, True)


def shown(witness: Started) -> dict[str, Any]:
    """What the keeper of the witness is told of the one log."""
    done = CliRunner().invoke(app, ["witness", "show", "--data", str(witness.data), "--json"])
    (row,) = json.loads(done.stdout)
    assert (done.exit_code == 0) is (row["state"] == "it only grew")
    found: dict[str, Any] = row
    return found


def another(space: RunningSpace, number: int, *persons: str) -> int:
    """One more file is released; how large the published log is."""
    space.upload(f"{FLOW}_2025-03-10_{number}.json", a_batch(*persons, number=number))
    return int(space.get("/log/checkpoints").json()["items"][-1]["size"])


def heard(caplog: pytest.LogCaptureFixture) -> str:
    """What the gateway said to whoever runs it, also while the test was prepared."""
    return " ".join(one.getMessage() for when in ("setup", "call") for one in caplog.get_records(when))  # fmt: skip


@pytest.fixture
def restored(tmp_path: Path, witness: Started) -> Iterator[tuple[RunningSpace, int, int]]:
    """A space that was taken back behind what a witness cosigned: to how many entries, and how many that were."""
    host = a_space(tmp_path / "space", witness.setting)
    space = RunningSpace(host, host.start())
    try:
        early = released(space)
        eventually(lambda: is_cosigned(space, early), within_s=40)
        assert space.control("POST", "/snapshots", {"name": "then"}).status_code == 201
        late = another(space, 2, KARIM, ELIF)
        eventually(lambda: is_cosigned(space, late), within_s=40)
        (tmp_path / "kept").write_text(kept_by(witness), "utf-8")
        assert space.control("POST", "/snapshots/then/restore").status_code == 200
        yield space, space.space.gateway.log.size, late
    finally:
        host.stop()


def test_a_restored_log_is_told_apart_from_a_fork_and_fits_again_where_it_goes_the_same_way(
    tmp_path: Path,
    restored: tuple[RunningSpace, int, int],
    witness: Started,
    caplog: pytest.LogCaptureFixture,
) -> None:
    space, size, late = restored
    eventually(lambda: shown(witness)["taken_back_to"] == size, within_s=40)

    assert size < late
    assert shown(witness)["cosigned"] == late
    assert "took it back" in shown(witness)["state"]
    eventually(lambda: "knows that a snapshot was restored" in heard(caplog), within_s=40)
    assert "knows of no restored" not in heard(caplog)
    status, output = checked(tmp_path / "space", tmp_path / "kept", witness)
    assert (status, f"to {size} entries, and undid what you kept: that is no fork" in output) == (4, True)  # fmt: skip

    assert another(space, 2, KARIM, ELIF) == late  # the same commands give the same log
    eventually(lambda: is_cosigned(space, late), within_s=40)
    assert shown(witness)["state"] == "it only grew"
    assert kept_by(witness).startswith((tmp_path / "kept").read_text("utf-8").rpartition("\n\n")[0])


def test_a_restored_log_is_not_cosigned_until_the_keeper_accepts_it(
    tmp_path: Path, restored: tuple[RunningSpace, int, int], witness: Started
) -> None:
    space, size, late = restored
    eventually(lambda: shown(witness)["taken_back_to"] == size, within_s=40)
    grown = max(
        another(space, number, ELIF) for number in range(2, 5)
    )  # longer than what was undone
    assert grown > late

    assert refusals(witness, space, late) == {423}
    assert kept_by(witness) == (tmp_path / "kept").read_text("utf-8")
    assert not is_cosigned(space, late)

    log = ["magda-sim.local/demo", "--data", str(witness.data)]
    accepted = CliRunner().invoke(app, ["witness", "accept", *log])
    assert (accepted.exit_code, f"cosigned from {size} entries on" in accepted.stdout) == (0, True)
    eventually(lambda: is_cosigned(space, grown), within_s=40)
    assert shown(witness) == {"log": log[0], "cosigned": grown, "state": "it only grew",
                              "taken_back_to": None, "key": None}  # fmt: skip
    assert CliRunner().invoke(app, ["witness", "accept", *log]).exit_code == 1


def test_restores_one_after_the_other_are_accepted_one_after_the_other(
    tmp_path: Path, witness: Started, log_key: str
) -> None:
    """What was undone second is what the first left; the new life goes another way than the old one."""
    host = a_space(tmp_path / "space", witness.setting)
    space = RunningSpace(host, host.start())
    sizes: list[int] = []
    try:
        for name in ("s1", "s2", "late"):
            number = len(sizes) + 1
            sizes.append(released(space) if number == 1 else another(space, number, KARIM, ELIF))
            eventually(lambda: is_cosigned(space, sizes[-1]), within_s=40)
            assert space.control("POST", "/snapshots", {"name": name}).status_code == 201
        late = shown(witness)["cosigned"]
        for name in ("s2", "s1"):
            assert space.control("POST", f"/snapshots/{name}/restore").status_code == 200
        size = space.space.gateway.log.size
        space.post("infino", "/v1/werk/jobbonusplus-verrichtingen/bevraging", {"insz": ELIF})
        grown = another(space, 2, ELIF)  # another file than in the first life
        log = ["magda-sim.local/demo", "--data", str(witness.data)]
        backs: list[int] = []
        for _ in range(2):
            eventually(lambda: shown(witness)["taken_back_to"] is not None, within_s=40)
            assert "took it back" in shown(witness)["state"]
            assert shown(witness)["cosigned"] in (late, *range(size, late))
            backs.append(shown(witness)["taken_back_to"])
            assert CliRunner().invoke(app, ["witness", "accept", *log]).exit_code == 0
        assert len(set(backs)) == 2
        assert backs[-1] == size
        eventually(lambda: is_cosigned(space, grown), within_s=40)
        assert shown(witness) == {"log": log[0], "cosigned": grown, "state": "it only grew",
                                  "taken_back_to": None, "key": None}  # fmt: skip
    finally:
        host.stop()


def refusals(witness: Started, space: RunningSpace, old: int) -> set[int]:
    """What the witness answers to the log as it is now, with the best proof that it has."""
    text = space.get(f"/log/consistency?from={old}").text
    answer = httpx.post(f"{witness.url}/add-checkpoint", content=text.encode(), trust_env=False)
    return {answer.status_code}


def test_a_fork_is_told_as_one_and_a_statement_of_another_key_is_not_believed(
    tmp_path: Path, log_key: str, witness: Started
) -> None:
    host = a_space(tmp_path / "space", witness.setting)
    space = RunningSpace(host, host.start())
    try:
        size = released(space)
        eventually(lambda: is_cosigned(space, size), within_s=40)
    finally:
        host.stop()
    host = a_space(tmp_path / "fork")
    fork = RunningSpace(host, host.start())
    try:
        fork.register("infino", ELIF)
        assert released(fork) > size
        assert refusals(witness, fork, size) == {422}
        known = read_checkpoint(read_note(kept_by(witness)).body)
        now = Checkpoint(known.origin, 1, known.root)
        lie = TakenBack(now, log_key, [known]).body
        stranger = LogNotary(Ed25519PrivateKey.generate(), known.origin, lambda: Head(0, b""))
        beside = TakenBack(now, log_key, [Checkpoint(known.origin, size, b"x" * 32)]).body
        unknown = TakenBack(Checkpoint("elsewhere", 1, known.root), log_key, [known]).body
        own = fork.space.gateway.notary
        for text, status in ((stranger.signed(lie), 403), (own.signed(beside), 422), ("x", 400),
                             (own.signed(unknown), 404), (own.checkpoint(), 400)):  # fmt: skip
            told = httpx.post(f"{witness.url}/taken-back", content=text.encode(), trust_env=False)
            assert told.status_code == status, told.text
    finally:
        host.stop()

    row = shown(witness)
    assert (row["cosigned"], row["taken_back_to"]) == (size, None)
    assert row["state"].startswith("a fork, or a log that was begun anew: the proof does not show")
    assert CliRunner().invoke(app, ["witness", "accept", row["log"], "--data", str(witness.data)]).exit_code == 1  # fmt: skip


def test_a_space_whose_witness_is_away_goes_on(tmp_path: Path, log_key: str) -> None:
    first = Started(tmp_path / "witness", log_key)
    first.end()
    host = a_space(tmp_path / "space", first.setting)
    space = RunningSpace(host, host.start())
    try:
        size = released(space)  # nothing waits for a witness
        assert space.get("/log/checkpoint/cosigned").status_code == 404
        assert size >= 1
    finally:
        host.stop()


def test_a_witness_tells_its_key_and_keeps_it(tmp_path: Path) -> None:
    tell = ["witness", "key", "--data", str(tmp_path / "w"), "--name", "w.example/1"]

    first, again = (CliRunner().invoke(app, tell) for _ in range(2))

    assert first.exit_code == 0
    assert first.output == again.output
    assert first.output.startswith("w.example/1+")
    assert (tmp_path / "w" / "witness.key").stat().st_mode & 0o777 == 0o600
    (tmp_path / "w" / "witness.key").write_bytes(b"short")
    assert CliRunner().invoke(app, tell).exit_code == 3
    serve = ["witness", "serve", "--data", str(tmp_path / "v"), "--log", "nonsense", "--port", "0"]
    assert CliRunner().invoke(app, serve).exit_code == 3


def test_what_is_no_submission_is_answered_all_the_same(witness: Started) -> None:
    def post(content: bytes) -> int:
        return httpx.post(f"{witness.url}/add-checkpoint", content=content, trust_env=False).status_code  # fmt: skip

    assert post(b"x" * 70_000) == 413
    assert post(b"\xff\xfe") == 400
    assert post(b"") == 400
    assert httpx.get(f"{witness.url}/key", trust_env=False).text.strip() == witness.key
    assert httpx.get(f"{witness.url}/checkpoint?origin=x", trust_env=False).status_code == 404
