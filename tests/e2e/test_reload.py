"""A running space whose protocol files change: new law that holds counts, the last good set stays otherwise."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.adapters.protocol_files.folder import LOCK
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.builders import PROTOCOLS
from tests.command import Done, command
from tests.people import KARIM, NOOR
from tests.running import CARE, RunningSpace
from tests.waiting import eventually

NAME = "opgroeien-ahovoks-geefzorgtoeslag.yaml"
TEXT = (PROTOCOLS / NAME).read_text("utf-8")
AHOVOKS = "ahovoks-studietoelagen"
ASK = {"insz": NOOR, "referentiedatum": "2024-12-31"}
FIELDS = "fields: [insz, pijler1, periode.begin, periode.einde]"
NARROW = TEXT.replace(FIELDS, "fields: [insz, periode.begin, periode.einde]").replace(
    "gives: [insz, pijler1, periode.begin, periode.einde]", "gives: [insz, periode.begin]"
)
BROKEN = TEXT.replace("title: Geef", "jan-janssens-90712301137: x\ntitle: Geef")
PLACE = f"{NAME}:7: document"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped documents, without their LOCK."""
    copies = tmp_path / "protocols"
    copies.mkdir()
    for path in PROTOCOLS.glob("*.yaml"):
        (copies / path.name).write_bytes(path.read_bytes())
    return copies


@pytest.fixture
def space(tmp_path: Path, folder: Path) -> Iterator[RunningSpace]:
    """A space in this process with those documents."""
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
        protocols=folder,
    )  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def reload(space: RunningSpace) -> Any:
    return space.control("POST", "/protocols/reload").json()


def entries(space: RunningSpace) -> list[dict[str, Any]]:
    return [leaf for leaf in space.leaves() if leaf["e"] == "protocols.reload"]


def released(space: RunningSpace) -> set[str]:
    answer = space.post(AHOVOKS, CARE, ASK)
    assert answer.status_code == 200, answer.text
    return set(answer.json()["erkenningen"][0])


@dataclass(frozen=True, slots=True)
class Process:
    """`magda-sim up` as a process of its own, with the protocols of a folder."""

    data: Path
    said: Path
    ready: dict[str, Any]

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        token = self.ready["credentials"][AHOVOKS]["token"]
        return httpx.request(
            method, self.ready["http"] + path, json=body, timeout=30, trust_env=False,
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip

    def fields(self) -> set[str]:
        return set(self.call("POST", CARE, ASK).json()["erkenningen"][0])

    def health(self) -> Any:
        return self.call("GET", "/health").json()

    def told(self, *arguments: str) -> Done:
        """What a command says of it."""
        return command(*arguments, "--data", str(self.data))


@pytest.fixture
def process(tmp_path: Path, folder: Path) -> Iterator[Process]:
    """It runs, and NOOR is registered; it must end in order."""
    data, said = tmp_path / "space", tmp_path / "stderr"
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(data),
               "--http-port", "0", "--sftp-port", "0"]  # fmt: skip
    env = os.environ | {
        "MAGDA_SIM_PROTOCOLS": str(folder),
        "MAGDA_SIM_LINES": "stderr",
        "PYTHONWARNINGS": "ignore",
    }
    with said.open("wb") as err:
        started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=err, env=env)
    try:
        eventually((data / "ready.json").exists, within_s=60)
        running = Process(data, said, json.loads((data / "ready.json").read_text()))
        body = {"insz": NOOR, "periode": {"begin": "2025-03-10", "einde": None}}
        assert running.call("POST", "/v1/repertorium/inschrijvingen", body).status_code == 200
        yield running
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(timeout=30)
    assert started.returncode == 0


