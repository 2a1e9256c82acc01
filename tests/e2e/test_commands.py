"""The command and the control API: what they print, what they write, how they end."""

import json
import os
import re
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.command import command
from tests.people import KARIM, NOOR
from tests.running import CARE, FLOW, START, TRANSACTIONS, RunningSpace, a_batch
from tests.waiting import eventually


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments], capture_output=True, text=True, timeout=60,
        env=os.environ | {"PYTHONWARNINGS": "ignore", "COLUMNS": "200"}, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Path]]:
    """A space in a process of its own: its ready file's content and its data folder."""
    data = tmp_path_factory.mktemp("up") / "space"
    extra = data.parent / "ready.json"
    command = [sys.executable, "-m", "gateway", "up", "--demo", "--data", str(data),
               "--http-port", "0", "--sftp-port", "0", "--ready-file", str(extra)]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    eventually(extra.exists, within_s=30)
    yield json.loads(extra.read_text()), data
    process.send_signal(signal.SIGTERM)
    told, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "curl -H" in told
    took = re.search(
        r"ready in (\S+) s: loading (\S+) s, the space (\S+) s, the doors (\S+) s", told
    )
    assert took
    whole, *parts = (round(100 * float(one)) for one in took.groups())
    assert abs(whole - sum(parts)) <= len(parts), "they add up, but for rounding"
    assert not extra.exists()


def test_the_ready_file_has_what_the_contract_lists(up: tuple[dict[str, Any], Path]) -> None:
    ready, data = up

    assert list(ready) == [
        "version", "pid", "space", "seed", "clock", "data", "http", "https", "ca", "sftp", "ftps",
        "control", "control_token", "log_key", "credentials",
    ]  # fmt: skip
    assert ready["clock"] == f"{START}T08:00:00+01:00"
    assert (ready["ftps"]["host"], ready["sftp"]["host"]) == ("127.0.0.1", "127.0.0.1")
    assert ready["https"].startswith("https://127.0.0.1:")
    for path in (ready["ca"], *(one["certificate"] for one in ready["credentials"].values())):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "ready.json").stat().st_mode) == 0o600
    vutg = ready["credentials"]["vutg-rechten"]
    assert list(vutg) == [
        "party", "unit", "protocols", "refused", "uri", "hoedanigheid", "token", "client_id",
        "private_key", "certificate", "sftp_user", "sftp_key", "sftp_password", "sftp_totp",
    ]  # fmt: skip
    for one in ready["credentials"].values():
        assert one["uri"] == one["uri"].lower()
        assert one["uri"].endswith("-aip")
        assert 0 < len(one["hoedanigheid"]) <= 24
        for key in filter(None, (one["private_key"], one["sftp_key"])):
            assert Path(key).is_absolute()
            assert stat.S_IMODE(Path(key).stat().st_mode) == 0o600


def test_commands_read_a_running_space(up: tuple[dict[str, Any], Path]) -> None:
    ready, data = up
    token = ready["credentials"]["vutg-rechten"]["token"]
    httpx.post(
        ready["http"] + TRANSACTIONS, json={"insz": KARIM}, trust_env=False,
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip

    shown = json.loads(command("clock", "show", "--data", str(data), "--json").stdout)
    moved = json.loads(command("clock", "advance", "1d", "--data", str(data), "--json").stdout)
    verified = command("audit", "verify", "--data", str(data), "--json")
    batch = json.loads(command("batch", "show", "B-1", "--data", str(data), "--json").stdout)

    assert shown["next"] == {"at": "2025-03-11T05:55:00+01:00", "job": "provider.deliver"}
    assert [job["outcome"] for job in moved["jobs"]] == ["delivered", "in time"]
    assert verified.returncode == 0
    assert json.loads(verified.stdout)["ok"] is True
    assert len(batch["consumers"]) == 6


def test_demo_refuses_to_leave_loopback() -> None:
    done = run("up", "--demo", "--host", "0.0.0.0")

    assert done.returncode == 3
    assert "loopback" in done.stderr


def test_a_door_that_is_taken_is_told_with_the_options_for_another(tmp_path: Path) -> None:
    door = "ftps"
    ports = {"http": 0, "https": 0, "sftp": 0, "ftps": 0}
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports[door] = other.getsockname()[1]
        options = [word for name, port in ports.items() for word in (f"--{name}-port", str(port))]
        ended = run("up", "--demo", "--data", str(tmp_path / "space"), *options)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"('127.0.0.1', {ports[door]})); another program listens there" in ended.stderr
    assert f"--{door}-port" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_witness_whose_port_is_taken_says_so(
    tmp_path: Path, up: tuple[dict[str, Any], Path]
) -> None:
    key = up[0]["log_key"]
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = command("witness", "serve", "--log", key, "--data", str(tmp_path), "--port", str(port))  # fmt: skip

    assert ended.returncode == 1
    assert f"{port})); another program listens there" in ended.stderr
    assert "--port (0 takes a free one)" in ended.stderr


def test_audit_verify_ends_with_4_where_a_bit_was_flipped(space: RunningSpace) -> None:
    for _ in range(5):
        space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM})
    data = Path(space.ready["data"])
    with sqlite3.connect(data / "log.db") as connection:
        (leaf,) = connection.execute("SELECT leaf FROM entry WHERE position = 3").fetchone()
        flipped = leaf.replace(b'"refusal"', b'"refusaL"')
        connection.execute("UPDATE entry SET leaf = ? WHERE position = 3", (flipped,))
    connection.close()

    done = run("audit", "verify", "--data", str(data), "--json")

    assert done.returncode == 4
    assert json.loads(done.stdout)["broken_at"] == 3


