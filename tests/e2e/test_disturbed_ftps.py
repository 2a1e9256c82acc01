"""Transfers over FTPS that go wrong on purpose, and recordings of them, as ftplib and lftp meet them."""

import ftplib
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.disturbance.sessions import DisturbedSession
from tests.ftps import WITHIN_S, get, put
from tests.ftps_space import client_of, stranger
from tests.people import KARIM, NOOR
from tests.recording import lines_of, record, run
from tests.running import FLOW, RunningSpace, a_batch
from tests.waiting import eventually

UNIT = "infino"
DAYS = (date(2025, 1, 1) + timedelta(days=n) for n in count())
CUT = (EOFError, OSError, ftplib.Error)


@pytest.fixture
def space(shared_space: RunningSpace) -> Iterator[RunningSpace]:
    """A space in which karim is registered for a payer, nothing goes wrong yet and nobody delivers."""
    shared_space.begin_anew()
    shared_space.register(UNIT, KARIM)
    shared_space.control("PUT", "/providers/wewis", {"automatic": False})
    yield shared_space
    shared_space.disturb()


def wrong(space: RunningSpace, kind: str, where: str, **more: Any) -> None:
    space.disturb(Fault.model_validate({"where": where, "kind": kind, **more}))


def hits(space: RunningSpace) -> int:
    (found,) = space.control("GET", "/faults/counts").json()
    return int(found["hit"])


def deliver(space: RunningSpace) -> str:
    """A day's batch is uploaded over FTPS and distributed; where the payer's file is."""
    day = next(DAYS).isoformat()
    name = f"/in/{FLOW}/{FLOW}_{day}.json"
    with client_of(space, "wewis") as wewis:
        put(wewis, f"{name}.part", a_batch(KARIM, NOOR, day=day))
        wewis.rename(f"{name}.part", name)
    space.space.settle()
    given = [one["file"] for one in space.leaves() if one["e"] == "file.delivered" and one["credential"] == UNIT]  # fmt: skip
    return f"/uit/{FLOW}/{given[-1]}"


def sent(space: RunningSpace, path: str) -> list[tuple[str, str]]:
    """What the log says of reading a file: the door, and how it ended."""
    name = path.rpartition("/")[2]
    return [
        (one["channel"], one["outcome"])
        for one in space.leaves()
        if one["e"] == "drop.sent" and one["file"] == name
    ]


def pausing(monkeypatch: pytest.MonkeyPatch, pause: Callable[[float], object]) -> None:
    """From now on sessions wait like this."""
    make = DisturbedSession.__init__

    def made(self: Any, board: Any, unit: str, _: Any, *more: Any) -> None:
        make(self, board, unit, pause, *more)

    monkeypatch.setattr(DisturbedSession, "__init__", made)


def guess(space: RunningSpace, unit: str) -> None:
    """Somebody with a unit's certificate and another password."""
    one = space.credential(unit)
    client = stranger(space, one["certificate"], one["private_key"])
    with pytest.raises(ftplib.error_perm, match="530"):
        client.login(unit, "not-the-password")
    client.close()


def collected(space: RunningSpace) -> list[tuple[str, str]]:
    """Which files were read to their end, and at which door."""
    return [(one["channel"], one["file"]) for one in space.leaves() if one["e"] == "file.collected"]


def lftp(space: RunningSpace, unit: str, *lines: str) -> "subprocess.CompletedProcess[str]":
    """Run lftp, which insists on TLS and tries once."""
    one, door = space.credential(unit), space.ready["ftps"]
    script = [
        "set cmd:fail-exit yes", "set net:max-retries 1", "set net:timeout 20",
        "set ftp:ssl-force yes", "set ftp:ssl-protect-data yes",
        f"set ssl:ca-file {space.ready['ca']}", f"set ssl:cert-file {one['certificate']}",
        f"set ssl:key-file {one['private_key']}",
        f"open -u {unit},{door['passwords'][unit]} ftp://{door['host']}:{door['port']}", *lines,
    ]  # fmt: skip
    return subprocess.run(
        ["lftp", "--norc", "-c", "; ".join(script)], capture_output=True, text=True, timeout=50,
        check=False, env=os.environ | {"HOME": space.ready["data"], "LC_ALL": "C"},
    )  # fmt: skip


def test_a_download_ends_with_its_session_and_is_entered_as_broken(space: RunningSpace) -> None:
    path = deliver(space)
    wrong(space, "disconnect", f"drop.out.{UNIT}", nth=1)
    got = bytearray()

    with client_of(space, UNIT) as infino:
        with pytest.raises(CUT):
            infino.retrbinary(f"RETR {path}", got.extend)
        with pytest.raises(CUT):
            infino.voidcmd("NOOP")
    with client_of(space, UNIT) as infino:
        whole = get(infino, path)

    assert len(got) < len(whole)
    eventually(lambda: sent(space, path) == [("ftps", "broken")])
    assert hits(space) == 1
    assert KARIM in whole.decode()


