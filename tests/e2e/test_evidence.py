"""Evidence of a running space: bundles that anybody can check, openings that show one thing, and nobody in either."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers.log_verifier import main, unpacked
from gateway.cli.main import app
from tests.people import JORIS, KARIM, NOOR
from tests.running import CARE, FLOW, RunningSpace, a_batch

REFERENCE, CASE, CLERK = "kanarie-referte-1", "KANARIE-77", "82722401041"
UNIT = "ahovoks-studietoelagen"
Checked = Callable[[str, bytes], tuple[int, Any]]


def command(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evidence", *arguments])


def ask(space: RunningSpace, person: str = NOOR, unit: str = UNIT) -> str:
    body = {"insz": person, "referentiedatum": "2024-12-31"}
    stated = {"x_correlation_id": REFERENCE, "Sim_Case": CASE, "X_Magda_Enduser_ID": CLERK}
    return str(space.post(unit, CARE, body, **stated).headers["sim-decision"])


@pytest.fixture
def bundle(space: RunningSpace, tmp_path: Path) -> Callable[..., bytes]:
    """A bundle of a protocol over the first days, as the command writes it."""

    def make(protocol: str, *more: str) -> bytes:
        out = tmp_path / "x.zip"
        done = command(
            "--protocol", protocol, "--from", "2025-03-01", "--to", "2025-04-01", "--out", str(out),
            "--data", space.ready["data"], *more,
        )  # fmt: skip
        assert done.exit_code == 0, done.output
        return out.read_bytes()

    return make


@pytest.fixture
def checked(space: RunningSpace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Checked:
    """What the verifier says with the key of this space's log; status and what it printed."""

    def check(verb: str, content: bytes) -> tuple[int, Any]:
        file = tmp_path / "to-check"
        file.write_bytes(content)
        capsys.readouterr()
        status = main(["--key", space.ready["log_key"], "--json", verb, str(file)])
        return status, json.loads(capsys.readouterr().out)

    return check


def test_bundles_hold_all_that_happened_and_nobody(
    space: RunningSpace, tmp_path: Path, bundle: Callable[..., bytes], checked: Checked
) -> None:
    """Calls, refusals, files, an act and an opening; the canaries are in no bundle, also not the whole one."""
    old = tmp_path / "old"
    space.register(UNIT, NOOR)
    space.register("infino", KARIM)
    old.write_text(space.get("/log/checkpoint").text)
    decision = ask(space)
    ask(space, JORIS)
    space.upload("jobbonusplus-mutaties_2025-03-10.json", a_batch(KARIM))
    with space.sftp("infino") as infino:
        infino.fetch(FLOW, infino.files(FLOW)[0])
    piece = {"soort": "bewijs", "stuk": f"sha256:{'0' * 64}"}
    acts = "/v1/protocollen/004/gebeurtenissen"
    shown = space.post(UNIT, acts, piece, content_type="application/json")
    assert shown.status_code == 201, shown.text

    whole = bundle("004", "--whole", "--old", str(old))
    told = {protocol: checked("bundle", bundle(protocol)) for protocol in ("001", "003", "004")}  # fmt: skip

    status, said = checked("bundle", whole)
    assert status == 0, said
    assert said["entries"] == len(space.leaves())
    assert len(said["old"]) == 1
    assert all(status == 0 for status, _ in told.values()), told
    assert {"file.delivered", "batch.received", "file.collected"} <= told["001"][1]["kinds"].keys()
    assert told["004"][1]["kinds"]["decision"] == 2
    assert told["003"][1]["entries"] == 0
    members = dict(unpacked(whole, "x.zip"))
    assert b"aangetoond;D-" in dict(unpacked(bundle("004"), "x.zip"))["maatregelen.csv"]
    assert f"{decision};".encode() in members["overzicht.csv"]
    for content in (whole, *(bundle(protocol) for protocol in ("001", "004"))):
        for canary in (NOOR, KARIM, JORIS, REFERENCE, CASE, CLERK, space.credential(UNIT)["token"]):
            assert canary.encode() not in content


def test_a_bundle_is_the_same_bytes_again_also_when_nothing_runs_any_more(
    space: RunningSpace, tmp_path: Path, bundle: Callable[..., bytes], checked: Checked
) -> None:
    space.register(UNIT, NOOR)
    ask(space)
    assert space.control("POST", "/clock/advance", {"days": 1}).status_code == 200
    first, again = bundle("004"), bundle("004")
    still = tmp_path / "still"
    shutil.copytree(space.ready["data"], still, ignore=shutil.ignore_patterns("ready.json", "drop"))

    assert first == again == bundle("004", "--data", str(still))
    status, told = checked("bundle", first)
    assert (status, len(told["old"])) == (0, 1), "the log at midnight"


