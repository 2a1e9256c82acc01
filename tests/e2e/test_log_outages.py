"""Every real cause: a full disk, a file that is held, a sequencer that is gone. It mends without a restart."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from paramiko.sftp import CMD_CLOSE

from consumers.wire_sftp import SftpClient
from gateway.adapters.log import SqliteLog
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.outages import filled, held, sequencer_gone, small_disk
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, RunningSpace, a_batch
from tests.waiting import eventually

UNIT = "ahovoks-studietoelagen"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}
LATER = f"{FLOW}_2025-03-09.json"
UPLOAD, PARCEL = f"{FLOW}_2025-03-10.json", f"{FLOW}_2025-03-10_000001.json"
PATIENCE_S = 60.0
Outage = Callable[[], AbstractContextManager[None]]


@contextmanager
def running(data: Path, **changes: Any) -> Iterator[RunningSpace]:
    options = Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, **changes)
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def log_of(space: RunningSpace) -> Path:
    return Path(space.ready["data"]) / "log.db"


@contextmanager
def on_a_full_disk(folder: Path) -> Iterator[tuple[RunningSpace, Outage]]:
    with small_disk(folder / "small", "24m") as disk, running(disk / "space") as space:
        yield space, lambda: filled(disk)


@contextmanager
def with_a_held_file(folder: Path) -> Iterator[tuple[RunningSpace, Outage]]:
    with running(folder / "space") as space:
        yield space, lambda: held(log_of(space))


@contextmanager
def without_a_sequencer(folder: Path) -> Iterator[tuple[RunningSpace, Outage]]:
    with running(folder / "space", log="sequencer") as space:
        yield space, lambda: sequencer_gone(log_of(space), space.host.space.gateway.log)


@pytest.mark.parametrize("cause", [on_a_full_disk, with_a_held_file, without_a_sequencer])
def test_nothing_leaves_and_it_mends_by_itself(cause: Any, tmp_path: Path) -> None:
    with cause(tmp_path) as (space, outage):
        space.register(UNIT, NOOR)
        with space.sftp("infino") as inside:
            with outage():
                refused = space.post(UNIT, CARE, ASK)
                is_in = lets_in(space)
                eventually(lambda: "log cannot be written" in said_on_reading(inside), PATIENCE_S)
                size = space.host.space.gateway.log.size

            eventually(lambda: space.post(UNIT, CARE, ASK).status_code == 200, PATIENCE_S)
            eventually(
                lambda: "was released to this account" in said_on_reading(inside), PATIENCE_S
            )
            eventually(lambda: lets_in(space), PATIENCE_S)

        assert (refused.status_code, refused.json()["reason"]) == (503, "log-unavailable")
        assert not is_in
        assert space.host.space.gateway.log.size > size
        assert space.verify().ok


def said_on_reading(client: SftpClient) -> str:
    """What a look at a file comes to that is not there."""
    try:
        client.fetch(FLOW, PARCEL)
    except OSError as error:
        return str(error).lower()
    return ""


def lets_in(space: RunningSpace) -> bool:
    try:
        with space.sftp("infino"):
            return True
    except Exception:  # noqa: BLE001  however the library says that it was hung up on
        return False


def test_over_sftp_nothing_goes_in_comes_out_or_is_moved(tmp_path: Path) -> None:
    with running(tmp_path / "space") as space:
        space.register("infino", KARIM)
        space.upload(UPLOAD, a_batch(KARIM))
        with space.sftp("infino") as consumer, space.sftp("wewis") as provider:
            reading = consumer._sftp.open(f"/uit/{FLOW}/{PARCEL}", "rb", bufsize=0)
            begun = reading.read(5)
            going_on = provider._sftp.open(f"/in/{FLOW}/{LATER}", "wb")
            going_on.write(a_batch(KARIM, day="2025-03-09"))
            with held(log_of(space)):
                said = {
                    name: eventually_refused(attempt)
                    for name, attempt in {
                        "read on": lambda: reading.read(5),
                        "open": lambda: consumer.fetch(FLOW, PARCEL),
                        "archive": lambda: consumer.acknowledge(FLOW, PARCEL),
                        "upload": lambda: provider.upload(FLOW, f"{FLOW}_2025-03-08.json", b"{}"),
                        "finish": lambda: provider._sftp._request(  # type: ignore[attr-defined]  # it has
                            CMD_CLOSE, going_on.handle
                        ),
                    }.items()
                }
                archived = (
                    consumer._sftp.listdir("/archief"),
                    provider._sftp.listdir(f"/in/{FLOW}"),
                )

            provider.upload(FLOW, LATER, a_batch(KARIM, day="2025-03-09"))
            consumer.acknowledge(FLOW, PARCEL)
            eventually(
                lambda: f"{LATER}.ontvangstbewijs.json" in receipts(provider),
                PATIENCE_S,
            )

    assert begun == b'{"sch'
    assert {name: "log cannot be written" in text for name, text in said.items()} == dict.fromkeys(
        said, True
    )
    assert archived == ([], ["quarantaine", "verwerkt"])


def receipts(provider: SftpClient) -> list[str]:
    return provider._sftp.listdir("/ontvangstbewijzen")


def eventually_refused(attempt: Callable[[], object]) -> str:
    """What it is refused with, within a second of the last proof that the log can be written."""
    said: list[str] = []

    def is_refused() -> bool:
        try:
            attempt()
        except OSError as error:
            said.append(str(error).lower())
        return bool(said)

    eventually(is_refused, PATIENCE_S)
    return said[0]


def test_what_was_uploaded_before_is_distributed_once_the_log_is_back(tmp_path: Path) -> None:
    with running(tmp_path / "space") as space:
        space.register("infino", KARIM)
        here, gate = space.host.space, threading.Event()
        here._worker.submit(gate.wait)
        with space.sftp("wewis") as provider:
            provider.upload(FLOW, UPLOAD, a_batch(KARIM))
        with held(log_of(space)):
            gate.set()
            eventually(lambda: here._worker._pause > 0, PATIENCE_S)
            lies = found(space)

        eventually(lambda: bool(found(space)), PATIENCE_S)
        here.settle()

        assert lies == []
        assert [one["insz"] for one in found(space)] == [[KARIM]]
        assert [leaf["e"] for leaf in space.leaves()].count("batch.received") <= 1
        assert space.verify().ok


def found(space: RunningSpace) -> list[Any]:
    folder = Path(space.host.space.store.root_of("infino")) / "uit" / FLOW
    return [json.loads(one.read_bytes()) for one in folder.glob("*.json")]


def test_the_clock_runs_on_and_does_what_it_could_not(tmp_path: Path) -> None:
    with running(tmp_path / "space") as space:
        assert (
            space.control("PUT", "/clock", {"at": "2025-03-11T05:54:59+01:00"}).status_code == 200
        )
        with held(log_of(space)):
            assert space.control("PUT", "/clock", {"mode": "running"}).status_code == 200
            eventually(
                lambda: space.control("GET", "/clock").json()["now"] >= "2025-03-11T05:55:02",
                PATIENCE_S,
            )
            waiting = space.control("GET", "/clock").json()["next"]

        eventually(
            lambda: space.host.space.gateway.ledger.last_number(FLOW, date(2025, 3, 10)) == 1,
            PATIENCE_S,
        )

    assert waiting == {"at": "2025-03-11T05:55:00+01:00", "job": "provider.deliver"}


def started(data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A start that does not come to anything."""
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(data), "--http-port", "0",
               "--https-port", "0", "--sftp-port", "0"]  # fmt: skip
    surroundings = {**os.environ, **environment}
    return subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=120, check=False)  # fmt: skip


def test_no_start_where_the_log_cannot_be_made(tmp_path: Path) -> None:
    with held(tmp_path / "log.db"):
        came = started(tmp_path)

    assert came.returncode == 1
    assert "log.db cannot be written; end what holds the file" in came.stderr
    assert "Traceback" not in came.stderr


def test_no_start_without_the_key_that_the_log_was_made_with(tmp_path: Path) -> None:
    SqliteLog(tmp_path / "log.db", new_salt=lambda: bytes(32)).close()

    came = started(tmp_path, MAGDA_SIM_SECRETS="random")

    assert came.returncode == 1
    assert "keys/space.secret is missing or cut short" in came.stderr
    assert "Traceback" not in came.stderr
