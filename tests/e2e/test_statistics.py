"""Anonymous statistics for the policy team (001 art. 2 and 4): figures, small cells suppressed, never a row."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.settings import DEMO_CLOCK, Settings
from gateway.simulation.host import Host
from providers.world import World
from tests.people import KARIM
from tests.running import TRANSACTIONS, RunningSpace

STATISTICS = "/v1/werk/jobbonusplus-statistiek/bevraging"
TEAM = "opgroeien-beleid"
SEED = 7


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSpace]:
    """A space late enough for a cell of ten."""
    options = Settings(data=tmp_path_factory.mktemp("space"), http_port=0, sftp_port=0, demo=True,
                       clock="2026-02-01T08:00:00+01:00", seed=SEED)  # fmt: skip
    host = Host(options)
    try:
        yield RunningSpace(host, host.start())
    finally:
        host.stop()


def people(until: date) -> dict[tuple[int, int], set[str]]:
    found: dict[tuple[int, int], set[str]] = defaultdict(set)
    for person in World(SEED):
        for one in person.transactions:
            if one.effective <= until:
                found[one.fiscal_year, one.tranche].add(person.insz)
    return found


def test_the_figures_are_those_of_the_world_without_small_cells(later: RunningSpace) -> None:
    answer = later.post(TEAM, STATISTICS, {})
    expected = people(date(2026, 2, 1))

    assert answer.status_code == 200
    cells = {(c["fiscaalJaar"], c["bedragtype"]): c for c in answer.json()["cellen"]}
    assert set(cells) == {(y, t) for y in range(2022, 2027) for t in (1, 2)}
    sizes = {key: len(expected.get(key, ())) for key in cells}
    assert max(sizes.values()) >= 10, "the world of this seed shows a cell that may be told"
    for key, cell in cells.items():
        assert cell["aantal"] == (sizes[key] if sizes[key] >= 10 else None)
        assert (cell["verrichtingbedrag"] is None) == (sizes[key] < 10)


def test_one_year_gives_its_two_cells_and_a_year_to_come_is_refused(later: RunningSpace) -> None:
    one, coming = (later.post(TEAM, STATISTICS, {"fiscaalJaar": y}) for y in (2023, 2027))

    assert [c["fiscaalJaar"] for c in one.json()["cellen"]] == [2023, 2023]
    assert coming.json()["code"] == "20006"


def test_001_24_the_team_gets_no_rows(later: RunningSpace) -> None:
    later.register("vutg-rechten", KARIM)
    answer = later.post(TEAM, TRANSACTIONS, {"insz": KARIM})

    assert (answer.status_code, answer.json()["reason"]) == (403, "purpose-not-agreed")


@pytest.mark.parametrize("unit", ["opgroeien-kring", "vutg-rechten", "infino", "wewis", "avsb"])
def test_nobody_else_gets_figures(later: RunningSpace, unit: str) -> None:
    answer = later.post(unit, STATISTICS, {})

    assert answer.status_code == 403
    assert answer.json()["reason"] in ("purpose-not-agreed", "no-protocol")


def test_the_entry_is_about_nobody_and_says_that_it_was_anonymous(later: RunningSpace) -> None:
    later.post(TEAM, STATISTICS, {})
    leaf = later.leaves()[-1]

    assert (leaf["flow"], leaf["obl"]["anonymise"]) == ("jobbonusplus-statistiek", "")
    assert not any(person.insz in json.dumps(leaf) for person in World(SEED))


def test_o_22_turned_round_gives_rows_and_says_that_it_is_a_variant(tmp_path: Path) -> None:
    options = Settings(data=tmp_path, http_port=0, sftp_port=0, clock=DEMO_CLOCK, demo=True,
                       switches="001/O-22")  # fmt: skip
    host = Host(options)
    try:
        space = RunningSpace(host, host.start())
        space.register(TEAM, KARIM)
        answer = space.post(TEAM, TRANSACTIONS, {"insz": KARIM})
    finally:
        host.stop()

    assert answer.status_code == 200
    assert answer.headers["sim-protocol"] == "001@1.0.0+o-22"
