"""`magda-sim world` and `/_sim/world`: people of a running space looked up, added, changed, exported, imported."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation import world_note
from gateway.simulation.host import Host
from gateway.simulation.people_desk import NAME
from gateway.simulation.world_note import OtherWorld
from providers.world.files import FileInvalid
from tests.people import BRAM, ELIF, KARIM, LUKAS, NOBODY, NOOR, OSCAR, SOFIE
from tests.running import CARE, FLOW, TRANSACTIONS, RunningSpace

PEOPLE = 400
SOMEBODY = "93651822325"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """One process for the whole module."""
    options = Settings(data=tmp_path_factory.mktemp("space"), http_port=0, sftp_port=0, clock=DEMO_CLOCK,
                       demo=True, people=PEOPLE)  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.fixture
def space(process: RunningSpace) -> RunningSpace:
    """Its default space, fresh."""
    process.begin_anew()
    return process


def run(space: RunningSpace, *words: str, status: int = 0, typed: str = "") -> Result:
    done = CliRunner().invoke(app, ["world", *words, "--data", space.ready["data"]], input=typed)
    assert done.exit_code == status, done.output
    return done


def paid_to(space: RunningSpace, insz: str) -> list[dict[str, Any]]:
    answer = space.post("infino", TRANSACTIONS, {"insz": insz})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["verrichtingen"]
    return found


def test_somebody_is_shown_with_what_happens_to_them(space: RunningSpace) -> None:
    told = run(space, "show", "elif").output
    same = json.loads(run(space, "show", "-", "--json", typed=f"{ELIF}\n").output)

    assert told.splitlines()[0] == f"{ELIF}  Elif Denkbeeld, born 1988-06-06"
    assert "2025-03-10  recovered     -600.00 for 2023, tranche 1" in told
    assert same["person"]["insz"] == ELIF
    assert f"{PEOPLE} people" in run(space, "show").output


def test_people_are_found_by_what_happens_to_them(space: RunningSpace) -> None:
    period = ("--from", "2025-05-01", "--until", "2025-05-31")
    found = json.loads(run(space, "events", "--what", "moved", *period, "--json").output)

    assert (BRAM, "Zele to Lokeren") in {(one["insz"], one["of"]) for one in found["items"]}
    assert all("2025-05-01" <= one["on"] <= "2025-05-31" for one in found["items"])
    assert found["looked_at"] >= PEOPLE
    assert len(json.loads(run(space, "events", "--limit", "3", "--json").output)["items"]) == 3
    assert "paid" in run(space, "events", "--what", "paid", *period).output
    assert "there are born, died" in run(space, "events", "--what", "lunch", status=2).output


def test_who_is_added_is_known_to_the_sources_at_once(space: RunningSpace) -> None:
    added = run(space, "add", "Roos", "Proefveld", "--born", "2016-02-03", "--parent", "sofie").output.strip()  # fmt: skip
    space.register("ahovoks-studietoelagen", added)
    question = {"insz": added, "referentiedatum": "2024-12-31"}

    answer = space.post("ahovoks-studietoelagen", CARE, question)

    assert answer.json()["reason"] == "no-data"
    person = json.loads(run(space, "show", added, "--json").output)["person"]
    assert (person["parents"], person["residences"][0]["municipality"]) == ([SOFIE], "Zele")
    run(space, "add", "A", "B", "--born", "2016-02-03", "--town", "Atlantis", status=3)
    run(space, "add", "A", "B", "--born", "2016-02-33", status=3)
    run(space, "add", "A", "B", "--born", "1950-01-01", "--parent", "sofie", status=2)


def test_a_change_is_in_the_next_answer_and_in_the_batch_of_its_day(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    assert len(paid_to(space, KARIM)) == 1

    run(space, "change", "karim", "recovered", "--on", "2025-03-10", "--amount", "200")
    run(space, "change", "karim", "paid", "--on", "2025-03-11", "--amount", "450.5")

    assert [one["verrichtingbedrag"] for one in paid_to(space, KARIM)] == ["600.00", "-200.00"]
    space.control("POST", "/clock/advance", {"days": 2})
    assert [one["verrichtingbedrag"] for one in paid_to(space, KARIM)][2:] == ["450.50"]
    files = {one["dag"]: one["insz"] for one in space.found("infino", FLOW)}
    assert files["2025-03-11"] == [KARIM]


def test_a_number_replaced_by_hand_is_replaced_from_that_day_on(space: RunningSpace) -> None:
    space.register("infino", KARIM)
    changed = json.loads(run(space, "change", "karim", "replaced", "--on", "2025-03-11", "--json").output)  # fmt: skip
    new = changed[1]["insz"]
    space.register("infino", new)

    assert len(paid_to(space, KARIM)) == 1
    space.control("POST", "/clock/advance", {"days": 1})
    answer = space.post("infino", TRANSACTIONS, {"insz": KARIM})
    assert new in answer.text
    assert len(paid_to(space, new)) == 1
    assert run(space, "change", "karim", "paid", "--on", "2025-03-12", "--amount", "1.00").output.count("paid on") == 2  # fmt: skip


def test_what_does_not_fit_is_refused_and_changes_nothing(space: RunningSpace) -> None:
    before = run(space, "export", "--whole").stdout_bytes

    dead = run(space, "change", "sofie", "died", "--on", "2025-04-01", status=2)
    lost = run(
        space, "change", "lukas", "recovered", "--on", "2025-04-01", "--amount", "5", status=2
    )
    nowhere = run(space, "change", "lukas", "moved", "--on", "2025-04-01", status=2)
    nobody = run(space, "show", NOBODY, status=2)
    unknown = run(space, "show", "nemo", status=3)

    assert "noor: beneficiaries: somebody who is dead on a payday" in dead.output
    assert "nothing was paid" in lost.output
    assert "town: say which" in nowhere.output
    assert "nobody with this number" in nobody.output
    assert "there are noor" in unknown.output
    assert run(space, "export", "--whole").stdout_bytes == before


def with_each(row: Any, value: Any) -> Iterator[Any]:
    """The same row as often as it has places, each time with this value in another of them."""
    if isinstance(row, dict):
        for name, inner in row.items():
            yield from ({**row, name: changed} for changed in with_each(inner, value))
        yield {**row, str(value): value}
    elif isinstance(row, list):
        for n, inner in enumerate(row):
            yield from ([*row[:n], changed, *row[n + 1 :]] for changed in with_each(inner, value))
    yield value


@pytest.mark.parametrize("value", [SOMEBODY, [SOMEBODY]])
def test_what_is_wrong_with_a_row_tells_nothing_of_anybody(
    space: RunningSpace, value: object
) -> None:
    noor = space.control("POST", "/world/person", {"insz": NOOR}).json()["person"]
    nobody = {name: told for name, told in noor.items() if name not in ("insz", "key")}
    before = space.control("GET", "/world/export?whole=true").content

    for row in (one for whom in (noor, nobody) for one in with_each(whom, value)):
        answer = space.control("POST", "/world/people", row)
        if answer.status_code == 201:  # such as a street of this name
            space.control("POST", "/world/revert", {"insz": answer.json()["insz"]})
            continue
        assert answer.status_code == 400, (row, answer.text)
        told = answer.text
        assert [word for word in (SOMEBODY, NOOR, noor["name"]) if word in told] == []

    assert space.control("GET", "/world/export?whole=true").content == before


def test_a_persona_keeps_who_it_is(space: RunningSpace) -> None:
    row = json.loads(run(space, "show", "noor", "--json").output)["person"]
    changes: list[dict[str, Any]] = [{"name": "Anders"}, {"key": "nora"}, {"shows": []}]
    for change in changes:
        answer = space.control("POST", "/world/people", row | change)
        assert (answer.status_code, answer.json()["reason"]) == (400, "message-invalid")
        assert NOOR not in answer.text
    stranger = {"name": "A", "first_name": "B", "born": "2000-01-01", "key": "karim2",
                "residences": row["residences"]}  # fmt: skip
    assert "only the personas" in space.control("POST", "/world/people", stranger).text
    without = {name: value for name, value in stranger.items() if name != "key"}
    assert space.control("POST", "/world/people", without).status_code == 201


def test_an_export_comes_back_to_the_byte_in_a_fresh_space(
    space: RunningSpace, tmp_path: Path
) -> None:
    run(space, "add", "Roos", "Proefveld", "--born", "2016-02-03", "--parent", "sofie")
    run(space, "change", "lukas", "moved", "--on", "2025-04-01", "--to", "Zele")
    run(space, "change", "amina", "joined", "--on", "2025-09-01", "--to", "zorgkas-5")
    run(space, "change", "yusuf", "cancelled", "--on", "2025-09-01")
    changes, whole = tmp_path / "changes.ndjson", tmp_path / "whole.ndjson"
    run(space, "export", "--out", str(changes))
    run(space, "export", "--whole", "--out", str(whole))
    written = changes.read_bytes()
    assert written == (Path(space.ready["data"]) / NAME).read_bytes()
    assert written.count(b"\n") == 5

    space.host.reset(1, datetime.fromisoformat(DEMO_CLOCK))
    assert run(space, "export").stdout_bytes.count(b"\n") == 1
    assert "1 added, 3 changed, 0 as they were" in run(space, "import", str(changes)).output

    assert run(space, "export").stdout_bytes == written
    assert run(space, "export", "--whole").stdout_bytes == whole.read_bytes()
    assert json.loads(run(space, "import", str(changes), "--json").output) == {
        "added": 0, "changed": 0, "same": 4,
    }  # fmt: skip
    assert run(space, "import", str(whole)).output.startswith("0 added, 0 changed")


def test_a_file_of_another_world_is_refused(space: RunningSpace, tmp_path: Path) -> None:
    file = tmp_path / "other.ndjson"
    file.write_bytes(b'{"world":1,"seed":2,"people":0}\n')

    assert "seed 2 with 0 people" in run(space, "import", str(file), status=2).output
    file.write_bytes(b"people")
    assert "line 1" in run(space, "import", str(file), status=2).output


def test_a_reverted_person_is_as_the_seed_gives_them(space: RunningSpace) -> None:
    fresh = run(space, "export", "--whole").stdout_bytes
    added = run(space, "add", "Roos", "Proefveld", "--born", "2016-02-03").output.strip()
    run(space, "change", "lukas", "moved", "--on", "2025-04-01", "--to", "Zele")
    child = {"name": "Kind", "first_name": "Roos", "born": "2022-01-01", "parents": [added],
             "residences": json.loads(run(space, "show", LUKAS, "--json").output)["person"]["residences"]}  # fmt: skip
    assert space.control("POST", "/world/people", child).status_code == 201

    assert "parents: somebody who is not in this world" in run(space, "revert", added, status=2).output  # fmt: skip
    run(space, "revert", "lukas")
    number = space.space.world.own()[-1].insz
    for insz in sorted({added, *(one.insz for one in space.space.world.own())}, key=lambda one: one != number):  # fmt: skip
        run(space, "revert", insz)

    assert run(space, "export", "--whole").stdout_bytes == fresh


def test_changes_outlast_the_process_and_go_with_a_reset(tmp_path: Path) -> None:
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True
    )
    first = Host(options)
    try:
        space = RunningSpace(first, first.start())
        run(space, "change", "oscar", "moved", "--on", "2025-04-01", "--to", "Gent")
        copied = space.control("POST", "/spaces/demo/clone", {"id": "copy"})
        assert copied.status_code == 201
        assert len(RunningSpace(first, copied.json()).space.world.own()) == 2
    finally:
        first.stop()
    again = Host(options)
    try:
        oscar = again.space.world.find(OSCAR)
        assert oscar is not None
        assert oscar.residences[-1].since == date(2025, 4, 1)
    finally:
        again.stop()
    others = options.model_copy(update={"people": 5})
    with pytest.raises(OtherWorld, match="a space of seed 1 with 0 people, and another people"):
        Host(others)
    (tmp_path / "space" / world_note.NAME).unlink()
    with pytest.raises(
        FileInvalid, match=r"people.ndjson: line 1: it lies over seed 1 with 0 people"
    ):
        Host(others)


def test_it_takes_the_control_token(space: RunningSpace) -> None:
    for method, path in (
        ("GET", "/_sim/world"),
        ("GET", "/_sim/world/export"),
        ("POST", "/_sim/world/import"),
    ):
        answer = space.post(None, path, {}) if method == "POST" else space.get(path)
        assert answer.status_code == 401


def test_a_snapshot_takes_the_changed_people_along(space: RunningSpace) -> None:
    run(space, "change", "lukas", "moved", "--on", "2025-04-01", "--to", "Zele")
    kept = run(space, "export").stdout_bytes
    saved = space.control("POST", "/snapshots", {"name": "then"})
    assert saved.status_code == 201, saved.text
    run(space, "revert", "lukas")

    assert space.control("POST", "/snapshots/then/restore").is_success

    assert run(space, "export").stdout_bytes == kept
    lukas = space.space.world.find(LUKAS)
    assert lukas is not None
    assert lukas.residences[-1].municipality == "Zele"
