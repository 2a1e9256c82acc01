"""`drop check` over files that were really collected: whole, with gaps, doubled, tampered with."""

import json
import shutil
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumers.collector import Collector
from consumers.inbox import Inbox
from consumers.manifests import ManifestKeys
from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from tests.people import ELIF, KARIM, NOOR
from tests.running import FLOW, RunningSpace, a_batch

DAYS = ("2025-03-08", "2025-03-09", "2025-03-10")
WHOLE = {"ok": True, "missing": [], "double": [], "changed": []}


def name_of(number: int) -> str:
    return f"{FLOW}_{DAYS[number - 1]}_{number:06d}.json"


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What two payers took from the drop server: plain folders, an inbox with a state, the keys."""
    data, base = tmp_path_factory.mktemp("space"), tmp_path_factory.mktemp("fetched")
    host = Host(Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))
    try:
        space = RunningSpace(host, host.start())
        space.register("infino", KARIM, ELIF)
        for day in DAYS:
            space.upload(f"{FLOW}_{day}.json", a_batch(KARIM, NOOR, day=day))
        for unit in ("infino", "parentia"):
            fetch(space, unit, base / unit)
        keys = space.get("/log/keys").content
        (base / "keys.json").write_bytes(keys)
        (base / "ready.json").write_text(json.dumps(space.ready))
        with space.sftp("infino") as drop:
            inbox = Inbox(base / "inbox", FLOW)
            Collector(drop, inbox, ManifestKeys.published(keys), "infino").collect()
        yield base
    finally:
        host.stop()


def fetch(space: RunningSpace, unit: str, folder: Path) -> None:
    folder.mkdir()
    with space.sftp(unit) as drop:
        for name in drop.files(FLOW):
            (folder / name).write_bytes(drop.fetch(FLOW, name))
            (folder / f"{name}.manifest.jws").write_text(drop.manifest(FLOW, name))


@pytest.fixture
def mine(fetched: Path, tmp_path: Path) -> Path:
    """A copy of a payer's files to do harm to."""
    return Path(shutil.copytree(fetched / "infino", tmp_path / "mine"))


def run(folder: Path, *options: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["drop", "check", str(folder), *options])
    return done.exit_code, done.stdout, done.stderr


def told(folder: Path, *options: str) -> dict[str, Any]:
    status, out, _ = run(folder, "--json", *options)
    answer: dict[str, Any] = json.loads(out)
    assert status == (0 if answer["ok"] else 1)
    return answer


@pytest.mark.parametrize("keys", ["keys.json", "ready.json"])
def test_what_was_fetched_whole_is_whole(fetched: Path, mine: Path, keys: str) -> None:
    assert told(mine, "--keys", str(fetched / keys)) == WHOLE


def test_the_contract_s_form_for_a_gap(mine: Path) -> None:
    (mine / name_of(2)).unlink()

    assert run(mine, "--json")[1].strip() == (
        '{"ok": false, "missing": [2], "double": [], "changed": []}'
    )
    (mine / f"{name_of(2)}.manifest.jws").unlink()
    assert told(mine) == WHOLE | {"ok": False, "missing": [2]}


def test_a_manifest_alone_tells_of_a_file_that_should_be_there(mine: Path) -> None:
    (mine / name_of(3)).unlink()

    assert told(mine)["missing"] == [3]


def test_a_tampered_file_is_changed(mine: Path) -> None:
    path = mine / name_of(2)
    path.write_bytes(path.read_bytes().replace(KARIM.encode(), ELIF.encode()))

    assert told(mine) == WHOLE | {"ok": False, "changed": [2]}


def test_a_file_cut_short_or_without_manifest_is_changed(mine: Path) -> None:
    path = mine / name_of(1)
    path.write_bytes(path.read_bytes()[:-9])
    (mine / f"{name_of(3)}.manifest.jws").unlink()

    assert told(mine)["changed"] == [1, 3]


@pytest.mark.parametrize("copy", ["archief/{}", "copy of {}"])
def test_a_sequence_that_lies_there_twice_is_double(mine: Path, copy: str) -> None:
    target = mine / copy.format(name_of(2))
    target.parent.mkdir(exist_ok=True)
    shutil.copy(mine / name_of(2), target)

    assert told(mine) == WHOLE | {"ok": False, "double": [2]}


