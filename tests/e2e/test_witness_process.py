"""A witness as a process of its own beside a running space: cosigned checkpoints, and a fork that gets none."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from consumers import log_verifier
from gateway.adapters.signing import cosigned_at, verify_checkpoint
from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import ELIF, KARIM
from tests.running import FLOW, RunningSpace, a_batch
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(180)


class Started:
    """The process, where it answers, and the key it cosigns with."""

    def __init__(self, data: Path, log_key: str) -> None:
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