def test_protocol_list_show_and_check() -> None:
    listed = json.loads(command("protocol", "list", "--json").stdout)
    shown = command("protocol", "show", "004")
    checked = command("protocol", "check")

    assert listed[4] == {
        "id": "004", "name": "opgroeien-ahovoks-geefzorgtoeslag", "version": "1.0.0",
        "state": "in-force", "from": "2021-07-27", "until": None,
    }  # fmt: skip
    assert "pijler1" in shown.stdout
    assert "(art. 3, gegeven 2)" in shown.stdout
    assert checked.returncode == 0


def test_protocol_check_ends_with_3_and_names_the_place(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("schema: magda-sim.protocol/1\nnonsense: 1\n")

    done = run("protocol", "check", "--protocols", str(tmp_path))

    assert done.returncode == 3
    assert "x.yaml:2: nonsense: unknown key" in done.stderr


def test_protocol_check_tells_the_same_as_json(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("schema: magda-sim.protocol/1\nnonsense: 1\n")

    good = command("protocol", "check", "--json")
    bad = command("protocol", "check", "--json", "--protocols", str(tmp_path))

    documents = ["000", "001", "002", "003", "004"]
    assert json.loads(good.stdout) == {"ok": True, "documents": documents, "defects": []}
    told = json.loads(bad.stdout)
    assert (bad.returncode, told["ok"]) == (3, False)
    assert {
        "file": "x.yaml", "line": 2, "key": "nonsense", "what": "unknown key",
        "mend": "remove it, or correct its name",
    } in told["defects"]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "status"),
    [(a_batch(KARIM), 0), (a_batch(KARIM, "90712301138"), 1), (b"{", 3)],
    ids=["good", "refused record", "hopeless"],
)
def test_batch_lint_checks_offline(tmp_path: Path, content: bytes, status: int) -> None:
    file = tmp_path / f"{FLOW}_{START}.json"
    file.write_bytes(content)

    done = command("batch", "lint", str(file), "--json")

    assert done.returncode == status
    assert KARIM not in done.stdout


@pytest.mark.parametrize(
    ("amount", "status"), [("150.00", 0), ("151.00", 1)], ids=["good", "refused row"]
)
def test_batch_lint_reads_a_payment_file_as_rows(tmp_path: Path, amount: str, status: int) -> None:
    flow = "zele-betaalbestand"
    file = tmp_path / f"{flow}_2025-07-05.json"
    somebody = {"insz": NOOR, "naam": "Voorbeeld", "voornaam": "Noor", "adres": {}}
    row = {"kind": somebody, "begunstigde": somebody, "bedrag": amount}
    file.write_bytes(a_batch(day="2025-07-05", flow=flow, records=[row], aantal=1))

    done = command("batch", "lint", str(file), "--json")

    assert done.returncode == status
    told = json.loads(done.stdout)
    assert (told["hopeless"], told["received"], told["rejected"]) == (None, 1, status)
    assert NOOR not in done.stdout


def test_the_demo_tells_the_whole_story() -> None:
    done = run("demo")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for word in ("13202", "withheld under art. 3", "13001", "verdeeld", "acknowledged", "verified"):
        assert word in done.stdout


def test_the_control_api_wants_its_token(space: RunningSpace) -> None:
    without = space.get("/_sim/clock")
    wrong = space.get("/_sim/clock", Authorization="Bearer x")

    assert (without.status_code, wrong.status_code) == (401, 401)


