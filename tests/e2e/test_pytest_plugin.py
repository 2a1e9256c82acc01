"""The pytest plugin, in a project of its own outside this repository: packed, unpacked, found by its entry point."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gateway.simulation.testing.fixture import MagdaSim
from gateway.simulation.testing.served import NotServed, running_doors
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace
from tests.waiting import eventually

ROOT = Path(__file__).parents[2]
PLUGIN = "gateway.simulation.testing.plugin"
WORKS = """
import pytest
from datetime import date

KARIM = "90712301137"

@pytest.fixture
def infino(magdasim):
    with magdasim.rest("infino") as client:
        yield client

def test_a_day_at_a_payer(magdasim, infino):
    magdasim.register("infino", "karim")
    jobs = magdasim.clock.advance(days=1)
    assert "provider.deliver" in [job["job"] for job in jobs]
    with magdasim.drop("infino") as drop:
        (name,) = drop.files("jobbonusplus-mutaties")
        assert KARIM.encode() in drop.fetch("jobbonusplus-mutaties", name)
        drop.acknowledge("jobbonusplus-mutaties", name)
    infino.transactions(KARIM)
    magdasim.assert_called("jobbonusplus-verrichtingen", persona="karim", by="infino", times=1, outcome="permit")
    magdasim.assert_happened("file.acknowledged", by="infino", times=1)
    magdasim.assert_not_called("zorgtoeslag")
    magdasim.assert_never_disclosed("noor", to="infino")
    assert magdasim.clock.now.date() == date(2025, 3, 11)

def test_every_test_has_a_world_of_its_own(magdasim, infino):
    magdasim.assert_not_called()
    assert magdasim.clock.now.date() == date(2025, 3, 10)
    assert not infino.register(KARIM, date(2025, 3, 10)).notices

@pytest.mark.magdasim(seed=7, clock="2025-06-01T12:00:00+02:00")
def test_seed_and_clock_can_be_chosen(magdasim):
    assert (magdasim.ready["seed"], magdasim.clock.now.isoformat()) == (7, "2025-06-01T12:00:00+02:00")
    magdasim.clock.set("2025-07-01T00:00:00+02:00")
    assert magdasim.clock.now.month == 7

def test_a_scenario_can_be_loaded(magdasim, infino):
    magdasim.load("001-13")
    assert infino.transactions(KARIM).content.insz == KARIM

def test_people_of_a_scenario_have_its_names(magdasim, infino):
    magdasim.load("001-10")
    assert infino.transactions(magdasim.insz("third")).reason == "source-garbled"
    magdasim.assert_called("jobbonusplus-verrichtingen", persona="third", reason="source-garbled")
    magdasim.assert_not_called("jobbonusplus-verrichtingen", persona="none")

def test_people_are_added_and_things_befall_them(magdasim, infino):
    roos = magdasim.add_person("1990-02-03", first_name="Roos")
    magdasim.befall("karim", "recovered", date(2025, 3, 11), amount="600.00")
    magdasim.register("infino", roos, "karim")
    magdasim.clock.advance(days=1)
    assert infino.transactions(roos).code == "30001"
    amounts = [str(one.amount) for one in infino.transactions(KARIM).content.transactions]
    assert amounts == ["600.00", "-600.00"]

def test_credentials_and_folders(magdasim):
    account = magdasim.sftp("infino")
    assert account.user.startswith("infino+")
    assert account.key.exists()
    with magdasim.http("infino") as plain:
        assert plain.get("/v1/rechten").status_code == 200
    with magdasim.soap_client("infino") as soap:
        soap.transactions(KARIM)
    magdasim.assert_called("jobbonusplus-verrichtingen", outcome="refusal", reason="not-registered", channel="soap")

def test_a_source_fails_on_purpose(magdasim, infino):
    magdasim.register("infino", "karim")
    magdasim.faults({"where": "source.jobbonusplus-verrichtingen", "kind": "busy", "nth": 1})
    infino.transactions(KARIM)
    magdasim.assert_called("jobbonusplus-verrichtingen", reason="source-busy", times=1)
    magdasim.assert_called("jobbonusplus-verrichtingen", outcome="permit", times=1)
"""
FAILS = """
def test_wrong_outcome(magdasim):
    with magdasim.rest("infino") as infino:
        infino.transactions("90712301137")
    magdasim.assert_called("jobbonusplus-verrichtingen", persona="karim", by="infino", outcome="permit", times=1)

def test_disclosed(magdasim):
    magdasim.register("infino", "karim")
    with magdasim.rest("infino") as infino:
        infino.transactions("90712301137")
    magdasim.assert_never_disclosed("karim", to="infino")

def test_nothing_at_all(magdasim):
    magdasim.assert_called("zorgtoeslag")

def test_something_else_fails(magdasim):
    magdasim.register("infino", "karim")
    assert magdasim.clock is None

def test_no_such_unit(magdasim):
    magdasim.token("infinno")

def test_no_such_scenario(magdasim):
    magdasim.load("999-99")
