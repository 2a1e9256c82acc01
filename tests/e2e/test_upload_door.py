"""Uploads over HTTP: real sockets, whole and cut, fast and slow, one and many at once."""

import errno
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.web.streaming import PROGRESS
from sftp_drop.arrivals import StagedArrival, StagedArrivals
from tests.people import ELIF, KARIM, NOOR
from tests.running import FLOW, RunningSpace, a_batch
from tests.sockets import bearer, line, parse, request, talk, until_closed
from tests.waiting import eventually

DOOR = f"/v1/aanlevering/{FLOW}"
TODAY = f"{DOOR}?dag=2025-03-10"
NAME = f"{FLOW}_2025-03-10.json"


def send(space: RunningSpace, content: bytes, path: str = TODAY, unit: str | None = "wewis") -> httpx.Response:  # fmt: skip
    return space.post(unit, path, content)


def folder(space: RunningSpace, *parts: str) -> list[str]:
    root = Path(space.host.space.store.root_of("wewis"))
    return sorted(one.name for one in root.joinpath(*parts).iterdir() if one.is_file())


def nothing_came(space: RunningSpace) -> bool:
    return folder(space, ".staging") == [] and folder(space, "in", FLOW) == []


def entries(space: RunningSpace, kind: str) -> list[dict[str, Any]]:
    return [leaf for leaf in space.leaves() if leaf["e"] == kind]


def test_an_upload_is_distributed_and_its_receipt_is_the_answer(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    answer = send(space, a_batch(KARIM, NOOR))

    assert answer.status_code == 202
    receipt = answer.json()
    assert (receipt["status"], receipt["bestand"], receipt["volgnummer"]) == ("verdeeld", NAME, 1)
    assert answer.headers["sim-decision"] == receipt["beslissing"]
    assert answer.headers["sim-protocol"] == "001@1.0.0"
    with space.sftp("wewis") as provider:
        assert json.loads(provider.receipt(NAME)) == receipt
    assert [file["insz"] for file in space.found("infino")] == [[KARIM]]
    assert folder(space, "in", FLOW, "verwerkt") == [NAME]
    assert nothing_came(space)
    (entry,) = entries(space, "batch.received")
    assert (entry["channel"], entry["credential"]) == ("rest", "wewis")


def test_the_same_bytes_and_other_bytes_and_a_correction(space: RunningSpace) -> None:
    first = send(space, a_batch(KARIM))
    again = send(space, a_batch(KARIM))
    other = send(space, a_batch(ELIF))
    mended = send(space, a_batch(ELIF, number=2), f"{TODAY}&volgnummer=2")

    assert [one.status_code for one in (first, again, other, mended)] == [202, 200, 409, 202]
    assert again.json()["status"] == "ongewijzigd"
    assert again.json()["batch"] == first.json()["batch"]
    assert other.json()["status"] == "geweigerd"
    assert "`volgnummer` 2" in other.json()["remedy"]
    assert mended.json()["bestand"] == f"{FLOW}_2025-03-10_2.json"
    assert len(space.found("infino")) == 2


def test_what_came_over_sftp_is_known_here(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))

    assert send(space, a_batch(KARIM)).status_code == 200
    assert [one["channel"] for one in entries(space, "batch.received")] == ["sftp", "rest"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", a_batch(KARIM, aantal=2), a_batch(KARIM, day="2025-03-09"), a_batch(KARIM, number=2)],
)  # fmt: skip
def test_a_hopeless_file_is_a_problem_with_its_receipt(
    shared_space: RunningSpace, content: bytes
) -> None:
    answer = send(shared_space, content)

    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["reason"]) == (400, "message-invalid")
    assert problem["ontvangstbewijs"]["status"] == "quarantaine"
    assert problem["ontvangstbewijs"]["beslissing"] == problem["decision"]
    assert problem["remedy"]
    assert nothing_came(shared_space)
    assert folder(shared_space, "in", FLOW, "quarantaine") != []
    assert f"{NAME}.ontvangstbewijs.json" in folder(shared_space, "ontvangstbewijzen")
    assert KARIM not in answer.text


@pytest.mark.parametrize(
    ("unit", "path", "status", "reason"),
    [
        (None, TODAY, 401, "credential-missing"),
        ("infino", TODAY, 403, "unit-not-listed"),
        ("agii", TODAY, 403, "unit-not-listed"),
        ("wewis", "/v1/aanlevering/geen-stroom?dag=2025-03-10", 404, "service-unknown"),
        ("vutg", "/v1/aanlevering/zele-betaalbestand?dag=2025-07-05", 403, "authentication-too-weak"),
        ("wewis", DOOR, 400, "message-invalid"),
        ("wewis", f"{DOOR}?dag=2025-02-30", 400, "message-invalid"),
        ("wewis", f"{DOOR}?dag=../../2025-03-10", 400, "message-invalid"),
        ("wewis", f"{TODAY}&volgnummer=0", 400, "message-invalid"),
        ("wewis", f"{TODAY}&volgnummer=02", 400, "message-invalid"),
        ("wewis", f"{TODAY}&dag=2025-03-09", 400, "message-invalid"),
        ("wewis", f"{TODAY}&naam=x", 400, "message-invalid"),
    ],
)  # fmt: skip
def test_who_may_not_or_asks_wrongly_is_refused_and_entered(
    shared_space: RunningSpace, unit: str | None, path: str, status: int, reason: str
) -> None:
    before = len(shared_space.leaves())
    answer = send(shared_space, a_batch(KARIM), path, unit)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    (entry,) = shared_space.leaves()[before:]
    assert answer.json()["decision"] == answer.headers["sim-decision"] == f"D-{before + 1}"
    assert (entry["e"], entry["channel"], entry["outcome"]) == ("drop.received", "rest", "refusal")
    assert (entry["reasons"], entry["credential"]) == ([reason], unit)
    assert nothing_came(shared_space)


