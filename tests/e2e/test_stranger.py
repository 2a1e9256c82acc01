"""A stranger with the verifier, the log's key and an address: every form that a running gateway serves."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from consumers.log_verifier import main
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, RunningSpace, a_batch

Run = Callable[..., tuple[int, Any]]


@pytest.fixture
def run(space: RunningSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The verifier with the key of this space's log; status and what it printed."""

    def run(*arguments: str) -> tuple[int, Any]:
        status = main(["--key", space.ready["log_key"], "--json", *arguments])
        return status, json.loads(capsys.readouterr().out)

    return run


def kept(space: RunningSpace, path: str, file: Path) -> str:
    answer = space.get(path)
    assert answer.status_code == 200, answer.text
    file.write_bytes(answer.content)
    return str(file)


def test_a_stranger_checks_a_running_log_its_proofs_and_its_manifests(
    space: RunningSpace, run: Run, tmp_path: Path
) -> None:
    old = kept(space, "/log/checkpoint", tmp_path / "old")
    space.register("infino", KARIM)
    space.register("ahovoks-studietoelagen", NOOR)
    asked = {"insz": NOOR, "referentiedatum": "2024-12-31"}
    decision = space.post("ahovoks-studietoelagen", CARE, asked).headers["sim-decision"]
    space.upload("jobbonusplus-mutaties_2025-03-10.json", a_batch(KARIM))
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    for unit in ("infino", "vutg-rechten"):
        with space.sftp(unit) as consumer:
            for name in consumer.files(FLOW):
                signed = consumer.manifest(FLOW, name)
                (manifests / f"{unit}-{name}.manifest.jws").write_text(signed)
    size = int(Path(kept(space, "/log/checkpoint", tmp_path / "new")).read_text().split("\n")[1])
    before = int(Path(old).read_text().split("\n")[1])
    path = f"/log/consistency?from={before}&to={size}" if before else f"/log/consistency?from={size}"  # fmt: skip
    first = old if before else str(tmp_path / "new")

    log = run("log", f"{space.http}/log", "--old", old, "--manifest", str(manifests))
    proof = run("proof", kept(space, f"/log/proof/{decision}", tmp_path / "proof"))
    grown = run("consistency", first, kept(space, path, tmp_path / "grown"))
    views = run("manifests", str(manifests))

    assert log[0] == 0, log
    assert (log[1]["manifests"], log[1]["old"]) == (2, 1)
    assert proof[0] == 0, proof
    assert (proof[1]["position"], proof[1]["entry"]["e"]) == (int(decision[2:]), "decision")
    assert grown[0] == 0, grown
    assert views[0] == 0, views


def test_an_address_where_nothing_answers_is_told_from_a_broken_log(
    space: RunningSpace, run: Run
) -> None:
    assert run("log", f"{space.http}/nowhere")[0] == 4
    assert run("log", "http://127.0.0.1:1/log")[0] == 1
