"""Told to stop, a process finishes what it accepted, in time, and leaves a log that holds."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from consumers.wire_sftp import SftpClient
from consumers.wire_tls import with_certificate
from gateway.adapters.log import LogReader
from gateway.flows.audit_check import check_log
from tests.agreement import Asked, envelope
from tests.people import KARIM
from tests.running import FLOW, REGISTER, START, TRANSACTIONS, a_batch
from tests.slow_source import GO
from tests.sockets import Answer, next_answer, parse, until_closed
from tests.waiting import eventually

AGE_S = "3600"
NAME = f"{FLOW}_{START}.json"


@dataclass(frozen=True, slots=True)
class Process:
    """A space in a process of its own, whose sources take their time."""

    process: "subprocess.Popen[bytes]"
    ready: dict[str, Any]
    marks: Path

    def asked(self) -> int:
        """How many questions wait at a source."""
        return len(list(self.marks.iterdir()))

    def let_sources_answer(self) -> None:
        (self.marks / GO).touch()

    def post(
        self, path: str = TRANSACTIONS, body: bytes | None = None, **options: Any
    ) -> httpx.Response:
        one = self.ready["credentials"]["infino"]
        headers = {"Authorization": f"Bearer {one['token']}"}
        content = body if body is not None else json.dumps({"insz": KARIM}).encode()
        base = options.pop("base", self.ready["http"])
        return httpx.post(base + path, content=content, headers=headers, timeout=60, trust_env=False, **options)  # fmt: skip

    def line(self) -> socket.socket:
        host, port = str(self.ready["http"]).removeprefix("http://").split(":")
        return socket.create_connection((host, int(port)), timeout=60)

    def stop(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def exit_status(self) -> int:
        return self.process.wait(timeout=40)

    def entries(self) -> Sequence[dict[str, Any]]:
        """The log as it lies on disk, which must hold."""
        reader = LogReader(Path(self.ready["data"]) / "log.db")
        try:
            assert check_log(reader).ok
            return [json.loads(one.leaf) for one in reader.entries(1, reader.head().size)]
        finally:
            reader.close()


@contextlib.contextmanager
def running(folder: Path, grace: str) -> Iterator[Process]:
    marks, data = folder / "marks", folder / "space"
    marks.mkdir()
    command = [sys.executable, "-m", "tests.slow_source", str(marks), "up", "--demo",
               "--data", str(data), "--http-port", "0", "--sftp-port", "0"]  # fmt: skip
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "MAGDA_SIM_GRACE": grace}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, env=environment, cwd=Path(__file__).parents[2]
    )
    try:
        eventually((data / "ready.json").exists, within_s=40)
        space = Process(process, json.loads((data / "ready.json").read_text()), marks)
        registration = {"insz": KARIM, "periode": {"begin": START, "einde": None}}
        assert space.post(REGISTER, json.dumps(registration).encode()).status_code == 200
        yield space
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def ask_every_way(space: Process, hands: ThreadPoolExecutor) -> list["Future[httpx.Response]"]:
    """Two questions over REST, one over SOAP and one over TLS, all waiting at their source."""
    one = space.ready["credentials"]["infino"]
    soap = envelope(Asked(unit="infino", flow="jobbonusplus-verrichtingen", insz=KARIM), one)
    secure: ssl.SSLContext = with_certificate(
        space.ready["ca"], one["certificate"], one["private_key"]
    )
    asked = [
        hands.submit(space.post),
        hands.submit(space.post),
        hands.submit(space.post, "/soap", soap),
        hands.submit(space.post, base=space.ready["https"], verify=secure),
    ]  # fmt: skip
    eventually(lambda: space.asked() == len(asked))
    return asked


def test_what_is_in_hand_is_answered_and_nothing_new_is_taken(tmp_path: Path) -> None:
    with running(tmp_path, "30") as space, ThreadPoolExecutor(8) as hands, contextlib.ExitStack() as others:  # fmt: skip
        idle, slow = others.enter_context(space.line()), others.enter_context(space.line())
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert next_answer(idle).status == 200
        slow.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nX: ")
        asked = ask_every_way(space, hands)

        upload(space)
        space.stop(signal.SIGTERM)
        eventually(lambda: is_refused(space))
        threading.Event().wait(1)  # long enough for a server that waits for nobody
        assert not any(one.done() for one in asked)
        space.let_sources_answer()
        answers = [one.result() for one in asked]

        assert [until_closed(idle), until_closed(slow)] == [b"", b""]
        assert space.exit_status() == 0
        assert [one.status_code for one in answers] == [200] * 4
        assert {one.headers["connection"] for one in answers} == {"close"}
        assert all(KARIM in one.text or b"Antwoorden" in one.content for one in answers)
        assert [one["outcome"] for one in space.entries() if one["e"] == "decision"] == [
            "permit"
        ] * 5
        check_upload(space)
        assert not (Path(space.ready["data"]) / "ready.json").exists()


def upload(space: Process) -> None:
    """A batch whose upload is over, and that nobody waited for."""
    door, one = space.ready["sftp"], space.ready["credentials"]["wewis"]
    key = Path(one["sftp_key"]).read_text("utf-8")
    with SftpClient(door["host"], door["port"], door["host_key"], "wewis", key) as wewis:
        wewis.upload(FLOW, NAME, a_batch(KARIM))


def check_upload(space: Process) -> None:
    """What was accepted was finished."""
    drop = Path(space.ready["data"]) / "drop"
    receipt = drop / "wewis/ontvangstbewijzen" / f"{NAME}.ontvangstbewijs.json"
    assert json.loads(receipt.read_text())["status"] == "verdeeld"
    assert len(list((drop / "infino/uit" / FLOW).glob("*.json"))) == 1
    assert "file.delivered" in {entry["e"] for entry in space.entries()}


def is_refused(space: Process) -> bool:
    try:
        space.line().close()
    except ConnectionRefusedError:
        return True
    return False


def test_what_cannot_be_finished_is_refused_whole_and_entered(tmp_path: Path) -> None:
    with (
        running(tmp_path, "1") as space,
        ThreadPoolExecutor(8) as hands,
        space.line() as half,
    ):
        token = space.ready["credentials"]["infino"]["token"]
        head = f"POST {TRANSACTIONS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 50\r\n\r\n{{"
        half.sendall(head.encode())
        asked = ask_every_way(space, hands)

        space.stop(signal.SIGINT)
        answers = [one.result() for one in asked]
        (cut,) = parse(until_closed(half))

        assert space.exit_status() == 0
        check_refusals(answers, cut)
        _, *entries = space.entries()
        assert [one["outcome"] for one in entries] == ["refusal"] * 5
        reasons = [one["reasons"][0] for one in entries]
        assert sorted(reasons) == ["internal"] * 4 + ["message-invalid"]
        numbers = {one["sim-decision"] for one in (cut.headers, *(a.headers for a in answers))}
        assert numbers == {f"D-{n}" for n in range(2, 7)}


def check_refusals(answers: Sequence[httpx.Response], cut: Answer) -> None:
    """Each is whole, and says that the gateway stops."""
    for one in answers:
        assert "the gateway was told to stop" in one.text or "60009" in one.text
        assert KARIM not in one.text
    rest = [one for one in answers if "json" in one.headers["content-type"]]
    assert [one.json()["reason"] for one in rest] == ["internal"] * 3
    assert [one.status_code for one in rest] == [500] * 3
    assert "the gateway was told to stop" in cut.problem["detail"]


def test_told_twice_it_ends_at_once_and_the_log_holds(tmp_path: Path) -> None:
    with running(tmp_path, AGE_S) as space, ThreadPoolExecutor(1) as hands:
        asked = hands.submit(space.post)
        eventually(lambda: space.asked() == 1)

        space.stop(signal.SIGTERM)
        eventually(lambda: is_refused(space))
        space.stop(signal.SIGTERM)

        assert space.exit_status() == -signal.SIGTERM
        with pytest.raises(httpx.TransportError):
            asked.result()
        assert len(space.entries()) == 1
