"""`magda-sim up` under load, killed (SIGKILL) again and again: whatever a client got has its entry, and the log holds."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import paramiko
import pytest

from consumers.wire_sftp import SftpClient
from gateway.adapters.log import LogReader
from gateway.cli.main import main
from gateway.domain.log_check import StoredEntry
from gateway.flows.audit_check import check_log
from tests.agreement import Asked, envelope
from tests.elsewhere import begin
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, REGISTER, START, TRANSACTIONS, a_batch
from tests.waiting import eventually

AHOVOKS, PAYER = "ahovoks-studietoelagen", "infino"
GONE = (httpx.TransportError, paramiko.SSHException, OSError, EOFError)
"""What a client meets with when the process dies."""
UP = ("--demo", "--http-port", "0", "--https-port", "0", "--sftp-port", "0")


@dataclass(frozen=True, slots=True)
class Got:
    """What a client got of an answer: its head, and its body as far as it came."""

    status: int
    decision: str | None
    body: bytes
    is_whole: bool


@dataclass
class Storm:
    """One space and its clients, over many lives of its process."""

    data: Path
    seed: int
    answers: list[Got] = field(default_factory=list)
    files: dict[str, str | None] = field(default_factory=dict)
    accepted: set[int] = field(default_factory=set)
    uploads: int = 0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.ready: dict[str, Any] = {}

    # -- lives ----------------------------------------------------------------------------------

    def live(self, process: Any, pid: int, kill_after: int | None) -> None:
        """Load the process until so many answers came, then kill it; without a number, let it end in order."""
        before, stop = len(self.answers), threading.Event()
        hands = [
            threading.Thread(target=self._work, args=(work, stop))
            for work in (self._ask, self._ask, self._ask_soap, self._upload, self._collect)
        ]
        for hand in hands:
            hand.start()
        wanted = 30 if kill_after is None else kill_after
        eventually(
            lambda: len(self.answers) - before >= wanted or not process.is_alive(), within_s=50
        )
        if kill_after is None:
            eventually(lambda: any(self.files.values()) or not process.is_alive(), within_s=100)
            stop.set()
            for hand in hands:
                hand.join()
        assert process.is_alive(), "it died by itself"
        os.kill(pid, signal.SIGTERM if kill_after is None else signal.SIGKILL)
        for hand in hands:
            hand.join()
        process.join()

    def _work(self, work: Any, stop: threading.Event) -> None:
        """Again and again, until told to stop or nobody answers any more."""
        with contextlib.suppress(*GONE), httpx.Client(timeout=50, trust_env=False) as client:
            while not stop.is_set():
                work(client)

    # -- what clients do ------------------------------------------------------------------------

    def post(self, client: httpx.Client, unit: str, path: str, body: bytes, kind: str) -> None:
        """Note the head as soon as it is there, and the body as far as it comes."""
        token = self.ready["credentials"][unit]["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
        with client.stream(
            "POST", self.ready["http"] + path, content=body, headers=headers
        ) as answer:
            came, is_whole = b"", False
            try:
                for piece in answer.iter_raw():
                    came += piece
                is_whole = True
            finally:
                told = answer.headers.get("sim-decision")
                self.answers.append(Got(answer.status_code, told, came, is_whole))

    def _ask(self, client: httpx.Client) -> None:
        care = {"insz": NOOR, "referentiedatum": "2024-12-31"}
        unit, path, body = self.dice.choice(
            ((AHOVOKS, CARE, care), (PAYER, TRANSACTIONS, {"insz": KARIM}), (PAYER, CARE, care),
             (PAYER, TRANSACTIONS, {"insz": NOOR}), (AHOVOKS, CARE, {"insz": "x"}))
        )  # fmt: skip
        self.post(client, unit, path, json.dumps(body).encode(), "application/json")

    def _ask_soap(self, client: httpx.Client) -> None:
        asked = Asked(unit=AHOVOKS, flow="zorgtoeslag", insz=NOOR)
        message = envelope(asked, self.ready["credentials"][AHOVOKS])
        self.post(client, AHOVOKS, "/soap", message, "text/xml; charset=utf-8")

    @contextlib.contextmanager
    def _session(self, unit: str) -> Iterator[SftpClient]:
        door, one = self.ready["sftp"], self.ready["credentials"][unit]
        key = Path(one["sftp_key"]).read_text("utf-8")
        with SftpClient(door["host"], door["port"], door["host_key"], unit, key) as session:
            yield session

    def _upload(self, _: httpx.Client) -> None:
        """The next correction of the day; the same bytes again until one was accepted."""
        number = self.uploads + 1
        name = f"{FLOW}_{START}.json" if number == 1 else f"{FLOW}_{START}_{number}.json"
        with self._session("wewis") as session:
            session.upload(FLOW, name, a_batch(KARIM, number=number))
        self.accepted.add(number)
        self.uploads = number
        threading.Event().wait(0.2)  # a provider is not in a hurry

    def _collect(self, _: httpx.Client) -> None:
        """A file's name is noted when it is opened, its digest once it is whole."""
        with self._session(PAYER) as session:
            for name in session.files(FLOW):
                if self.files.setdefault(name, None) is None:
                    self.files[name] = sha256(session.fetch(FLOW, name)).hexdigest()
        threading.Event().wait(0.1)

    # -- in the end -----------------------------------------------------------------------------

    def judge(self) -> None:
        """Nothing unlogged, nothing twice, nothing accepted that was lost, and a log that holds."""
        reader = LogReader(self.data / "log.db")
        try:
            assert check_log(reader).ok
            entries = {one.position: one for one in reader.entries(1, reader.head().size)}
        finally:
            reader.close()
        leaves = {at: json.loads(one.leaf) for at, one in entries.items()}
        for answer in self.answers:
            assert answer.decision is not None, answer.status
            position = int(answer.decision.removeprefix("D-"))
            require_entered(answer, leaves[position], entries[position])
        numbers = [answer.decision for answer in self.answers]
        assert len(set(numbers)) == len(numbers)
        self._judge_files(list(leaves.values()))

    def _judge_files(self, leaves: list[dict[str, Any]]) -> None:
        delivered = {
            one["file"]: one["sha256"] for one in leaves
            if one["e"] == "file.delivered" and one["credential"] == PAYER
        }  # fmt: skip
        received = [one["number"] for one in leaves
                    if one["e"] == "batch.received" and one["outcome"] == "verdeeld"]  # fmt: skip
        assert self.files.keys() <= delivered.keys()
        assert {n: d for n, d in self.files.items() if d is not None}.items() <= delivered.items()
        assert len(received) == len(set(received))
        assert self.accepted <= set(received)