def test_a_body_that_is_cut_never_becomes_an_upload(space: RunningSpace) -> None:
    own = bearer(space, "wewis")
    whole = request(own, a_batch(KARIM), path=TODAY)
    with line(space) as connection:
        connection.sendall(whole[:-1])
        eventually(lambda: folder(space, ".staging") != [])

    eventually(lambda: entries(space, "drop.received") != [])
    assert entries(space, "drop.received")[0]["outcome"] == "broken"
    assert nothing_came(space)
    assert entries(space, "batch.received") == []
    assert send(space, a_batch(KARIM)).status_code == 202


def test_a_body_that_goes_on_as_no_http_never_becomes_an_upload(space: RunningSpace) -> None:
    fields = bearer(space, "wewis") + b"Transfer-Encoding: chunked\r\n"
    content = a_batch(KARIM)
    broken = b"%x\r\n" % len(content) + content + b"\r\nnonsense\r\n\r\n"

    (answer,) = talk(space, request(fields, broken, path=TODAY, length=None))

    assert (answer.status, answer.problem["reason"]) == (400, "message-invalid")
    assert nothing_came(space)


def test_an_encoded_body_is_refused(space: RunningSpace) -> None:
    answer = space.post("wewis", TODAY, a_batch(KARIM), Content_Encoding="gzip")

    assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")


def test_many_at_once_of_one_day_make_one_batch(space: RunningSpace) -> None:
    contents = [a_batch(KARIM), a_batch(ELIF)] * 3
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: send(space, one), contents))

    assert sorted(one.status_code for one in answers) == [200, 200, 202, 409, 409, 409]
    assert len({one.json()["batch"] for one in answers if one.status_code != 409}) == 1
    assert len(space.found("infino")) == 1
    assert nothing_came(space)


def test_one_that_lies_there_from_another_door_goes_first(space: RunningSpace) -> None:
    root = Path(space.host.space.store.root_of("wewis"))
    (root / "in" / FLOW / NAME).write_bytes(a_batch(KARIM))

    assert send(space, a_batch(ELIF)).status_code == 409
    assert [one["channel"] for one in entries(space, "batch.received")] == ["sftp", "rest"]


def test_a_full_disk_leaves_nothing_and_is_told(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: StagedArrival, content: bytes, /) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(StagedArrival, "write", full)
        answer = send(space, a_batch(KARIM))

    assert (answer.status_code, answer.json()["reason"]) == (500, "internal")
    assert "No space left" in answer.json()["detail"]
    assert nothing_came(space)
    assert send(space, a_batch(KARIM)).status_code == 202


