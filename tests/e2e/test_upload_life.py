"""Where every upload is in its life, and that it goes on by itself once nothing stands in its way."""

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.adapters.log import OrderedLog
from gateway.cli.main import app
from gateway.contracts.faults import LogUnavailable
from sftp_drop.drop_store import DropStore
from tests.people import ELIF, KARIM
from tests.running import FLOW, START, RunningSpace, a_batch
from tests.waiting import eventually

NAME = f"{FLOW}_{START}.json"
PAYMENTS = "zele-betaalbestand"
SECOND = f"{FLOW}_{START}_2.json"


def listed(space: RunningSpace, *more: str) -> list[dict[str, Any]]:
    told = CliRunner().invoke(
        app, ["batch", "list", "--data", space.ready["data"], "--json", *more]
    )
    assert told.exit_code == 0, told.output
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return found


def states(upload: dict[str, Any]) -> list[str]:
    return [move["state"] for move in upload["moves"]]


def leaves(space: RunningSpace, kind: str) -> list[dict[str, Any]]:
    return [leaf for leaf in space.leaves() if leaf["e"] == kind]


def test_each_upload_has_its_life_and_its_entry(space: RunningSpace) -> None:
    for name, content in (
        (NAME, a_batch(KARIM)), (NAME, a_batch(KARIM)), (NAME, a_batch(ELIF)), (SECOND, b"{"),
        (SECOND, a_batch(ELIF, number=2)),
    ):  # fmt: skip
        space.upload(name, content)

    found = listed(space)

    assert [(one["upload"], one["outcome"], one["batch"], states(one)) for one in found] == [
        ("U-1", "verdeeld", "B-1", ["received", "validated"]),
        ("U-2", "ongewijzigd", "B-1", ["received", "validated"]),
        ("U-3", "geweigerd", None, ["received", "validated", "quarantined"]),
        ("U-4", "quarantaine", None, ["received", "quarantined"]),
        ("U-5", "verdeeld", "B-2", ["received", "validated"]),
    ]
    assert all(one["done"] and one["channel"] == "sftp" for one in found)
    entries = leaves(space, "batch.received")
    assert [one["decision"] for one in found] == [f"D-{leaf['n']}" for leaf in numbered(space)]
    assert [leaf["upload"] for leaf in entries] == ["U-1", "U-2", "U-3", "U-4", "U-5"]
    assert listed(space, "--open") == []


def numbered(space: RunningSpace) -> list[dict[str, Any]]:
    every = [leaf | {"n": at} for at, leaf in enumerate(space.leaves(), 1)]
    return [leaf for leaf in every if leaf["e"] == "batch.received"]


def test_a_file_shows_its_whole_life(space: RunningSpace) -> None:
    space.upload(NAME, a_batch(KARIM))
    with space.sftp("infino") as consumer:
        (name,) = consumer.files(FLOW)
        consumer.fetch(FLOW, name)
        consumer.acknowledge(FLOW, name)
    space.host.space.settle()

    told = CliRunner().invoke(
        app, ["batch", "show", "B-1", "--data", space.ready["data"], "--json"]
    )

    (infino,) = [one for one in json.loads(told.stdout)["consumers"] if one["consumer"] == "infino"]
    walked = ["staged", "entered", "released", "collected", "acknowledged"]
    assert [move["state"] for move in infino["moves"]] == walked
    assert infino["state"] == "acknowledged"