def require_entered(answer: Got, leaf: dict[str, Any], entry: StoredEntry) -> None:
    """The entry says what the answer said, and commits to its very bytes."""
    assert leaf["e"] == "decision"
    is_permit = answer.status == 200 and b"Uitzonderingen>" not in answer.body
    if answer.is_whole:
        assert (leaf["outcome"] == "permit") is is_permit
        said = answer.body.replace((answer.decision or "").encode(), b"")
        assert entry.words is not None
        assert sha256(said).hexdigest() in entry.words.decode()


@contextlib.contextmanager
def a_life(storm: Storm, life: "Life") -> Iterator[tuple[Any, int]]:
    """A process on the same data, once it answers; gone in the end, whatever happens."""
    ready = storm.data / "ready.json"
    ready.unlink(missing_ok=True)
    process, pid = life.start(storm.data)
    try:
        eventually(lambda: ready.exists() or not process.is_alive(), within_s=100)
        storm.ready = json.loads(ready.read_text())
        assert storm.ready["pid"] == pid
        yield process, pid
    finally:
        if process.is_alive():
            os.kill(pid, signal.SIGKILL)
        process.join()


class Forked:
    """The command in a process that has everything loaded already."""

    def start(self, data: Path) -> tuple[Any, int]:
        process, _ = begin(_up, str(data))
        assert process.pid is not None
        return process, process.pid


def _up(_: object, data: str) -> None:
    os.environ |= {"PYTHONWARNINGS": "ignore", "MAGDA_SIM_LINES": "off"}
    sys.argv = ["magda-sim", "up", "--data", data, *UP]
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        main()


class Spawned:
    """The command as everybody starts it; every other time the log is written by a process of its own."""

    def __init__(self) -> None:
        self.count = 0

    def start(self, data: Path) -> tuple[Any, int]:
        self.count += 1
        log = "sequencer" if self.count % 2 else "inline"
        command = [sys.executable, "-m", "gateway", "up", "--data", str(data), *UP]
        environment = os.environ | {"PYTHONWARNINGS": "ignore", "MAGDA_SIM_LOG": log}
        process = _Joined(subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment))
        return process, process.pid


class _Joined:
    """A process of `subprocess` with the words of `multiprocessing`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process, self.pid = process, process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def join(self) -> None:
        self._process.wait(timeout=50)


Life = Forked | Spawned


def rage(storm: Storm, life: Life, kills: int) -> None:
    """So many lives that are killed at any point, and one that ends in order."""
    for _ in range(kills):
        with a_life(storm, life) as (process, pid):
            storm.live(process, pid, kill_after=storm.dice.randint(1, 60))
    with a_life(storm, life) as (process, pid):
        storm.live(process, pid, kill_after=None)


def register(storm: Storm, life: Life) -> None:
    """A first life, in which the files are registered that make permits."""
    with a_life(storm, life), httpx.Client(timeout=50, trust_env=False) as client:
        for unit, person in ((AHOVOKS, NOOR), (PAYER, KARIM)):
            body = json.dumps({"insz": person, "periode": {"begin": START, "einde": None}})
            storm.post(client, unit, REGISTER, body.encode(), "application/json")


@pytest.mark.timeout(300)
def test_kills_under_load_leave_no_disclosure_without_its_entry(tmp_path: Path) -> None:
    storm, life = Storm(tmp_path / "space", seed=6), Forked()

    register(storm, life)
    rage(storm, life, 3)

    storm.judge()
    assert {answer.status for answer in storm.answers} >= {200, 403, 400}
    assert storm.accepted
    assert any(storm.files.values())


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_many_kills_under_load_leave_no_disclosure_without_its_entry(tmp_path: Path) -> None:
    storm, life = Storm(tmp_path / "space", seed=60), Spawned()

    register(storm, life)
    rage(storm, life, 12)

    storm.judge()
    assert len(storm.answers) > 100