def test_it_is_described_and_stands_under_a_space_too(space: RunningSpace) -> None:
    space.host._dispatcher.spaces["t1"] = space.host._dispatcher.default

    assert send(space, a_batch(KARIM), f"/spaces/t1{TODAY}").status_code == 202
    described = space.get("/openapi.json").json()["paths"]["/v1/aanlevering/{stroom}"]["post"]
    assert {"200", "202", "400", "401", "403", "404", "409", "413"} <= described["responses"].keys()
    wrong = space.get(TODAY)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space with a small limit and little patience."""
    options = Settings(
        data=tmp_path_factory.mktemp("space"), http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        body_timeout=2.0, upload_limit=8 * PROGRESS,
    )  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_a_file_over_the_limit_is_refused(hasty: RunningSpace, framing: str) -> None:
    large = b" " * (8 * PROGRESS + 1)
    if framing == "declared":
        parts = [request(bearer(hasty, "wewis"), large, path=TODAY)]
    else:
        fields = bearer(hasty, "wewis") + b"Transfer-Encoding: chunked\r\n"
        chunked = b"%x\r\n" % len(large) + large + b"\r\n0\r\n\r\n"
        parts = [request(fields, chunked, path=TODAY, length=None)]

    (answer,) = talk(hasty, *parts)

    assert (answer.status, answer.problem["reason"]) == (413, "too-large")
    assert "a file has at most" in answer.problem["remedy"]
    assert nothing_came(hasty)


def test_slow_is_well_as_long_as_it_gets_on(hasty: RunningSpace) -> None:
    """Longer than a message may take, in all."""
    content = a_batch(KARIM) + b" " * (6 * PROGRESS)
    with line(hasty) as connection:
        fields = bearer(hasty, "wewis") + b"Connection: close\r\n"
        connection.sendall(request(fields, b"", path=TODAY, length=len(content)))
        began, pause = time.monotonic(), Event()
        for at in range(0, len(content), PROGRESS):
            pause.wait(0.4)
            connection.sendall(content[at : at + PROGRESS])
        answer = until_closed(connection)

    assert time.monotonic() - began > 2.4
    assert b" 202 " in answer.splitlines()[0]
    assert b'"verdeeld"' in answer


def test_who_does_not_get_on_is_let_go(hasty: RunningSpace) -> None:
    with line(hasty) as connection:
        connection.sendall(request(bearer(hasty, "wewis"), b"{", path=TODAY, length=PROGRESS))
        stop = Event()
        drip = Thread(target=lambda: _drip(connection, stop))
        drip.start()
        answer = until_closed(connection)
        stop.set()
        drip.join()

    assert b" 400 " in answer.splitlines()[0]
    assert b"fewer than" in answer
    assert nothing_came(hasty)


def _drip(connection: Any, stop: Event) -> None:
    while not stop.wait(0.2):
        try:
            connection.sendall(b" ")
        except OSError:
            return


def stop_what_is_in_hand(space: RunningSpace) -> None:
    """What a gateway does that was told to stop, once its grace is over."""
    server, done = space.host._http, Event()
    assert server._loop is not None

    def cancel() -> None:
        for task in server.server_state.tasks:
            task.cancel()
        done.set()

    server._loop.call_soon_threadsafe(cancel)
    assert done.wait(30)


def stopped_within(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch, owner: type, step: str
) -> bytes:
    """What is answered to an upload that is told to stop while a thread takes a step for it."""
    inside, go, take = Event(), Event(), getattr(owner, step)

    def paused(*asked: Any) -> Any:
        inside.set()
        go.wait(30)
        return take(*asked)

    monkeypatch.setattr(owner, step, paused)
    with line(space) as connection:
        fields = bearer(space, "wewis") + b"Connection: close\r\n"
        connection.sendall(request(fields, a_batch(KARIM), path=TODAY))
        assert inside.wait(30)
        stop_what_is_in_hand(space)
        go.set()
        answer = until_closed(connection)
    gc.collect()
    return answer


@pytest.mark.parametrize(("owner", "step"), [(StagedArrivals, "begin"), (StagedArrival, "write")])
def test_told_to_stop_in_the_middle_it_is_entered_and_leaves_no_file(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch, owner: type, step: str
) -> None:
    """Neither on the disk nor open: a file that is left to the garbage collector fails this test."""
    (answer,) = parse(stopped_within(space, monkeypatch, owner, step))

    assert (answer.status, answer.problem["reason"]) == (500, "internal")
    assert nothing_came(space)
    (entry,) = entries(space, "drop.received")
    assert (entry["credential"], entry["reasons"]) == ("wewis", ["internal"])
    assert answer.problem["decision"] == f"D-{len(space.leaves())}"


def test_told_to_stop_while_it_is_handed_over_it_is_distributed_and_answered(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = stopped_within(space, monkeypatch, StagedArrival, "place")

    assert b" 202 " in answer.splitlines()[0]
    assert b'"verdeeld"' in answer
    assert entries(space, "drop.received") == []
    assert len(entries(space, "batch.received")) == 1


LARGE = 50_000_000


def test_fifty_megabytes_go_to_disk_and_not_through_memory(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(tmp_path / "space"),
               "--http-port", "0", "--sftp-port", "0", "--ready-file", str(ready)]  # fmt: skip
    environment = os.environ | {"MAGDA_SIM_CLOCK": DEMO_CLOCK, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    try:
        eventually(ready.exists, within_s=30)
        told = json.loads(ready.read_text())
        headers = {"Authorization": f"Bearer {told['credentials']['wewis']['token']}",
                   "Content-Length": str(LARGE)}  # fmt: skip
        before, most, stop = _anonymous(process.pid), [0], Event()
        watch = Thread(target=lambda: _watch(process.pid, most, stop))
        watch.start()
        answer = httpx.post(
            told["http"] + TODAY, content=_large(), headers=headers, timeout=60, trust_env=False
        )
        stop.set()
        watch.join()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)

    assert (answer.status_code, answer.json()["records"]["aanvaard"]) == (202, 1)
    assert most[0] - before < 16_000_000
    handled = tmp_path / "space" / "drop" / "wewis" / "in" / FLOW / "verwerkt" / NAME
    assert handled.stat().st_size == LARGE


def _large() -> Iterator[bytes]:
    content, space = a_batch(KARIM), b" " * PROGRESS
    yield content
    rest = LARGE - len(content)
    while rest:
        yield space[:rest]
        rest -= min(rest, len(space))


def _watch(pid: int, most: list[int], stop: Event) -> None:
    while not stop.wait(0.01):
        most[0] = max(most[0], _anonymous(pid))


def _anonymous(pid: int) -> int:
    """Bytes of a process that stand for no file."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) * 1024
