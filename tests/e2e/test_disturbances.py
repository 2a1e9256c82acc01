"""Faults put in a running space: over HTTP, by command, from its start, and what clients then see."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import KARIM, NOOR
from tests.running import CARE, TRANSACTIONS, RunningSpace

AHOVOKS, VUTG = "ahovoks-studietoelagen", "vutg-rechten"
ASK_NOOR = {"insz": NOOR, "referentiedatum": "2024-12-31"}
ROW = {
    "where": "source.zorgtoeslag", "kind": "silent", "rate": 1.0, "nth": None, "from": None, "until": None,
}  # fmt: skip


@pytest.fixture
def disturbed(shared_space: RunningSpace) -> RunningSpace:
    """A space in which noor and karim are registered and nothing goes wrong yet."""
    shared_space.disturb()
    shared_space.register(AHOVOKS, NOOR)
    shared_space.register(VUTG, KARIM)
    return shared_space


def put(space: RunningSpace, *rows: dict[str, Any]) -> None:
    answer = space.control("PUT", "/faults", list(rows))
    assert answer.status_code == 200, answer.text


def reason(space: RunningSpace) -> str | None:
    answer = space.post(AHOVOKS, CARE, ASK_NOOR)
    return None if answer.status_code == 200 else answer.json()["reason"]


def run(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_faults_are_put_shown_and_taken_away(disturbed: RunningSpace) -> None:
    answer = disturbed.control("PUT", "/faults", [ROW])

    assert (answer.status_code, answer.json()) == (200, [ROW])
    assert disturbed.control("GET", "/faults").json() == [ROW]
    refused = disturbed.post(AHOVOKS, CARE, ASK_NOOR)
    assert (refused.status_code, refused.json()["code"]) == (502, "60006")
    assert disturbed.leaves()[-1]["reasons"] == ["source-silent"]
    assert disturbed.post(VUTG, TRANSACTIONS, {"insz": KARIM}).status_code == 200
    assert disturbed.control("GET", "/faults/counts").json() == [
        {"where": "source.zorgtoeslag", "kind": "silent", "seen": 1, "hit": 1}
    ]

    assert disturbed.control("DELETE", "/faults").status_code == 204
    assert disturbed.control("GET", "/faults").json() == []
    assert reason(disturbed) is None


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"where": "source.elders"}, "0.where"), ({"kind": "drip"}, "0.kind"), ({"rate": 2}, "0.rate"),
        ({"nth": 0}, "0.nth"), ({"often": 1}, "0.often"), ({"from": "2025-13-01"}, "0.from"),
        ({"person": f"{KARIM}0"}, "0.person"), ({"from": "2025-03-11", "until": "2025-03-09"}, "0"),
    ],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_told_and_changes_nothing(
    disturbed: RunningSpace, wrong: dict[str, Any], place: str
) -> None:
    put(disturbed, ROW)

    answer = disturbed.control("PUT", "/faults", [ROW | wrong])

    assert answer.status_code == 400
    assert [one["name"] for one in answer.json()["issues"]] == [place]
    assert KARIM not in answer.text
    assert disturbed.control("GET", "/faults").json() == [ROW]


def test_faults_are_for_the_holder_of_the_control_token(disturbed: RunningSpace) -> None:
    assert disturbed.get("/_sim/faults").status_code == 401


def test_a_persona_alone_is_met_and_only_the_nth_time(disturbed: RunningSpace) -> None:
    put(disturbed, ROW | {"person": "noor", "nth": 2, "kind": "busy"})

    assert [reason(disturbed) for _ in range(3)] == [None, "source-busy", None]


def test_the_same_rules_meet_the_same_questions(disturbed: RunningSpace) -> None:
    runs = []
    for _ in range(2):
        put(disturbed, ROW | {"rate": 0.4}, ROW | {"kind": "garbled", "rate": 0.6})
        runs.append([reason(disturbed) for _ in range(25)])

    assert runs[0] == runs[1]
    assert {None, "source-silent", "source-garbled"} == set(runs[0])


def test_the_clock_of_the_space_says_when(space: RunningSpace) -> None:
    space.register(AHOVOKS, NOOR)
    put(space, ROW | {"from": "2025-03-11", "until": "2025-03-11"})

    seen = [reason(space)]
    for _ in range(2):
        space.control("POST", "/clock/advance", {"days": 1})
        seen.append(reason(space))

    assert seen == [None, "source-silent", None]


def test_a_reset_takes_them_away_and_a_clone_goes_on_with_them(space: RunningSpace) -> None:
    put(space, ROW | {"nth": 3})
    space.register(AHOVOKS, NOOR)
    assert reason(space) is None

    ready = space.control("POST", "/spaces/demo/clone", {"id": "copy"}).json()
    copy = RunningSpace(space.host, ready)
    seen = [reason(copy) for _ in range(3)]
    space.control("POST", "/reset", {})

    assert seen == [None, "source-silent", None]
    assert space.control("GET", "/faults").json() == []
    assert copy.control("GET", "/faults").json() == [ROW | {"nth": 3}]


def test_the_commands_put_show_and_clear(disturbed: RunningSpace, tmp_path: Path) -> None:
    mine, data = tmp_path / "mine.yaml", disturbed.ready["data"]
    mine.write_text("- {where: source, kind: busy, rate: 0.25}\n- {where: source, kind: jitter}\n")

    done = run("faults", "set", mine, "--data", data, "--json")
    assert [one["kind"] for one in json.loads(done.output)] == ["busy", "jitter"]
    assert json.loads(run("faults", "show", "--data", data, "--json").output) == json.loads(
        done.output
    )
    shown = run("faults", "show", "--data", data).output
    assert "rate 0.25" in shown
    assert "met 0, hit 0" in shown
    assert run("faults", "clear", "--data", data).exit_code == 0
    assert "nothing goes wrong" in run("faults", "show", "--data", data).output


def test_the_command_tells_the_line_of_a_slip_and_changes_nothing(
    disturbed: RunningSpace, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("- {where: source, kind: busy}\n- {where: source, kind: drip}\n")

    done = run("faults", "set", mine, "--data", disturbed.ready["data"])

    assert done.exit_code == 3
    assert "mine.yaml:2: 1.kind: is no kind" in done.stderr
    assert disturbed.control("GET", "/faults").json() == []


def test_a_ready_profile_is_listed_printed_and_put(disturbed: RunningSpace) -> None:
    listed, printed = (
        run("faults", "example").output,
        run("faults", "example", "slow-sources").output,
    )

    assert "slow-sources" in listed
    assert "kind: jitter" in printed
    assert run("faults", "example", "no-such").exit_code == 3
    assert run("faults", "set", "slow-sources", "--data", disturbed.ready["data"]).exit_code == 0
    assert disturbed.control("GET", "/faults").json()[0]["kind"] == "jitter"


def test_a_space_begins_with_those_of_its_settings_and_again_after_a_reset(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("- {where: source, kind: busy}\n")
    host = Host(
        Settings(data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                 faults=str(mine))
    )  # fmt: skip
    try:
        space = RunningSpace(host, host.start())
        space.register(AHOVOKS, NOOR)
        first = reason(space)
        space.control("DELETE", "/faults")
        cleared = space.control("GET", "/faults").json()
        space.control("POST", "/reset", {})
        again = space.control("GET", "/faults").json()
    finally:
        host.stop()

    assert (first, cleared) == ("source-busy", [])
    assert [one["kind"] for one in again] == ["busy"]


def test_a_start_with_a_file_that_does_not_hold_tells_its_lines(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("- {where: source, kind: busy}\n- {where: nowhere, kind: busy}\n")

    done = run("up", "--demo", "--data", tmp_path / "space", "--http-port", 0, "--sftp-port", 0, "--faults", mine)  # fmt: skip

    assert done.exit_code == 3
    assert "mine.yaml:2: 1.where: is no place here" in done.stderr