def test_a_file_under_another_ones_name_is_changed(mine: Path) -> None:
    shutil.copy(mine / name_of(1), mine / name_of(3))

    assert told(mine) == WHOLE | {"ok": False, "changed": [3]}


def reworded(path: Path, **changes: Any) -> None:
    """Change a manifest under its old signature."""
    head, payload, signature = path.read_text().split(".")
    members = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))) | changes
    text = urlsafe_b64encode(json.dumps(members).encode()).decode().rstrip("=")
    path.write_text(f"{head}.{text}.{signature}")


def test_only_the_keys_tell_that_a_manifest_was_reworded(fetched: Path, mine: Path) -> None:
    reworded(mine / f"{name_of(3)}.manifest.jws", aantal=7)

    status, _, error = run(mine, "--json")
    assert (status, "signatures were not checked" in error) == (0, True)
    status, _, error = run(mine, "--json", "--keys", str(fetched / "keys.json"))
    assert (status, "not checked" in error) == (1, False)
    assert told(mine, "--keys", str(fetched / "keys.json"))["changed"] == [3]


def test_a_broken_chain_shows_without_keys(mine: Path) -> None:
    reworded(mine / f"{name_of(2)}.manifest.jws", vorige="0" * 64)

    assert told(mine)["changed"] == [2]


def test_a_manifest_that_is_no_manifest_is_changed(mine: Path) -> None:
    (mine / f"{name_of(2)}.manifest.jws").write_bytes(b"\xff no jws")

    assert told(mine)["changed"] == [2]


def test_two_consumers_in_one_folder_are_two_series(fetched: Path, tmp_path: Path) -> None:
    both = tmp_path / "both"
    for unit in ("infino", "parentia"):
        shutil.copytree(fetched / unit, both / unit)
    (both / "parentia" / name_of(1)).unlink()

    answer = told(both)

    assert answer["missing"] == [1]
    assert [(one["consumer"], one["missing"]) for one in answer["series"]] == [
        ("infino", []), ("parentia", [1]),
    ]  # fmt: skip


def test_what_an_agency_is_done_with_or_gave_up_is_not_missing(
    fetched: Path, tmp_path: Path
) -> None:
    inbox = Inbox(Path(shutil.copytree(fetched / "inbox", tmp_path / "inbox")), FLOW)
    inbox.done(name_of(1))

    assert told(tmp_path / "inbox", "--keys", str(fetched / "keys.json")) == WHOLE
    state = inbox.state()
    del state.files[2]
    lines = [json.dumps({"sequence": n, **vars_of(state.files[n])}) for n in (1, 3)]
    (tmp_path / "inbox" / FLOW / "state.ndjson").write_text("\n".join([*lines, '{"half']))
    (tmp_path / "inbox" / FLOW / name_of(2)).unlink()
    assert told(tmp_path / "inbox")["missing"] == [2]
    inbox.give_up([2])
    assert told(tmp_path / "inbox") == WHOLE


def vars_of(kept: Any) -> dict[str, Any]:
    return {"name": kept.name, "sha256": kept.sha256, "previous": kept.previous}


def test_in_words_it_says_what_to_do_and_nothing_of_a_person(mine: Path) -> None:
    (mine / name_of(1)).unlink()
    path = mine / name_of(2)
    path.write_bytes(path.read_bytes() + b" ")
    status, out, _ = run(mine)

    assert status == 1
    assert f"{FLOW} for infino: 2 files, NOT whole" in out
    assert "1 missing: have it put back" in out
    assert "2 changed" in out
    assert KARIM not in out


@pytest.mark.parametrize("options", [[], ["--keys", "no-such-file"], ["--keys", "{mine}"]])
def test_what_cannot_be_judged_is_invalid_input(
    mine: Path, tmp_path: Path, options: list[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    folder = mine if options else empty
    keys = [one.format(mine=mine / name_of(1)) for one in options]

    status, out, error = run(folder, *keys)

    assert (status, out) == (3, "")
    assert error


def test_a_state_that_cannot_be_read_is_invalid_input(mine: Path) -> None:
    (mine / "state.ndjson").write_text("{\n")

    assert run(mine)[0] == 3
    assert run(mine / "nowhere")[0] == 3