def test_a_real_process_notices_a_broken_file_and_keeps_the_last_good_set(
    process: Process, folder: Path
) -> None:
    assert process.call("GET", "/v1/protocollen").headers["Sim-Law"] == "current"

    (folder / NAME).write_text(BROKEN, "utf-8")
    eventually(lambda: process.health() != {"status": "UP"}, within_s=30)

    assert process.health() == {"status": "UP", "protocols": "last-good"}
    assert process.fields() == {"pijler1", "periode"}
    assert process.call("GET", "/v1/protocollen").headers["Sim-Law"] == "last-good"
    listed = process.told("protocol", "list", "--json")
    assert [row["id"] for row in json.loads(listed.stdout)] == ["000", "001", "002", "003", "004"]
    assert f"{NAME}:7: jan-janssens-90712301137: unknown key" in listed.stderr
    again = process.told("protocol", "reload")
    assert (again.returncode, again.stdout) == (3, "kept: 0 came, 0 went\n")
    assert f"{NAME}:7: jan-janssens" in again.stderr
    eventually(lambda: f"the last good set stays: {PLACE}" in process.said.read_text())
    told = process.said.read_text()
    assert "janssens" not in told
    assert "Traceback" not in told


def test_a_protocol_is_told_as_it_counts_while_its_file_says_something_else(
    space: RunningSpace, folder: Path
) -> None:
    def whole(key: str) -> Any:
        answer = httpx.get(f"{space.ready['http']}/v1/protocollen/{key}", trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    (folder / NAME).write_text(BROKEN, "utf-8")
    reload(space)
    kept, other = whole("004"), whole("003")
    (folder / NAME).write_text(TEXT, "utf-8")
    reload(space)
    again = whole("004")

    assert {"gegevens", "tekst"} <= other.keys()
    assert {"gegevens", "tekst"} <= kept.keys()
    assert kept == again


def test_a_real_process_takes_the_mended_file(process: Process, folder: Path) -> None:
    (folder / NAME).write_text(BROKEN, "utf-8")
    eventually(lambda: process.health() != {"status": "UP"}, within_s=30)

    (folder / NAME).write_text(NARROW, "utf-8")
    eventually(lambda: process.health() == {"status": "UP"}, within_s=30)

    assert process.fields() == {"periode"}
    again = process.told("protocol", "reload", "--json")
    assert json.loads(again.stdout) == {
        "outcome": "unchanged", "came": [], "went": [], "defects": [],
    }  # fmt: skip
    assert process.told("audit", "verify").returncode == 0


def test_what_came_and_went_is_entered_and_nothing_else(space: RunningSpace, folder: Path) -> None:
    before = {one["protocol"]: one["digest"] for one in space.control("GET", "/protocols").json()["loaded"]}  # fmt: skip
    assert reload(space)["outcome"] == "unchanged"
    assert entries(space) == []

    (folder / NAME).write_text(NARROW, "utf-8")
    done = reload(space)
    after = {one["protocol"]: one["digest"] for one in space.control("GET", "/protocols").json()["loaded"]}  # fmt: skip

    (entry,) = entries(space)
    assert entry["outcome"] == done["outcome"] == "loaded"
    assert entry["went"] == done["went"] == [f"004@1.0.0 {before['004@1.0.0']}"]
    assert entry["came"] == done["came"] == [f"004@1.0.0 {after['004@1.0.0']}"]
    assert before["004@1.0.0"] != after["004@1.0.0"]
    assert space.verify().ok


def test_no_word_of_a_broken_file_reaches_the_log(space: RunningSpace, folder: Path) -> None:
    (folder / NAME).write_text(BROKEN, "utf-8")
    done = reload(space)
    (folder / NAME).write_text(TEXT, "utf-8")
    mended = reload(space)

    (kept, back) = entries(space)
    assert (done["outcome"], mended["outcome"]) == ("kept", "unchanged")
    assert (kept["outcome"], kept["slips"], kept["count"]) == ("kept", [PLACE], 1)
    assert (back["outcome"], back["slips"], back["came"]) == ("unchanged", [], [])
    assert "janssens" not in json.dumps(space.leaves())
    assert space.control("GET", "/protocols").json()["current"] is True


def test_no_number_in_the_name_of_a_file_reaches_the_log(space: RunningSpace, folder: Path) -> None:
    (folder / os.fsdecode(b"karim \xff-90712301137.yaml")).write_text("- a\n")

    done = reload(space)

    assert done["defects"][0]["file"] == "karim \ufffd-90712301137.yaml"
    (kept,) = entries(space)
    assert kept["slips"] == ["karim??-?.yaml:1: document"]
    assert space.verify().ok


def test_new_law_counts_from_the_next_request_on(space: RunningSpace, folder: Path) -> None:
    space.register(AHOVOKS, NOOR)
    assert released(space) == {"pijler1", "periode"}

    (folder / NAME).write_text(NARROW, "utf-8")
    reload(space)

    assert released(space) == {"periode"}


def test_a_protocol_that_went_opens_nothing_any_more(space: RunningSpace, folder: Path) -> None:
    (folder / NAME).unlink()

    assert reload(space)["came"] == []
    answer = space.post(AHOVOKS, CARE, ASK).json()
    assert answer["reason"] == "no-protocol"
    assert len(space.get("/v1/protocollen").json()) == 4


def test_recorded_acts_keep_counting(space: RunningSpace, folder: Path) -> None:
    act = {"soort": "schorsing", "door": "wewis", "partij": "parentia"}
    done = httpx.post(
        f"{space.http}/v1/protocollen/001/gebeurtenissen", json=act, trust_env=False,
        headers={"Authorization": f"Bearer {space.ready['control_token']}"},
    )  # fmt: skip
    assert done.status_code == 201

    def asked() -> str:
        path = "/v1/werk/jobbonusplus-verrichtingen/bevraging"
        return str(space.post("parentia", path, {"insz": KARIM}).json()["reason"])

    assert asked() == "protocol-suspended"
    path = next(folder.glob("wewis-*"))
    path.write_text(path.read_text("utf-8").replace("period: P5Y", "period: P6Y"), "utf-8")

    assert reload(space)["outcome"] == "loaded"
    assert asked() == "protocol-suspended"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / NAME).write_text(NARROW, "utf-8"), "published with another content"),
        (lambda folder: [path.unlink() for path in folder.glob("*.yaml")], "holds no document"),
        (lambda folder: (folder / "x.yaml").symlink_to("x.yaml"), "cannot be read"),
    ],
    ids=["published", "empty", "loop"],
)  # fmt: skip
def test_a_folder_that_does_not_hold_changes_nothing(
    space: RunningSpace, folder: Path, spoil: Callable[[Path], object], says: str
) -> None:
    (folder / LOCK).write_bytes((PROTOCOLS / LOCK).read_bytes())
    spoil(folder)

    done = reload(space)

    assert done["outcome"] == "kept"
    assert says in done["defects"][0]["what"]
    assert len(space.get("/v1/protocollen").json()) == 5


def test_a_reset_keeps_the_last_good_set_too(space: RunningSpace, folder: Path) -> None:
    (folder / NAME).write_text(BROKEN, "utf-8")

    assert space.control("POST", "/reset", {}).status_code == 200

    assert space.get("/health").json()["protocols"] == "last-good"
    assert entries(space)[0]["outcome"] == "kept"
    space.register(AHOVOKS, NOOR)
    assert released(space) == {"pijler1", "periode"}


def test_a_start_on_files_that_do_not_hold_ends_with_3(tmp_path: Path, folder: Path) -> None:
    (folder / NAME).write_text(BROKEN, "utf-8")

    done = subprocess.run(
        [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(tmp_path / "s"),
         "--http-port", "0", "--sftp-port", "0"],
        capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"MAGDA_SIM_PROTOCOLS": str(folder), "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip

    assert done.returncode == 3
    assert f"{NAME}:7: jan-janssens-90712301137: unknown key" in done.stderr
    assert "Traceback" not in done.stderr
