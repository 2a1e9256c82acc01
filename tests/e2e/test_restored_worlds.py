"""A snapshot of another seed in the default space: its people, keys and protocols answer, also after a start anew."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from gateway.simulation.world_note import NAME, OtherWorld
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace

INFINO, PEOPLE = "infino", 200


@contextmanager
def started(folder: Path, **options: Any) -> Iterator[RunningSpace]:
    settings = Settings(
        data=folder, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, **options
    )
    host = Host(settings)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What somebody else's space tells of a person of its crowd, and its snapshot."""
    folder = tmp_path_factory.mktemp("theirs")
    with started(folder / "space", seed=7, people=PEOPLE) as space:
        somebody = paid_one(space)
        space.register(INFINO, KARIM, somebody)
        told = space.post(INFINO, TRANSACTIONS, {"insz": somebody})
        assert told.status_code == 200
        space.control("POST", "/snapshots", {"name": "theirs"})
        file = folder / "theirs.zip"
        done = CliRunner().invoke(app, ["snapshot", "export", "theirs", str(file), "--data", space.ready["data"]])  # fmt: skip
        assert done.exit_code == 0, done.output
        return {"file": file, "who": somebody, "ready": space.ready, "tokens": tokens(space),
                "paid": told.json()["verrichtingen"], "law": space.get("/v1/protocollen").json()}  # fmt: skip


def paid_one(space: RunningSpace) -> str:
    """Somebody of the crowd to whom something was paid in the first weeks of the year."""
    asked = {"what": ["paid"], "from": "2025-01-01", "until": "2025-03-09", "limit": 500}
    found = space.control("POST", "/world/events", asked).json()["items"]
    named = {one["insz"] for one in space.control("GET", "/personas").json()}
    return next(str(one["insz"]) for one in found if one["insz"] not in named)


def tokens(space: RunningSpace) -> dict[str, str]:
    return {unit: one["token"] for unit, one in space.ready["credentials"].items()}


def brought(space: RunningSpace, file: Path) -> RunningSpace:
    """The default space, restored from somebody else's snapshot."""
    data = ("--data", space.ready["data"])
    for words in (("import", str(file)), ("restore", "theirs")):
        done = CliRunner().invoke(app, ["snapshot", *words, *data])
        assert done.exit_code == 0, done.output
    ready = json.loads((Path(space.ready["data"]) / "ready.json").read_text("utf-8"))
    return RunningSpace(space.host, ready)


def assert_is_theirs(space: RunningSpace, given: dict[str, Any]) -> None:
    """Its people, keys and law are those of the snapshot."""
    assert (space.ready["seed"], space.space.settings.people) == (7, PEOPLE)
    assert space.ready["log_key"] == given["ready"]["log_key"]
    assert tokens(space) == given["tokens"]
    again = space.post(INFINO, TRANSACTIONS, {"insz": given["who"]})
    assert (again.status_code, again.json()["verrichtingen"]) == (200, given["paid"])
    assert space.get("/v1/protocollen").json() == given["law"]
    assert space.verify().ok


def test_a_space_of_another_seed_answers_with_its_own_people_and_goes_on_with_them(
    given: dict[str, Any], tmp_path: Path
) -> None:
    with started(tmp_path) as space:
        assert space.post(INFINO, TRANSACTIONS, {"insz": given["who"]}).status_code != 200
        old = space.credential(INFINO)["token"]
        there = brought(space, given["file"])
        assert_is_theirs(there, given)
        gone = space.get("/v1/rechten", Authorization=f"Bearer {old}")
        assert gone.status_code == 401
        with there.sftp(INFINO) as payer:
            assert payer.files("jobbonusplus-mutaties") == []
    with started(tmp_path) as again:
        assert_is_theirs(again, given)
    with started(tmp_path, seed=7, people=PEOPLE) as said:
        assert_is_theirs(said, given)
        said.control("POST", "/reset", {"seed": 3})
    with started(tmp_path) as reset:
        assert (reset.ready["seed"], reset.space.settings.people) == (3, PEOPLE)


def test_a_start_that_asks_for_other_people_is_told_which_these_are(tmp_path: Path) -> None:
    with started(tmp_path, seed=7) as space:
        size = space.space.gateway.log.size

    with pytest.raises(OtherWorld):
        Host(Settings(data=tmp_path, http_port=0, sftp_port=0, demo=True, seed=1))
    for words, what in (
        (("--seed", "1"), "another seed was"),
        (("--people", "9"), "another people was"),
    ):
        up = [
            "up",
            "--demo",
            "--data",
            str(tmp_path),
            "--http-port",
            "0",
            "--sftp-port",
            "0",
            *words,
        ]
        told = CliRunner().invoke(app, up)
        assert told.exit_code == 3, told.output
        assert "holds a space of seed 7 with 0 people" in told.stderr
        assert what in told.stderr
        assert "--seed 7 --people 0" in told.stderr
    with started(tmp_path, seed=7) as same:
        assert same.space.gateway.log.size == size


def test_a_folder_without_a_note_is_begun_as_it_is_asked(tmp_path: Path) -> None:
    with started(tmp_path):
        pass
    (tmp_path / NAME).write_text("seven", "utf-8")
    with started(tmp_path, seed=1) as space:
        assert space.ready["seed"] == 1
    assert json.loads((tmp_path / NAME).read_text("utf-8")) == {"seed": 1, "people": 0}


@pytest.mark.parametrize("spoilt", [b"", b"\xff\xfe{", b"[]", None])
def test_a_log_that_other_keys_signed_is_not_gone_on_with(
    tmp_path: Path, spoilt: bytes | None
) -> None:
    """Where the note is gone, the log itself tells that it is of another seed."""
    with started(tmp_path, seed=7) as space:
        space.control("POST", "/clock/advance", {"days": 1})
        head, key = space.verify(), space.ready["log_key"]
    (tmp_path / NAME).unlink()
    if spoilt is not None:
        (tmp_path / NAME).write_bytes(spoilt)

    up = ["up", "--demo", "--data", str(tmp_path), "--http-port", "0", "--sftp-port", "0"]
    told = CliRunner().invoke(app, up)

    assert (told.exit_code, "signed with another key" in told.stderr) == (3, True), told.output
    assert "--seed" in told.stderr
    with started(tmp_path, seed=7) as same:
        assert (same.verify(), same.ready["log_key"]) == (head, key)
    assert json.loads((tmp_path / NAME).read_text("utf-8")) == {"seed": 7, "people": 0}
