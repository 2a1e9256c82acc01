"""Uploads and downloads when somebody dies in the middle (hostile test 25): nothing half is seen, nothing is lost."""

import os
import random
import signal
import subprocess
import threading
import time
from hashlib import sha256
from pathlib import Path

import paramiko
import pytest

from gateway.contracts.drop import Outcome
from sftp_drop.arrivals import StagedArrivals
from sftp_drop.drop_store import DropStore
from sftp_drop.limits import Limits
from sftp_drop.wire import Code, Kind, string
from tests.drop import FLOW, USER, Drop
from tests.drop_process import drop_process
from tests.raw_sftp import APPEND, CREATE, TRUNCATE, WRITE, u32, u64
from tests.waiting import eventually

INBOX = f"in/{FLOW}"
WHOLE = random.Random(7).randbytes(3_000_000)


def shown(drop: Drop) -> set[str]:
    return {one.name for one in (drop.root / INBOX).iterdir()} - {"verwerkt"}


@pytest.mark.needs("sftp")
@pytest.mark.parametrize("turn", range(3))
def test_h25_a_client_that_is_killed_leaves_no_file_and_can_go_on(
    tmp_path: Path, turn: int
) -> None:
    drop = Drop(tmp_path, Limits())
    local = drop.local(WHOLE * 10)
    command = ["sftp", "-b", "-", "-l", "40000", "-P", str(drop.port), *drop.options(), f"{USER}@127.0.0.1"]  # fmt: skip
    try:
        client = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        assert client.stdin is not None
        client.stdin.write(f"put {local} /{INBOX}/a.json\n".encode())
        client.stdin.flush()
        staging = drop.root / ".staging"
        eventually(lambda: any(one.stat().st_size > 50_000 * turn for one in staging.iterdir()))
        os.killpg(client.pid, signal.SIGKILL)
        client.wait()
        client.stdin.close()

        eventually(lambda: [one.outcome for one in drop.desk.transfers] == [Outcome.BROKEN])
        assert shown(drop) == set()
        assert drop.desk.uploads == []
        again = drop.sftp(f"reput {local} /{INBOX}/a.json")
        assert again.returncode == 0, again.stderr
        assert (drop.root / INBOX / "a.json").read_bytes() == WHOLE * 10
        assert drop.desk.transfers[-1].sha256 == sha256(WHOLE * 10).hexdigest()
    finally:
        drop.stop()


def upload_until_death(drop: Drop, final: str) -> int:
    """Write piece by piece until the server is gone; how much it said it has."""
    told = 0
    try:
        raw = drop.raw()
        handle = raw.open(f"/{INBOX}/{final}", WRITE | CREATE | TRUNCATE)
        while told < len(WHOLE):
            piece = WHOLE[told : told + 30_000]
            if raw.code(Kind.WRITE, string(handle), u64(told), string(piece)) is Code.OK:
                told += len(piece)
        raw.code(Kind.CLOSE, string(handle))
    except (EOFError, OSError, paramiko.SSHException):
        return told
    return told