"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution as others install it, without its libraries."""
    folder = tmp_path_factory.mktemp("packed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        content.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty folder, with no more than a name."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return tmp_path


def run(project: Path, packed: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Pytest there, as if by hand: only what is installed is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "HYPOTHESIS"))}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:schemathesis", "-p", "no:cacheprovider", *options],
        cwd=project, env={**kept, "PYTHONPATH": str(packed)}, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def is_there(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody asked about does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except OSError:
        return False


@pytest.mark.timeout(300)
def test_it_works_in_a_project_outside_this_repository(project: Path, packed: Path) -> None:
    (project / "test_ours.py").write_text(WORKS, "utf-8")
    (project / "test_wrong.py").write_text(FAILS, "utf-8")

    told = run(project, packed, "--tb=short").stdout

    assert "6 failed, 8 passed" in told, told
    assert "FAILED test_ours.py" not in told
    for words in (
        "expected 1 item(s) with kind decision, outcome permit, flow jobbonusplus-verrichtingen, credential infino about karim; found 0",
        "jobbonusplus-verrichtingen  refusal  not-registered  D-1",
        "differs:  outcome is refusal, not permit",
        "would have passed:  register the person first",
        "something was disclosed about karim to infino",
        "jobbonusplus-verrichtingen: insz, maatregel, fiscaalJaar",
        "nothing at all happened in this space",
        "seed 1, clock 2025-03-10 08:00:00+01:00",
        "no unit infinno; there are vlabel",
        "no scenario 999-99",
    ):
        assert words in told, words
    assert "fixture.py:2" not in told  # our own frames are of no use to anybody


@pytest.mark.timeout(300)
def test_spaces_can_be_made_in_a_process_that_runs_already(
    project: Path, packed: Path, shared_space: RunningSpace
) -> None:
    (project / "test_ours.py").write_text(
        "def test_here(magdasim):\n    print('here', magdasim.ready['pid'], magdasim.url)\n",
        "utf-8",
    )

    done = run(project, packed, "-s", "--magdasim-data", str(shared_space.ready["data"]))

    assert f"here {os.getpid()} {shared_space.http}/spaces/t-" in done.stdout, done.stdout
    assert len(shared_space.host.spaces.listed()) == 1  # it went with its test


def test_every_assertion_can_fail(shared_space: RunningSpace) -> None:
    shared_space.begin_anew()
    here = MagdaSim(shared_space.ready)
    shared_space.register("infino", KARIM)
    shared_space.post("infino", TRANSACTIONS, {"insz": KARIM})
    flow = "jobbonusplus-verrichtingen"
    here.assert_called(flow, persona="karim", times=1)
    here.assert_happened("decision", by="infino", times=2)

    with pytest.raises(AssertionError, match="expected 0 item"):
        here.assert_not_called(flow, persona="karim", by="infino")
    with pytest.raises(AssertionError, match="expected at least 1 item"):
        here.assert_called(flow, persona="noor")
    with pytest.raises(AssertionError, match="expected 3 item"):
        here.assert_happened("decision", by="infino", times=3)
    with pytest.raises(AssertionError, match=r"expected at least 1 item.*acknowledged"):
        here.assert_happened("file.acknowledged")
    with pytest.raises(AssertionError, match="something was disclosed"):
        here.assert_never_disclosed("karim", to="infino")


def test_what_nobody_can_tell_any_more_is_not_taken_for_never(shared_space: RunningSpace) -> None:
    shared_space.begin_anew()
    here = MagdaSim(shared_space.ready)
    shared_space.register("infino", KARIM)
    assert shared_space.post("infino", TRANSACTIONS, {"insz": KARIM}).status_code == 200
    here.assert_never_disclosed("noor", to="infino")
    body = {"insz": KARIM, "ground": "unlawful", "by": "wewis", "document": f"sha256:{'ab' * 32}"}
    assert shared_space.control("POST", "/erasures", body).json()["outcome"] == "erased"

    with pytest.raises(
        AssertionError, match="nobody can tell any more whether about noor to infino"
    ):
        here.assert_never_disclosed("noor", to="infino")


def test_where_nothing_runs_it_says_how_to_start_something(tmp_path: Path) -> None:
    with pytest.raises(NotServed, match=f"magda-sim up --demo --data {tmp_path}"):
        running_doors(tmp_path)


@pytest.mark.timeout(300)
def test_the_process_behind_it_ends_with_the_tests_whatever_becomes_of_them(tmp_path: Path) -> None:
    killed = (
        "import os, pathlib, sys\n"
        "from gateway.simulation.testing.served import own_doors\n"
        "with own_doors(pathlib.Path(sys.argv[1])) as doors:\n"
        "    print(doors.ready['pid'], flush=True)\n"
        "    os._exit(9)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", killed, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert done.returncode == 9, done.stderr
    eventually(lambda: not is_there(int(done.stdout)), within_s=120)
    assert not (tmp_path / "space" / "ready.json").exists()


def test_a_session_without_the_fixture_loads_nothing_of_the_gateway() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c",
         f"import sys, pytest; before = set(sys.modules); import {PLUGIN}; print(*sorted(set(sys.modules) - before))"],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    ).stdout.split()  # fmt: skip

    assert loaded == ["gateway", "gateway.simulation", "gateway.simulation.testing", PLUGIN]
