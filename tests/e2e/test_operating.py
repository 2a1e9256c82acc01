"""Operating a real running space: lines, figures, and a readiness that tells the truth and recovers."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.adapters.checkpoint_records import FILE
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.host import Host
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, START, TRANSACTIONS, RunningSpace, a_batch
from tests.waiting import eventually

AHOVOKS = "ahovoks-studietoelagen"
ASK_NOOR = {"insz": NOOR, "referentiedatum": "2024-12-31"}
NAME = f"{FLOW}_{START}.json"


@contextmanager
def a_space(folder: Path, **more: Any) -> Iterator[RunningSpace]:
    options = {"data": folder / "space", "http_port": 0, "sftp_port": 0, "clock": DEMO_CLOCK}
    host = Host(Settings(**options | {"demo": True} | more))  # type: ignore[arg-type]  # checked by pydantic
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def figures(space: RunningSpace) -> dict[tuple[str, ...], float]:
    """Every sample that is not a bucket: name and label values, sorted by label."""
    text = space.get("/metrics").text
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


# -- lines ------------------------------------------------------------------------------------


def test_each_request_and_each_file_has_one_line(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    with a_space(tmp_path, lines=str(file)) as space:
        space.post(AHOVOKS, CARE, ASK_NOOR, x_correlation_id=f"zaak-{NOOR}")
        space.register(AHOVOKS, NOOR)
        token = space.credential(AHOVOKS)["token"]
        space.get("/v1/rechten", Authorization=f"Bearer {token}")
        space.get(f"/v1/{NOOR}", x_correlation_id=NOOR)
        space.upload(NAME, a_batch(KARIM))
        space.found("infino")
        decisions = [f"D-{n}" for n in range(1, len(space.leaves()) + 1)]
    text = file.read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    requests = [one for one in lines if one["line"] == "request"]

    assert [one["decision"] for one in lines if one["decision"]] == decisions
    assert NOOR not in text
    assert KARIM not in text
    assert [(one["status"], one["outcome"], one["reason"]) for one in requests] == [
        (403, "refusal", "not-registered"), (200, "permit", None), (200, "permit", None),
        (404, "refusal", "service-unknown"),
    ]  # fmt: skip
    refused = requests[0]
    assert (refused["party"], refused["unit"], refused["credential"]) == (
        "ahovoks",
        AHOVOKS,
        AHOVOKS,
    )
    assert (refused["protocol"], refused["flow"]) == ("004@1.0.0", "zorgtoeslag")
    assert re.fullmatch("~[0-9a-f]{16}", refused["reference"])
    assert refused["ms"] > 0
    assert requests[2]["route"] == "/v1/rechten"
    assert [one["line"] for one in lines if one.get("batch")] == ["batch.received"] + ["file.delivered"] * 6  # fmt: skip
    assert all(one["ms"] > 0 for one in lines if one.get("batch"))


def test_a_stranger_s_path_stands_in_no_line_and_a_flood_has_lines_without_entries(
    tmp_path: Path,
) -> None:
    file = tmp_path / "lines"
    with a_space(tmp_path, lines=str(file)) as space:
        for _ in range(3):
            space.get(f"/geheim/{KARIM}?insz={KARIM}")
            space.post(None, TRANSACTIONS, {"insz": KARIM})

    lines = [json.loads(line) for line in file.read_text().splitlines()]

    assert "geheim" not in file.read_text()
    assert KARIM not in file.read_text()
    assert [one["status"] for one in lines] == [404, 401] * 3


def test_the_command_tells_lines_on_standard_error_and_libraries_stay_quiet(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(tmp_path / "s"),
               "--http-port", "0", "--sftp-port", "0"]  # fmt: skip
    environment = os.environ | {"PYTHONWARNINGS": "ignore", "MAGDA_SIM_LINES": "stderr"}
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True
    )
    ready = tmp_path / "s" / "ready.json"
    try:
        eventually(ready.exists, within_s=50)
        import httpx

        http = json.loads(ready.read_text())["http"]
        httpx.get(f"{http}/health?insz={NOOR}", trust_env=False, timeout=30)
    finally:
        process.terminate()
        _, told = process.communicate(timeout=50)

    lines = [json.loads(line) for line in told.splitlines()]
    assert [(one["line"], one["route"], one["status"]) for one in lines] == [
        ("request", "/health", 200)
    ]
    assert NOOR not in told


# -- figures ----------------------------------------------------------------------------------


def test_figures_count_what_the_log_holds(tmp_path: Path) -> None:
    with a_space(tmp_path) as space:
        space.post(AHOVOKS, CARE, ASK_NOOR)
        space.register(AHOVOKS, NOOR)
        space.register("vutg-rechten", KARIM)
        for _ in range(3):
            space.post(AHOVOKS, CARE, ASK_NOOR)
        space.disturb(Fault(where="source.zorgtoeslag", kind="busy"))
        space.post(AHOVOKS, CARE, ASK_NOOR)
        space.upload(NAME, a_batch(KARIM))
        space.found("infino")
        seen = figures(space)
        kinds = [leaf["e"] for leaf in space.leaves()]

    decision = "magda_decisions_total"
    assert seen[decision, "rest", "zorgtoeslag", "permit", "004@1.0.0", ""] == 3
    assert seen[decision, "rest", "zorgtoeslag", "refusal", "004@1.0.0", "not-registered"] == 1
    assert seen["magda_source_failures_total", "zorgtoeslag", "source-busy"] == 1
    assert seen["magda_batches_total", FLOW, "verdeeld", ""] == 1
    assert seen["magda_files_total", "delivered", FLOW] == 6
    assert seen["magda_files_total", "collected", FLOW] == 1
    assert seen["magda_logins_total", "sftp", "permit"] == 2
    assert seen["magda_files_lying", FLOW] == 5
    assert seen["magda_files_overdue", FLOW] == 0
    assert seen["magda_log_size",] == len(kinds)
    assert seen["magda_request_seconds_count", "rest", "zorgtoeslag", "permit", "200"] == 3
    assert {name: seen["magda_entries_total", name] for name in set(kinds)} == {
        name: kinds.count(name) for name in set(kinds)
    }


def test_files_that_lie_for_more_than_a_day_and_missing_batches_show(tmp_path: Path) -> None:
    with a_space(tmp_path) as space:
        space.control("PUT", "/providers/wewis", {"automatic": False})
        space.upload(NAME, a_batch(KARIM))
        space.control("POST", "/clock/advance", {"days": 2})
        seen = figures(space)

    assert seen["magda_files_overdue", FLOW] == 6
    assert seen["magda_batches_missing_total", FLOW] == 1


def test_strangers_make_no_labels(tmp_path: Path) -> None:
    with a_space(tmp_path) as space:
        before = set(figures(space))
        for number in range(6):
            word = f"xq{number}"
            space.get(f"/{word}?{word}={word}", x_correlation_id=word)
            space.post(AHOVOKS, CARE, {word: word}, Sim_Purpose=word, X_Magda_Sender_ID=word)
            space.post(AHOVOKS, f"/v1/aanlevering/{word}?dag={word}", {})
            space.post(AHOVOKS, f"/v1/protocollen/{word}/gebeurtenissen", {"soort": "schorsing"})
            space.control("POST", "/check", {"credential": word, "flow": word, "insz": word})
        text = space.get("/metrics").text
        after = figures(space)

    assert "xq" not in text
    assert len(after.keys() - before) < 20


# -- who may see it ---------------------------------------------------------------------------


@pytest.mark.parametrize(("open_pages", "status"), [(False, 404), (True, 200)])
def test_pages_for_operators_are_closed_on_other_addresses_unless_a_setting_opens_them(
    tmp_path: Path, *, open_pages: bool, status: int
) -> None:
    with a_space(tmp_path, host="0.0.0.0", demo=False, open_pages=open_pages) as space:
        port = space.http.rpartition(":")[2]
        near = RunningSpace(space.host, space.ready | {"http": f"http://127.0.0.1:{port}"})
        closed = ("/metrics", "/docs", "/openapi.json", "/log/keys", "/log/checkpoint")

        assert {path: near.get(path).status_code for path in closed} == dict.fromkeys(
            closed, status
        )
        assert [near.get(path).status_code for path in ("/health", "/ready")] == [200, 200]


# -- readiness --------------------------------------------------------------------------------


def broken(space: RunningSpace) -> dict[str, str]:
    """What `/ready` says does not work, and why; its status must say the same."""
    answer = space.get("/ready")
    checks = answer.json()["checks"]
    found = {one["name"]: one["reason"] for one in checks if not one["ok"]}
    assert answer.status_code == (503 if found else 200)
    assert answer.json()["ready"] is not bool(found)
    assert space.get("/health").json()["status"] == "UP"
    return found


def becomes(space: RunningSpace, *names: str) -> dict[str, str]:
    """Wait until just these parts do not work; what is said of them."""
    eventually(lambda: broken(space).keys() == set(names), within_s=30)
    return broken(space)


def test_readiness_tells_what_does_not_work_and_recovers_by_itself(tmp_path: Path) -> None:
    with a_space(tmp_path) as space:
        data = Path(space.ready["data"])
        assert broken(space) == {}
        assert {one["name"] for one in space.get("/ready").json()["checks"]} == {
            "log", "database", "drop", "keys", "law", "checkpoint", "files", "jobs",
        }  # fmt: skip

        with locked(data / "log.db"):
            assert becomes(space, "log")["log"] == "the log cannot be written"
        becomes(space)

        (data / "space.db").rename(data / "gone.db")
        assert becomes(space, "database")["database"] == "the database's file is gone"
        (data / "gone.db").rename(data / "space.db")
        becomes(space)

        keys = data / "keys"
        shutil.move(keys / "infino.pem", tmp_path)
        assert "infino.pem" in becomes(space, "keys")["keys"]
        shutil.move(tmp_path / "infino.pem", keys)
        becomes(space)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else holds the database's write lock, and does not let go."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_readiness_sees_that_the_drop_server_is_gone_and_that_work_has_stopped(
    tmp_path: Path,
) -> None:
    with a_space(tmp_path) as space:
        space.host._drop.stop()
        space.host._drop._listener = None  # so that it can be stopped again
        assert "does not listen" in becomes(space, "drop")["drop"]
        space.host.space._worker.stop()
        assert "has stopped" in becomes(space, "drop", "files")["files"]


def test_readiness_sees_that_checkpoints_are_no_longer_published(tmp_path: Path) -> None:
    with a_space(tmp_path) as space:
        space.upload(NAME, a_batch(KARIM))
        eventually(lambda: "minutes old" in space.get("/ready").text, within_s=30)
        space.post(AHOVOKS, CARE, ASK_NOOR)
        with locked(Path(space.ready["data"]) / FILE):
            space.control("POST", "/clock/advance", {"seconds": 3 * 3600})

        told = becomes(space, "checkpoint")["checkpoint"]
        assert told.startswith("the last one is 180 minutes old, ")

        space.control("POST", "/clock/advance", {"seconds": 3600})
        becomes(space)


def test_readiness_with_protocol_files_that_do_not_hold_says_so_and_stays(tmp_path: Path) -> None:
    law = tmp_path / "law"
    shutil.copytree(Path(__file__).parents[2] / "gateway" / "protocols", law)
    with a_space(tmp_path, protocols=law) as space:
        (law / "vutg-zele-betaalbestand.yaml").write_text("{")
        eventually(lambda: "last good set" in space.get("/ready").text, within_s=30)

        assert broken(space) == {}