def test_in_words_what_waits_is_told_as_such(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with space.sftp("wewis") as provider:
        no_log(monkeypatch)
        provider.upload(FLOW, NAME, a_batch(KARIM))
        space.host.space._worker.settle()

    told = CliRunner().invoke(app, ["batch", "list", "--data", space.ready["data"], "--open"])

    assert told.stdout.split() == [
        "U-1", "validated,", "in", "hand", "verdeeld", "B-1", f"wewis/{NAME}",
    ]  # fmt: skip


def test_what_the_log_could_not_take_goes_on_by_itself(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken, space.sftp("wewis") as provider:
        no_log(broken)
        provider.upload(FLOW, NAME, a_batch(KARIM))
        space.host.space._worker.settle()
        assert not list(drop(space, "infino", "uit").rglob("*.json"))

    eventually(lambda: all(one["done"] for one in listed(space)), within_s=60)

    assert [leaf["unit"] for leaf in leaves(space, "file.delivered")].count("infino") == 1
    assert len(space.found("infino")) == 1
    assert [one["channel"] for one in listed(space)] == ["sftp"]


def test_numbers_go_on_without_a_gap_after_one_that_was_stopped(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken, space.sftp("wewis") as provider:
        no_log(broken)
        provider.upload(FLOW, NAME, a_batch(KARIM))
        space.host.space._worker.settle()
    waiting = drop(space, "wewis", "in") / FLOW / NAME
    waiting.unlink()  # somebody takes it away meanwhile

    space.control("POST", "/clock/advance", {"days": 1})
    space.upload(f"{FLOW}_2025-03-11.json", a_batch(KARIM, day="2025-03-11"))

    assert [one["volgnummer"] for one in space.found("infino")] == [1]
    staged = {path.name for path in drop(space, "infino", ".staging").iterdir()}
    assert staged == set()


def test_who_was_suspended_meanwhile_keeps_nothing_of_what_was_staged(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = space.host.space._worker
    with monkeypatch.context() as broken, space.sftp("wewis") as provider:
        no_log(broken)
        # it is tried again after the act, and not before
        broken.setattr(worker, "look", lambda: None)
        provider.upload(FLOW, NAME, a_batch(KARIM))
        worker.settle()
        staging = drop(space, "infino", ".staging")
        assert [path.name for path in staging.iterdir()] == [
            f"uit~{FLOW}~{FLOW}_{START}_000001.json"
        ]
        broken.undo()
        broken.setattr(worker, "look", lambda: None)
        suspension = {"soort": "schorsing", "partij": "infino"}
        path = "/v1/protocollen/001/gebeurtenissen"
        answer = space.post("wewis", path, suspension, content_type="application/json")
        assert answer.status_code == 201
        worker.settle()

    assert [one["done"] for one in listed(space)] == [True]
    assert len(space.found("kidslife")) == 1
    assert not space.found("infino")
    assert not list(staging.iterdir())


def test_what_was_staged_and_not_noted_goes_once_all_else_is_done(space: RunningSpace) -> None:
    staging = drop(space, "infino", ".staging")
    left = staging / f"uit~{FLOW}~{FLOW}_{START}_000001.json"
    left.write_bytes(b"of a process that died before its ledger knew")
    rest = staging / "~~in~x.json"
    rest.write_bytes(b"of an upload that can be resumed")

    space.host.space.unfinished.resume()
    space.host.space._worker.settle()

    assert [path.name for path in staging.iterdir()] == [rest.name]


def test_of_an_upload_that_a_crash_left_unnoted_no_door_is_claimed(space: RunningSpace) -> None:
    folder = drop(space, "wewis", "in") / FLOW
    (folder / NAME).write_bytes(a_batch(KARIM))

    space.host.space.unfinished.resume()
    space.host.space._worker.settle()

    assert [(one["done"], one["channel"]) for one in listed(space)] == [(True, "unknown")]
    assert [one["channel"] for one in space.leaves() if one["e"] == "batch.received"] == ["unknown"]


def test_an_acknowledgement_that_was_not_noted_is_found_in_the_archive(
    space: RunningSpace,
) -> None:
    space.upload(NAME, a_batch(KARIM))
    own = f"{FLOW}_{START}_000001.json"
    (drop(space, "infino", "uit") / FLOW / own).rename(drop(space, "infino", "archief") / own)

    for _ in range(2):
        space.host.space.unfinished.resume()
        space.host.space.settle()

    acknowledged = leaves(space, "file.acknowledged")
    assert [(one["credential"], one["file"]) for one in acknowledged] == [("infino", own)]


def test_what_is_owed_is_expected_in_time_late_or_missing(space: RunningSpace) -> None:
    space.control("PUT", "/providers/wewis", {"automatic": False})
    space.upload(NAME, a_batch(KARIM))
    space.control("POST", "/clock/advance", {"days": 3})
    space.upload(f"{FLOW}_2025-03-11.json", a_batch(day="2025-03-11"))

    command = ["batch", "expected", "--data", space.ready["data"]]
    told, words = CliRunner().invoke(app, [*command, "--json"]), CliRunner().invoke(app, command)

    rows = json.loads(told.stdout)
    assert [(row["day"], row["arrival"], row["batch"]) for row in rows] == [
        ("2025-03-10", "in time", "B-1"),
        ("2025-03-11", "late", "B-2"),
        ("2025-03-12", "missing", None),
        ("2025-03-13", "expected", None),
    ]
    assert rows[0]["due"] == "2025-03-11T06:00:00+01:00"
    assert (told.exit_code, words.exit_code) == (1, 1)
    assert "2025-03-12  missing" in words.stdout


@pytest.mark.parametrize("clock", ["2025-07-05T09:00:00+02:00"])
def test_a_file_on_request_that_was_entered_and_not_shown_is_shown_though_nobody_asks_again(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(DropStore, "release", full)
        asked = space.post("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})
    assert asked.status_code >= 500

    shown = drop(space, "zele", "uit") / PAYMENTS
    eventually(lambda: len(list(shown.glob("*.json"))) == 1, within_s=60)
    space.host.space.settle()

    (entry,) = leaves(space, "file.delivered")
    (file,) = shown.glob("*.json")
    assert entry["file"] == file.name
    again = space.post("zele-financien", "/v1/gezin/betaalbestand/aanvragen", {})
    assert (again.status_code, again.json()["bestand"]) == (200, file.name)


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_log(patch: pytest.MonkeyPatch) -> None:
    """The log takes nothing."""

    def fail(*_: object) -> None:
        raise LogUnavailable

    patch.setattr(OrderedLog, "append_all", fail)


def drop(space: RunningSpace, unit: str, folder: str) -> Path:
    return Path(space.ready["data"]) / "drop" / unit / folder
