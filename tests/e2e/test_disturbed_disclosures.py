"""Whatever goes wrong on purpose: the log verifies, holds every disclosure, and none is outside the golden matrix."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.disturbance import store
from gateway.simulation.disturbance.files import profiles, read_faults
from gateway.simulation.disturbance.kinds import AREAS, Stage
from gateway.simulation.disturbance.places import anywhere
from gateway.simulation.disturbance.rules import Fault
from gateway.simulation.host import Host
from tests.onlooker import Onlooker
from tests.people import KARIM, NOOR
from tests.running import FLOW, START, RunningSpace, a_batch

EVERYTHING = "everything"
PROFILES = (EVERYTHING, *profiles())
QUICK = (EVERYTHING, "storm", "bad-files", "bad-connections")
_BY_THE_CLOCK = (Stage.FILE, Stage.TELL)


def rules(profile: str) -> list[Fault]:
    """Those of a profile, or every kind at every place; what waits in machine time waits shortly."""
    if profile != EVERYTHING:
        found = read_faults(profile, anywhere())
        return [_sooner(one) for one in found]
    return [
        Fault(where=area, kind=kind, rate=0.12, seconds=None if nature.stage in _BY_THE_CLOCK else 0.01)
        for area, kinds in AREAS.items()
        for kind, nature in kinds.items()
    ]  # fmt: skip


def _sooner(fault: Fault) -> Fault:
    """More often, since a life here is short, and with short waits."""
    seconds, waits = fault.seconds, fault.where.startswith(("source", "door"))
    short = min(seconds, 0.02) if seconds and waits else seconds
    return fault.model_copy(update={"seconds": short, "rate": min(1.0, 3 * fault.rate)})


def lived(space: RunningSpace, profile: str, seed: int, questions: int, days: int) -> Onlooker:
    """A life under a profile; something of it came, and something went wrong."""
    space.disturb(*rules(profile))
    onlooker = Onlooker(space)
    with onlooker.client:
        onlooker.live(seed, questions, days)
    hits = sum(one["hit"] for one in space.space.faults.counts())
    space.disturb()
    assert hits > 0
    assert any(one.headers.get("sim-decision") for one in onlooker.came)
    return onlooker


@pytest.fixture(scope="module")
def open_space(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space that lives on from one profile to the next."""
    data = tmp_path_factory.mktemp("space")
    host = Host(Settings(data=data, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


@pytest.mark.parametrize("profile", QUICK)
def test_nothing_is_disclosed_outside_the_matrix(open_space: RunningSpace, profile: str) -> None:
    seed = PROFILES.index(profile) + 1

    assert lived(open_space, profile, seed, questions=36, days=2).wrong() == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(1, 3))
@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_is_disclosed_outside_the_matrix_in_a_longer_life_under_any_profile(
    tmp_path: Path, profile: str, seed: int
) -> None:
    options = Settings(
        data=tmp_path / "space", http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True, seed=seed
    )
    host = Host(options)
    try:
        onlooker = lived(RunningSpace(host, host.start()), profile, seed, questions=150, days=6)
        assert onlooker.wrong() == []
        assert any(one.content for one in onlooker.fetched)
    finally:
        host.stop()


def test_a_fault_that_made_up_a_number_would_be_seen(
    space: RunningSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.register("infino", KARIM)
    monkeypatch.setattr(
        store, "blotted", lambda content, _: content.replace(KARIM.encode(), NOOR.encode())
    )
    space.disturb(Fault(where="drop.out.infino", kind="corrupted"))
    space.upload(f"{FLOW}_{START}.json", a_batch(KARIM))
    onlooker = Onlooker(space)

    with onlooker.client:
        onlooker.fetch_all(acknowledge=False)

    assert [told.partition(": ")[2] for told in onlooker.wrong()] == [
        "a person whom its entry does not hold"
    ]


def test_an_answer_about_somebody_else_or_of_a_field_of_nobody_would_be_seen(
    space: RunningSpace,
) -> None:
    space.disturb()
    onlooker = Onlooker(space)
    with onlooker.client:
        onlooker.live(1, questions=12, days=1)
    assert onlooker.wrong() == []
    first = onlooker.came[0]

    first.headers.pop("sim-decision")
    object.__setattr__(first, "body", f'{{"pijler2":3,"insz":"{KARIM}"}}'.encode())

    told = {one.partition(": ")[2] for one in onlooker.wrong()}
    assert {"a field that no protocol lists", "an answer without a decision"} <= told


def test_the_same_seed_meets_the_same_faults_and_gives_the_same_log(tmp_path: Path) -> None:
    roots = []
    for turn in ("first", "second"):
        host = Host(Settings(data=tmp_path / turn, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True))  # fmt: skip
        try:
            onlooker = lived(RunningSpace(host, host.start()), EVERYTHING, 3, questions=36, days=3)
            assert onlooker.wrong() == []
            roots.append((onlooker.lost, onlooker.space.verify().root, onlooker.files()))
        finally:
            host.stop()

    assert roots[0] == roots[1]