@pytest.mark.parametrize("final", ["a.json", "a.json.part"])
@pytest.mark.parametrize("turn", range(2))
def test_h25_a_server_that_is_killed_shows_nothing_half_and_goes_on_where_it_was(
    tmp_path: Path, final: str, turn: int
) -> None:
    with drop_process(tmp_path) as (drop, process):
        threading.Timer(0.1 + 0.15 * turn, process.kill).start()
        told = upload_until_death(drop, final)
        process.wait()
        whole = shown(drop)
    assert whole in (set(), {final})

    with drop_process(tmp_path) as (again, _):
        assert shown(again) == whole
        if not whole:
            raw = again.raw()
            said, body = raw.ask(Kind.STAT, string(f"/{INBOX}/{final}".encode()))
            kept = int.from_bytes(body[4:12], "big") if said is Kind.ATTRS else 0
            assert kept >= told  # what was answered was there
            handle = raw.open(f"/{INBOX}/{final}", WRITE | CREATE | APPEND)
            for at in range(kept, len(WHOLE), 200_000):
                raw.code(Kind.WRITE, string(handle), u64(at), string(WHOLE[at : at + 200_000]))
            assert raw.code(Kind.CLOSE, string(handle)) is Code.OK
        assert (again.root / INBOX / final).read_bytes() == WHOLE
        assert not list((again.root / ".staging").iterdir())


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_h25_many_deaths_at_random_points(tmp_path: Path) -> None:
    """An upload that was answered is there after every death; one that was not is whole or not there."""
    dice = random.Random(25)
    for turn in range(60):
        name = f"{turn}.json"
        with drop_process(tmp_path) as (drop, process):
            threading.Timer(dice.uniform(0.02, 0.6), process.kill).start()
            began = time.monotonic()
            answered = False
            try:
                raw = drop.raw()
                raw.put(f"/{INBOX}/{name}", WHOLE[:200_000])
                answered = True
                while time.monotonic() - began < 1:
                    raw.ask(Kind.STAT, string(b"/"))
            except (EOFError, OSError, paramiko.SSHException, AssertionError):
                pass
            process.wait()
            path = drop.root / INBOX / name
        assert path.exists() or not answered
        assert not path.exists() or path.read_bytes() == WHOLE[:200_000]


def test_what_came_in_over_http_when_the_process_died_goes_at_the_next_start(
    tmp_path: Path,
) -> None:
    drop = Drop(tmp_path, Limits())
    try:
        lost = StagedArrivals(drop.store).begin(USER)
        lost.write(b"half of it")
        drop.store.stage(USER, "/uit/x", "f.json", [b"to be released"])
        staging = drop.root / ".staging"
        assert len(list(staging.iterdir())) == 2

        DropStore(tmp_path / "drop").prepare(USER, ["/uit/x"])

        assert [one.name for one in staging.iterdir()] == ["uit~x~f.json"]
        lost.discard()
    finally:
        drop.stop()


def test_what_nobody_resumes_is_swept(tmp_path: Path) -> None:
    drop = Drop(tmp_path, Limits())
    try:
        raw = drop.raw()
        for name in ("old.json", "new.json"):
            handle = raw.open(f"/{INBOX}/{name}", WRITE | CREATE | TRUNCATE)
            raw.code(Kind.WRITE, string(handle), u64(0), string(b"half"))
        raw.transport.close()
        staging = drop.root / ".staging"
        eventually(lambda: len(drop.desk.transfers) == 2)
        eventually(lambda: all(one.name.startswith("~~") for one in staging.iterdir()))
        drop.store.stage(USER, "/uit/x", "f.json", [b"to be released"])
        old = next(one for one in staging.iterdir() if "old" in one.name)
        os.utime(old, (1_000, 1_000))
        os.utime(staging / "uit~x~f.json", (1_000, 1_000))

        assert DropStore(tmp_path / "drop").sweep(2_000) == 1

        left = {one.name for one in staging.iterdir()}
        assert left == {f"~~in~{FLOW}~new.json", "uit~x~f.json"}
    finally:
        drop.stop()


def test_a_download_that_was_cut_is_told_as_such(tmp_path: Path) -> None:
    drop = Drop(tmp_path, Limits())
    try:
        raw = drop.raw()
        handle = raw.open(drop.place("f_1.json", WHOLE))
        assert raw.ask(Kind.READ, string(handle), u64(0), u32(1_000))[0] is Kind.DATA
        raw.transport.sock.shutdown(2)

        eventually(lambda: len(drop.desk.transfers) == 1)
        assert (drop.desk.transfers[0].outcome, drop.desk.transfers[0].size) == (
            Outcome.BROKEN,
            1_000,
        )
        raw.transport.close()
    finally:
        drop.stop()
