"""Files that come late, half, damaged, out of order, twice or not at all, as real SFTP clients meet them."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import paramiko
import pytest
from typer.testing import CliRunner

from consumers.wire_sftp import SftpClient
from gateway.cli.main import app
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.disturbance.store import RELEASE_JOB
from tests.people import KARIM, NOOR
from tests.running import FLOW, RunningSpace, a_batch
from tests.waiting import eventually

UNIT, OUT = "infino", "drop.out.infino"
DAYS = (date(2025, 1, 1) + timedelta(days=n) for n in count())
BROKEN = (OSError, EOFError, paramiko.SSHException)


@pytest.fixture
def space(shared_space: RunningSpace) -> Iterator[RunningSpace]:
    """A space in which karim is registered for a payer, nothing goes wrong yet and nobody delivers."""
    shared_space.disturb()
    shared_space.register(UNIT, KARIM)
    shared_space.control("PUT", "/providers/wewis", {"automatic": False})
    yield shared_space
    shared_space.disturb()


def wrong(space: RunningSpace, kind: str, where: str = OUT, **more: Any) -> None:
    space.disturb(Fault.model_validate({"where": where, "kind": kind, **more}))


def deliver(space: RunningSpace) -> str:
    """A day's batch is uploaded and distributed; the name of the payer's file."""
    day = next(DAYS).isoformat()
    receipt = space.upload(f"{FLOW}_{day}.json", a_batch(KARIM, NOOR, day=day))
    assert receipt["status"] == "verdeeld"
    given = [one["file"] for one in space.leaves() if one["e"] == "file.delivered" and one["credential"] == UNIT]  # fmt: skip
    return str(given[-1])


def promised(drop: SftpClient, name: str) -> dict[str, Any]:
    """What the manifest says of a file."""
    payload = drop.manifest(FLOW, name).split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return told


def is_right(drop: SftpClient, name: str) -> bool:
    content = drop.fetch(FLOW, name)
    return hashlib.sha256(content).hexdigest() == str(promised(drop, name)["sha256"])


def pass_time(space: RunningSpace, seconds: int) -> list[str]:
    """The clock moves; what became of the files whose time came."""
    answer = space.control("POST", "/clock/advance", {"seconds": seconds})
    return [job["outcome"] for job in answer.json()["jobs"] if job["job"] == RELEASE_JOB]


def check(space: RunningSpace, drop: SftpClient, folder: Path, name: str) -> dict[str, Any]:
    """What the offline check says of this one file, fetched with its manifest."""
    folder.mkdir()
    (folder / f"{name}.manifest.jws").write_text(drop.manifest(FLOW, name))
    if name in drop.files(FLOW):
        (folder / name).write_bytes(drop.fetch(FLOW, name))
    (folder / "keys.json").write_bytes(space.get("/log/keys").content)
    done = CliRunner().invoke(
        app, ["drop", "check", str(folder), "--json", "--keys", str(folder / "keys.json")]
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_a_missing_file_is_a_gap_until_it_is_asked_for(space: RunningSpace, tmp_path: Path) -> None:
    wrong(space, "missing")
    name = deliver(space)

    with space.sftp(UNIT) as drop:
        number = promised(drop, name)["volgorde"]
        assert name not in drop.files(FLOW)
        assert number in check(space, drop, tmp_path / "mine", name)["missing"]
        again = space.post(UNIT, f"/v1/bestanden/{name}/herleveringen", b"")
        assert again.status_code == 201
        assert is_right(drop, name)


def test_a_late_file_comes_when_its_time_has_come(space: RunningSpace) -> None:
    wrong(space, "late", seconds=600)
    name = deliver(space)

    with space.sftp(UNIT) as drop:
        assert name not in drop.files(FLOW)
        assert pass_time(space, 599) == []
        assert pass_time(space, 1) == ["released"]
        assert is_right(drop, name)


def test_a_half_written_file_is_whole_a_minute_later(space: RunningSpace) -> None:
    wrong(space, "half-written")
    name = deliver(space)

    with space.sftp(UNIT) as drop:
        first = drop.fetch(FLOW, name)
        assert pass_time(space, 60) == ["released"]
        whole = drop.fetch(FLOW, name)
        assert is_right(drop, name)

    assert first == whole[: len(whole) // 2]


def test_a_corrupted_file_shows_in_the_check_and_comes_right_when_asked_for(
    space: RunningSpace, tmp_path: Path
) -> None:
    wrong(space, "corrupted")
    name = deliver(space)

    with space.sftp(UNIT) as drop:
        damaged = drop.fetch(FLOW, name)
        number = promised(drop, name)["volgorde"]
        assert check(space, drop, tmp_path / "mine", name)["changed"] == [number]
        drop.acknowledge(FLOW, name)
        space.post(UNIT, f"/v1/bestanden/{name}/herleveringen", b"")
        right = drop.fetch(FLOW, name)
        assert is_right(drop, name)

    assert len(damaged) == len(right)
    assert damaged != right
    assert all(bad in (good, 0) for bad, good in zip(damaged, right, strict=True))


def test_a_file_comes_after_the_next_one(space: RunningSpace) -> None:
    wrong(space, "reordered", nth=1)

    first = deliver(space)
    with space.sftp(UNIT) as drop:
        before = drop.files(FLOW)
        second = deliver(space)
        after = drop.files(FLOW)
        assert is_right(drop, first)

    assert first not in before
    assert {first, second} <= set(after)


def test_a_file_comes_twice_and_each_time_it_is_fetched_is_entered(space: RunningSpace) -> None:
    wrong(space, "duplicate", nth=1)
    name = deliver(space)

    for turn in range(2):
        with space.sftp(UNIT) as drop:
            assert is_right(drop, name)
            drop.acknowledge(FLOW, name)
        space.space.settle()
        assert pass_time(space, 3_600) == (["released"] if turn == 0 else [])

    with space.sftp(UNIT) as drop:
        assert name in drop.archived(FLOW)
    kinds = [leaf["e"] for leaf in space.leaves() if leaf.get("file") == name]
    assert kinds.count("file.collected") == 2


def test_other_folders_manifests_and_receipts_are_left_alone(space: RunningSpace) -> None:
    wrong(space, "missing")
    deliver(space)
    name = deliver(space)

    assert [one["where"] for one in space.control("GET", "/faults").json()] == [OUT]
    assert space.control("GET", "/faults/counts").json()[0]["seen"] == 2
    with space.sftp("parentia") as drop:
        shown = [one for one in drop.files(FLOW) if one.split("_")[1] == name.split("_")[1]]
    assert len(shown) == 1


def test_what_is_held_back_goes_with_the_right_to_it(space: RunningSpace) -> None:
    wrong(space, "late", where="drop.out.kidslife", seconds=60)
    day = next(DAYS).isoformat()
    space.upload(f"{FLOW}_{day}.json", a_batch(KARIM, day=day))
    base = space.space.data / "drop" / "kidslife" / ".held"
    held = [path for path in base.rglob("*") if path.is_file()]
    assert len(held) == 1

    space.space.gateway.files.worker.call(
        lambda: space.space.gateway.files.closing.withdraw("kidslife", held[0].name)
    ).result()

    assert pass_time(space, 60) == ["not there any more"]
    assert [path for path in base.rglob("*") if path.is_file()] == []
    with space.sftp("kidslife") as drop:
        assert held[0].name not in drop.files(FLOW)


def test_a_download_breaks_off_and_is_entered_as_broken(space: RunningSpace) -> None:
    name = deliver(space)
    wrong(space, "disconnect", nth=1)

    with pytest.raises(BROKEN), space.sftp(UNIT) as drop:
        drop.fetch(FLOW, name)
    with space.sftp(UNIT) as drop:
        whole = drop.fetch(FLOW, name)

    def sent() -> list[dict[str, Any]]:
        return [one for one in space.leaves() if one["e"] == "drop.sent" and one["file"] == name]

    eventually(lambda: len(sent()) == 1)
    assert (sent()[0]["outcome"], sent()[0]["bytes"] < len(whole)) == ("broken", True)


def test_an_upload_that_breaks_off_is_not_taken_in(space: RunningSpace) -> None:
    day = next(DAYS).isoformat()
    name, content = f"{FLOW}_{day}.json", a_batch(KARIM, day=day)
    wrong(space, "disconnect", where="drop.in.wewis", nth=1)

    with pytest.raises(BROKEN), space.sftp("wewis") as provider:
        provider.upload(FLOW, name, content)
    space.space.settle()
    assert space.space.gateway.ledger.last_number(FLOW, date.fromisoformat(day)) == 0

    assert space.upload(name, content)["status"] == "verdeeld"


@pytest.mark.parametrize("kind", ["slow-drip", "latency", "jitter"])
def test_a_slow_transfer_comes_whole(space: RunningSpace, kind: str) -> None:
    name = deliver(space)
    wrong(space, kind, seconds=0.3)
    began = time.monotonic()

    with space.sftp(UNIT) as drop:
        assert is_right(drop, name)

    if kind != "jitter":
        assert time.monotonic() - began > 0.25


def test_the_files_of_a_space_beside_are_its_own(space: RunningSpace) -> None:
    beside = RunningSpace(space.host, space.control("POST", "/spaces", {"id": "beside"}).json())
    wrong(space, "disconnect", where="drop.out")
    try:
        beside.upload(f"{FLOW}_2025-03-10.json", a_batch(KARIM))
        assert len(beside.found(UNIT)) == 1
        beside.disturb(Fault(where=OUT, kind="disconnect"))
        with pytest.raises(BROKEN):
            beside.found(UNIT)
    finally:
        space.control("DELETE", "/spaces/beside")


def test_the_log_of_all_this_verifies(space: RunningSpace) -> None:
    assert space.verify().ok