def opened(space: RunningSpace, tmp_path: Path, *what: str) -> bytes:
    out = tmp_path / "opening.json"
    done = command("open", *what, "--out", str(out), "--data", space.ready["data"])
    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o777 == 0o600
    return out.read_bytes()


def test_one_word_is_opened_to_a_judge_and_nothing_else(
    space: RunningSpace, tmp_path: Path, checked: Checked
) -> None:
    space.register(UNIT, NOOR)
    decision = ask(space)

    for field, value in (("case", CASE), ("reference", REFERENCE), ("actor", CLERK), ("insz", [NOOR])):  # fmt: skip
        content = opened(space, tmp_path, decision, "--field", field)
        status, told = checked("opening", content)

        assert status == 0, told
        assert (told["field"], told["value"], f"D-{told['position']}") == (field, value, decision)
        others = {CASE, REFERENCE, CLERK, NOOR} - {value if isinstance(value, str) else NOOR}
        assert not any(other.encode() in content for other in others)
        assert space.leaves()[-1] | {"e": "audit.opened", "decision": decision, "field": field, "outcome": "permit"} == space.leaves()[-1]  # fmt: skip


def test_that_a_file_holds_somebody_is_shown_without_the_others(
    space: RunningSpace, tmp_path: Path, checked: Checked
) -> None:
    space.register("infino", KARIM)
    space.upload("jobbonusplus-mutaties_2025-03-10.json", a_batch(KARIM, JORIS))
    position = next(n for n, leaf in enumerate(space.leaves(), 1) if leaf.get("credential") == "infino" and leaf["e"] == "file.delivered")  # fmt: skip

    status, told = checked("opening", opened(space, tmp_path, f"D-{position}", "--insz", KARIM))  # fmt: skip

    assert (status, told["value"]) == (0, KARIM)
    assert JORIS not in json.dumps(told)


def test_what_cannot_be_opened_is_refused_and_entered(space: RunningSpace) -> None:
    space.register(UNIT, NOOR)
    body: dict[str, Any] = {"decision": ask(space), "field": "case"}
    changes: list[tuple[dict[str, Any], str]] = [
        ({"field": "noor"}, "unknown"),
        ({"decision": "D-900"}, "case"),
        ({"field": None, "insz": JORIS}, "number"),
        ({}, "case"),
    ]
    for change, field in changes:
        if not change:
            with sqlite3.connect(Path(space.ready["data"]) / "log.db") as log:
                log.execute("DELETE FROM private")

        answer = space.control("POST", "/evidence/openings", body | change)

        assert (answer.status_code, answer.json()["reason"]) == (404, "service-unknown")
        last = space.leaves()[-1]
        assert (last["e"], last["outcome"], last["field"]) == ("audit.opened", "refusal", field)
        assert JORIS not in answer.text


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        ([], 3, "give --protocol"),
        (["--protocol", "004", "--from", "2025-03-01", "--to", "2025-03-01", "--out", "x"], 3, "comes after"),
        (["--protocol", "004", "--from", "gisteren", "--to", "2025-03-01", "--out", "x"], 3, "no day"),
        (["--protocol", "999", "--from", "2025-03-01", "--to", "2025-03-02", "--out", "x"], 2, "known: 000"),
        (["--protocol", "004", "--from", "2025-03-01", "--to", "2025-03-02", "--out", "x", "--seed", "9"], 3, "--seed"),
        (["open", "D-1", "--out", "x"], 3, "exactly one"),
    ],
)  # fmt: skip
def test_a_command_that_makes_no_sense_says_how_it_would(
    shared_space: RunningSpace, arguments: list[str], status: int, why: str
) -> None:
    done = command(*arguments, "--data", shared_space.ready["data"])

    assert (done.exit_code, why in done.stderr) == (status, True), done.stderr


def test_a_folder_without_a_log_has_no_evidence(tmp_path: Path) -> None:
    done = command("--protocol", "004", "--from", "2025-03-01", "--to", "2025-03-02",
                   "--out", "x", "--data", str(tmp_path))  # fmt: skip

    assert (done.exit_code, "there is no log" in done.stderr) == (1, True)