def test_the_clock_goes_forward_only(space: RunningSpace) -> None:
    put = space.control("PUT", "/clock", {"at": "2025-03-10T09:00:00+01:00"})
    back = space.control("PUT", "/clock", {"at": "2025-03-10T08:00:00+01:00"})
    unknown = space.control("POST", "/clock/advance", {"day": 1})
    running = space.control("PUT", "/clock", {"mode": "running"})

    assert put.json()["now"] == "2025-03-10T09:00:00+01:00"
    assert (back.status_code, back.json()["reason"]) == (409, "clock-backward")
    assert unknown.status_code == 400
    assert running.json()["mode"] == "running"


def test_until_next_stops_at_the_next_job(space: RunningSpace) -> None:
    moved = space.control("POST", "/clock/advance", {"until": "next"}).json()

    assert moved["to"] == "2025-03-11T05:55:00+01:00"
    assert [job["job"] for job in moved["jobs"]] == ["provider.deliver"]


def test_personas_are_listed_with_what_they_show(space: RunningSpace) -> None:
    listed = space.control("GET", "/personas").json()
    noor = space.control("GET", "/personas/noor").json()

    keys = {one["key"] for one in listed}
    assert keys >= {"noor", "sofie", "lukas", "karim", "elif", "amina", "joris", "zara", "yusuf",
                    "bram", "ines", "oscar"}  # fmt: skip
    assert noor["insz"] == NOOR
    assert list(noor) == ["key", "insz", "name", "born", "shows", "sources"]
    assert space.control("GET", "/personas/nobody").status_code == 404


def test_a_reset_gives_a_fresh_space_behind_the_same_doors(space: RunningSpace) -> None:
    space.register("vutg-rechten", KARIM)
    space.control("POST", "/clock/advance", {"days": 1})

    done = space.control("POST", "/reset", {"seed": None, "clock": None}).json()

    assert done["clock"] == f"{START}T08:00:00+01:00"
    assert "log.db" in done["cleared"]
    assert space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM}).json()["decision"] == "D-1"
    with space.sftp("vutg-rechten") as consumer:
        assert consumer.files(FLOW) == []
    space.control("POST", "/clock/advance", {"days": 1})
    with space.sftp("vutg-rechten") as consumer:
        assert len(consumer.files(FLOW)) == 1


def test_what_anybody_may_read(shared_space: RunningSpace) -> None:
    protocols = shared_space.get("/v1/protocollen").json()
    one = shared_space.get("/v1/protocollen/004").json()
    described = shared_space.get("/openapi.json").json()

    assert [row["id"] for row in protocols] == ["000", "001", "002", "003", "004"]
    assert one["stromen"][0]["gegevens"] == ["insz", "pijler1", "periode.begin", "periode.einde"]
    assert CARE in described["paths"]
    assert shared_space.get("/health").status_code == 200
    assert shared_space.get("/nothing").json()["type"].endswith("resourceNotFound")
    assert shared_space.get(CARE).status_code == 405
    assert shared_space.get("/docs").status_code == 200


def test_x_07_the_same_seed_and_commands_give_the_same_bytes(tmp_path: Path) -> None:
    from gateway.settings import DEMO_CLOCK, Settings
    from gateway.simulation.host import Host

    roots = []
    for name in ("one", "two"):
        data = tmp_path / name
        host = Host(Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))
        space = RunningSpace(host, host.start())
        try:
            space.register("vutg-rechten", KARIM)
            space.post("vutg-rechten", TRANSACTIONS, {"insz": KARIM})
            space.control("POST", "/clock/advance", {"days": 2})
            roots.append(space.verify().root)
            files = sorted((data / "drop").rglob("*.j*s*"))
            roots.append(str([(f.relative_to(data), f.read_bytes()) for f in files]))
        finally:
            host.stop()

    assert roots[0] == roots[2]
    assert roots[1] == roots[3]


def test_decide_and_event_tell_a_running_space_what_the_law_says(
    up: tuple[dict[str, Any], Path],
) -> None:
    """A refusal ends with 2 and says what is missing; an act unknown to the text says what is known."""
    data = ["--data", str(up[1])]
    ask = ["--credential", "vutg-toezicht", "--flow", "jobbonusplus-verrichtingen"]

    refused = command("decide", *ask, "--insz", KARIM, "--json", *data)
    unknown = command("protocol", "event", "000", "schorsing", "--by", "vlabel", *data)
    done = command("protocol", "event", "002", "publicatie", "--by", "agii", *data)

    assert (refused.returncode, json.loads(refused.stdout)["reason"]) == (2, "case-required")
    assert unknown.returncode == 2
    assert "beeindiging (art. 9)" in unknown.stderr
    assert (done.returncode, done.stdout.split()[0]) == (0, "G-1")