@pytest.mark.parametrize("size", [1, 300_000])
def test_an_upload_that_breaks_off_is_not_taken_in_and_can_be_resumed(
    space: RunningSpace, size: int
) -> None:
    """A small one breaks off before it is closed, a large one after its first write."""
    day = next(DAYS).isoformat()
    path, content = f"/in/{FLOW}/{FLOW}_{day}.json", a_batch(KARIM, day=day) + b" " * size
    wrong(space, "disconnect", "drop.in.wewis", nth=1)

    with client_of(space, "wewis") as wewis:
        with pytest.raises(CUT):
            put(wewis, path, content)
        with pytest.raises(CUT):
            wewis.voidcmd("NOOP")
    space.space.settle()
    assert space.space.gateway.ledger.last_number(FLOW, date.fromisoformat(day)) == 0
    assert hits(space) == 1

    with client_of(space, "wewis") as wewis:
        came = wewis.size(path)
        assert came is not None
        assert 0 < came <= len(content)
        put(wewis, path, content[came:], rest=came)
    space.space.settle()
    assert space.space.gateway.ledger.last_number(FLOW, date.fromisoformat(day)) == 1


@pytest.mark.parametrize("kind", ["slow-drip", "latency", "jitter"])
@pytest.mark.parametrize("way", ["in", "out"])
def test_a_slow_transfer_waits_for_its_time_and_comes_whole(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch, kind: str, way: str
) -> None:
    waited: list[float] = []
    path = deliver(space)
    pausing(monkeypatch, waited.append)
    wrong(space, kind, f"drop.{way}", seconds=200)

    if way == "in":
        deliver(space)
    else:
        with client_of(space, UNIT) as infino:
            assert KARIM in get(infino, path).decode()

    assert hits(space) == 1
    assert 0 < sum(waited) <= 200
    assert kind == "jitter" or sum(waited) == pytest.approx(200)


def test_a_pause_is_nobody_elses(space: RunningSpace, monkeypatch: pytest.MonkeyPatch) -> None:
    path, is_over = deliver(space), threading.Event()
    pausing(monkeypatch, lambda _: is_over.wait(WITHIN_S))
    wrong(space, "slow-drip", f"drop.out.{UNIT}", seconds=300)

    with (
        client_of(space, UNIT) as infino,
        client_of(space, "wewis") as wewis,
        ThreadPoolExecutor(1) as beside,
    ):
        got = beside.submit(get, infino, path)
        try:
            eventually(lambda: hits(space) == 1)
            assert wewis.nlst("/") == ["in", "ontvangstbewijzen"]
        finally:
            is_over.set()
        assert KARIM in got.result(WITHIN_S).decode()


@pytest.mark.parametrize("kind", ["half-written", "corrupted"])
def test_a_damaged_file_is_damaged_here_too_and_comes_right(space: RunningSpace, kind: str) -> None:
    wrong(space, kind, f"drop.out.{UNIT}", nth=1)
    path = deliver(space)

    with client_of(space, UNIT) as infino:
        damaged = get(infino, path)
        again = f"/v1/bestanden/{path.rpartition('/')[2]}/herleveringen"
        assert space.post(UNIT, again, b"").status_code == 201
        whole = get(infino, path)

    assert damaged != whole
    assert (damaged == whole[: len(whole) // 2]) is (kind == "half-written")


@pytest.mark.needs("lftp")
def test_lftp_meets_the_same(space: RunningSpace, tmp_path: Path) -> None:
    path = deliver(space)
    file = tmp_path / "mine.json"
    wrong(space, "disconnect", f"drop.out.{UNIT}", rate=1.0)

    cut = lftp(space, UNIT, f"get {path} -o {file}")
    assert cut.returncode != 0
    assert hits(space) >= 1
    space.disturb()
    whole = lftp(space, UNIT, f"get {path} -o {tmp_path}/whole.json")

    assert whole.returncode == 0, whole.stderr
    content = (tmp_path / "whole.json").read_bytes()
    assert KARIM in content.decode()
    assert not file.exists() or len(file.read_bytes()) < len(content)
    assert ("ftps", "broken") in sent(space, path)


@pytest.mark.needs("lftp")
def test_a_day_over_ftps_is_recorded_and_comes_out_the_same(
    space: RunningSpace, tmp_path: Path
) -> None:
    record(space, "start", "ftps")
    path = deliver(space)
    name = path.rpartition("/")[2]
    with client_of(space, UNIT) as infino, space.sftp(UNIT) as beside:
        assert get(infino, f"{path}.manifest.jws").count(b".") == 2
        space.space.settle()
        assert beside.files(FLOW) == [name]
        assert beside.fetch(FLOW, name)
        eventually(lambda: ("sftp", name) in collected(space))
        space.space.settle()
        assert get(infino, path, rest=5)
        space.space.settle()
        beside.acknowledge(FLOW, name)
        space.space.settle()
    guess(space, "kidslife")
    other = deliver(space)
    done = lftp(space, UNIT, f"get {other} -o {tmp_path}/mine.json",
                f"mv {other} /archief/{other.rpartition('/')[2]}")  # fmt: skip
    assert done.returncode == 0, done.stderr
    space.space.settle()
    file = Path(json.loads(record(space, "stop", "--json").stdout)["file"])

    lines = lines_of(file)
    did = {(one.get("do"), one.get("door")) for one in lines if one["kind"] == "drop"}
    both = {("login", "ftps"), ("login", "sftp"), ("get", "ftps"), ("get", "sftp")}
    assert did >= both | {("put", "ftps"), ("rename", "ftps"), ("acknowledge", "ftps")}
    text = file.read_text("utf-8")
    passwords = space.ready["ftps"]["passwords"].values()
    assert [one for one in [*passwords, "not-the-password"] if one in text] == []
    told = json.loads(run("replay", str(file), "--json").stdout)
    assert (told["first"], told["not_played"], told["equal"]) == (None, [], True)


def test_the_log_of_all_this_verifies(space: RunningSpace) -> None:
    assert space.verify().ok
